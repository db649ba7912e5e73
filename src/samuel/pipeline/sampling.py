"""From the condition of a whole song to latents of the band, window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from samuel.checkpoint.load import LoadedDenoiser
from samuel.config import SamplerConfig
from samuel.device import autocast
from samuel.diffusion import guided, sample
from samuel.model import BoundDenoiser, Condition, Denoiser
from samuel.pipeline.noise import SongNoise
from samuel.segments import OVERLAP, Window, join_windows, windows_of


@dataclass(frozen=True)
class Windowing:
    """How a long song is cut, and how many windows or variations go through the model at once.

    The batch size changes nothing but the speed. On a CPU one at a time is as quick as many.
    """

    length: int
    overlap: int = OVERLAP
    batch_size: int = 1


Job = tuple[int, Window]  # seed of a variation, window of the song


@torch.inference_mode()
def sample_songs(
    loaded: LoadedDenoiser,
    condition: Condition,
    seeds: Sequence[int],
    sampler: SamplerConfig,
    windowing: Windowing,
    on_fraction: Callable[[float], None] = lambda fraction: None,
) -> list[Float[Tensor, "c t"]]:
    """Latents (64, frames) of the band in the autoencoder's own scale, for each seed. condition: one song, b = 1.

    Windows that overlap share their noise, which already makes them alike where they meet, and are cross-faded there.
    """
    frames = condition.shape[1]
    windows = windows_of(frames, windowing.length, windowing.overlap)
    jobs = [(seed, window) for seed in seeds for window in windows]
    pieces: list[Tensor] = []
    for start in range(0, len(jobs), windowing.batch_size):
        batch = jobs[start : start + windowing.batch_size]

        def on_step(done: int, steps: int, before: int = start, size: int = len(batch)) -> None:
            on_fraction((before + size * done / steps) / len(jobs))

        pieces.extend(_sample_batch(loaded, condition, batch, sampler, on_step))
    songs = [pieces[index : index + len(windows)] for index in range(0, len(pieces), len(windows))]
    return [loaded.statistics.band.denormalise(join_windows(song, windows, windowing.overlap)) for song in songs]


def _sample_batch(
    loaded: LoadedDenoiser,
    condition: Condition,
    jobs: Sequence[Job],
    sampler: SamplerConfig,
    on_step: Callable[[int, int], None],
) -> Tensor:
    seeds, windows = [seed for seed, _ in jobs], [window for _, window in jobs]
    draw = SongNoise(seeds, windows, frames=condition.shape[1])
    denoiser = _guided_denoiser(loaded.model, _stacked(condition, windows), sampler.guidance)
    latents: Tensor = sample(sampler.sampler, denoiser, draw(), loaded.schedule, sampler.steps, draw, on_step)
    return latents


def _guided_denoiser(model: Denoiser, condition: Condition, guidance: float) -> Callable[[Tensor, float], Tensor]:
    """The model as samplers see it: (x, t) -> v in float32. The vocal is encoded once for all steps."""
    with autocast():
        bound = BoundDenoiser(model, condition)

    def in_float(predict: Callable[[Tensor, float], Tensor]) -> Callable[[Tensor, float], Tensor]:
        def velocity(x: Tensor, t: float) -> Tensor:
            with autocast():
                return predict(x, t).float()

        return velocity

    return guided(in_float(bound.conditional), in_float(bound.null), guidance)


def _stacked(condition: Condition, windows: Sequence[Window]) -> Condition:
    """The windows of one song's condition as a batch."""

    def cut(whole: Tensor) -> Tensor:
        return torch.stack([window.of(whole[0]) for window in windows])

    return replace(
        condition, latents=cut(condition.latents), features=cut(condition.features), plan=cut(condition.plan)
    )
