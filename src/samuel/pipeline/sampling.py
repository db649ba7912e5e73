"""From the condition of a whole song to latents of the band, all windows of the song denoised together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from samuel.checkpoint.load import LoadedDenoiser
from samuel.config import LATENT_CHANNELS, SamplerConfig, require_range
from samuel.device import autocast
from samuel.diffusion import fused, guided, keeping, limited, noise_source, sample
from samuel.model import BoundDenoiser, Condition
from samuel.segments import OVERLAP, Window, windows_of

Predict = Callable[[Tensor, float], Tensor]  # (x, t) -> v


@dataclass(frozen=True)
class Windowing:
    """How a long song is cut, in latent frames, and how many windows go through the model at once.

    The batch size changes nothing but speed and memory. On a CPU one at a time is as quick as many.
    """

    length: int
    overlap: int = OVERLAP
    batch_size: int = 1

    def __post_init__(self) -> None:
        require_range("batch size", self.batch_size, 1, 1024)

    def batches_of(self, frames: int) -> list[tuple[Window, ...]]:
        """The windows of a song, from left to right, as many at a time as a batch holds."""
        windows = windows_of(frames, self.length, self.overlap)
        return [windows[start : start + self.batch_size] for start in range(0, len(windows), self.batch_size)]


@dataclass(frozen=True)
class Known:
    """Latents (64, frames) of an earlier take in the autoencoder's own scale, and the frames of them to draw anew."""

    latents: Float[Tensor, "c t"]
    anew: Window


@torch.inference_mode()
def sample_songs(
    loaded: LoadedDenoiser,
    condition: Condition,
    seeds: Sequence[int],
    sampler: SamplerConfig,
    windowing: Windowing,
    on_fraction: Callable[[float], None] = lambda fraction: None,
    known: Known | None = None,
) -> list[Float[Tensor, "c t"]]:
    """Latents (64, frames) of the band in the autoencoder's own scale, for each seed. condition: one song, b = 1.

    The sampler's style is that of the whole song, or of what is drawn anew. The sampler runs once over the whole song,
    on noise for the whole song; memory beyond that is one batch's. With `known` only its frames `anew` are drawn,
    fitting to the others, which come back as they were. on_fraction hears the fraction done after each batch of
    windows.
    """
    condition = condition.in_style(sampler.style, loaded.model.config.styles)
    frames, batches = condition.shape[1], windowing.batches_of(condition.shape[1])
    count = _counter(len(seeds) * sampler.steps * len(batches), on_fraction)
    parts = [(batch, count(_guided_denoiser(loaded, _stacked(condition, batch), sampler))) for batch in batches]
    denoiser = limited(fused(parts, windowing.overlap), loaded.schedule, sampler.loudest_frame)
    if known is not None:
        denoiser = _keeping_known(denoiser, known, loaded)
    songs = []
    for seed in seeds:
        draw = noise_source([seed], LATENT_CHANNELS, frames)
        latents = sample(sampler.sampler, denoiser, draw(), loaded.schedule, sampler.steps, draw)[0]
        songs.append(_finished(loaded.statistics.band.denormalise(latents), known))
    return songs


def _counter(total: int, on_fraction: Callable[[float], None]) -> Callable[[Predict], Predict]:
    """Wraps denoisers so that each use of any of them counts as one of total."""
    done = 0

    def count(predict: Predict) -> Predict:
        def counted(x: Tensor, t: float) -> Tensor:
            nonlocal done
            v = predict(x, t)
            done += 1
            on_fraction(done / total)
            return v

        return counted

    return count


def _guided_denoiser(loaded: LoadedDenoiser, condition: Condition, config: SamplerConfig) -> Predict:
    """The model as samplers see it: (x, t) -> v in float32. The vocal is encoded once for all steps.

    A style that was asked for is guided to as well, which takes a third pass at each step.
    """
    with autocast():
        bound = BoundDenoiser(loaded.model, condition)
        in_any_style = None
        if condition.style is not None and config.style_guidance != 1:
            in_any_style = BoundDenoiser(loaded.model, replace(condition, style=None))

    def in_float(predict: Predict) -> Predict:
        def velocity(x: Tensor, t: float) -> Tensor:
            with autocast():
                return predict(x, t).float()

        return velocity

    low, high = (level * loaded.schedule.steps for level in config.guidance_interval)
    conditional, null = in_float(bound.conditional), in_float(bound.null)
    if in_any_style is not None:
        conditional = guided(conditional, in_float(in_any_style.conditional), config.style_guidance)
    return guided(conditional, null, config.guidance, (low, high), config.guidance_rescale)


def _keeping_known(denoiser: Predict, known: Known, loaded: LoadedDenoiser) -> Predict:
    keep = torch.ones(known.latents.shape[-1])
    keep[known.anew.start : known.anew.stop] = 0
    x0 = rearrange(loaded.statistics.band.normalise(known.latents), "c t -> 1 c t")
    return keeping(denoiser, x0, keep, loaded.schedule)


def _finished(latents: Tensor, known: Known | None) -> Tensor:
    """What was known is exactly that, without the rounding of a whole sampler behind it."""
    if known is None:
        return latents
    whole = known.latents.clone()
    known.anew.of(whole).copy_(known.anew.of(latents))
    return whole


def _stacked(condition: Condition, windows: Sequence[Window]) -> Condition:
    """The windows of one song's condition as a batch."""

    def cut(whole: Tensor) -> Tensor:
        return torch.stack([window.of(whole[0]) for window in windows])

    return condition.mapped(cut)
