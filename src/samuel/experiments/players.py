"""What an arm sounds like: its denoiser's takes, the real band, or the band's way through the latents and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from samuel.audio import Waveform, normalise_loudness
from samuel.autoencoder.base import Autoencoder
from samuel.checkpoint import find_checkpoint, load_autoencoder
from samuel.checkpoint.files import load_strictly, read_json, read_tensors
from samuel.checkpoint.folder import check_reference
from samuel.checkpoint.load import LoadedDenoiser
from samuel.checkpoint.settings import settings_from_dict
from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import CLIP_FRAMES, PLAN_CHANNELS, SAMPLE_RATE, SamplerConfig
from samuel.corpus.truth import frame_truth
from samuel.device import generator
from samuel.diffusion import CosineSchedule
from samuel.errors import ConfigError
from samuel.evaluation.pairs import Pair
from samuel.experiments.definition import Arm
from samuel.model import Condition, Denoiser, DenoiserConfig
from samuel.pipeline.sampling import Windowing, sample_songs
from samuel.training.data import Song, has_array, read_latents
from samuel.training.runs import RECIPE, SOURCE, STATISTICS, VALID
from samuel.training.state import read_averaged_weights


@dataclass(frozen=True, eq=False)
class Clip:
    """A held-out pair with its arrays from the training folder."""

    pair: Pair
    song: Song


def read_clips(pairs: Sequence[Pair], data: Path, limit: int) -> list[Clip]:
    """The first pairs that are validation songs of the data.

    Raises ConfigError for fewer than two, and for a pair that is another song than the data's of the same name.
    """
    held_out = {song.identifier: song for song in read_held_out(data)}
    clips = [Clip(pair, held_out[pair.identifier]) for pair in pairs if pair.identifier in held_out]
    if len(clips) < 2:
        raise ConfigError(f"{len(clips)} of {len(pairs)} pairs are validation songs of {data}: name its own corpus.")
    for clip in clips:
        if not _is_same(clip):
            raise ConfigError(
                f"{clip.pair.folder} is another song than {clip.song.identifier} of {data}: name the corpus that the"
                " data were prepared from."
            )
    return clips[:limit]


def _is_same(clip: Clip) -> bool:
    """Whether the pair's truth is the one that the training folder was prepared with."""
    known = torch.from_numpy(np.array(clip.song.arrays["truth"])).float()
    return bool(
        torch.allclose(torch.from_numpy(frame_truth(clip.pair.song, clip.song.frames)).float(), known, atol=1e-3)
    )


def read_held_out(data: Path) -> list[Song]:
    """The validation songs, with the plan that a listener heard where there is one."""
    plan = ["plan"] if has_array(data, VALID, "plan") else []
    return read_latents(data, VALID, ["vocal", "band", "features", "truth", *plan])


def own_autoencoder(data: Path) -> Autoencoder:
    """The autoencoder that made the data's latents. Raises CheckpointError where it cannot be found."""
    source = read_json(data / SOURCE)
    folder = find_checkpoint(source["name"])
    check_reference(source, folder, data)
    return load_autoencoder(folder)


def load_trained(run: Path, data: Path) -> LoadedDenoiser:
    """The averaged weights of a run, ready to sample with; it needs no listener, for the plans are in the data."""
    recipe, (weights, _) = read_json(run / RECIPE), read_averaged_weights(run)
    model = Denoiser(settings_from_dict(DenoiserConfig, recipe["model"]))
    load_strictly(model, weights, run)
    model.eval().requires_grad_(False)
    return LoadedDenoiser(
        name=run.name,
        fingerprint="",
        model=model,
        statistics=LatentStatistics.from_tensors(read_tensors(run / STATISTICS)[0]),
        schedule=CosineSchedule(model.config.steps),
        sampler=settings_from_dict(SamplerConfig, recipe["sampler"]),
        autoencoder=data,
        autoencoder_fingerprint="",
        listener=None,
    )


def condition_of(arrays: Mapping[str, np.ndarray], loaded: LoadedDenoiser, hidden: Sequence[str] = ()) -> Condition:
    """What the denoiser knows of one song's vocal, b = 1, from arrays (c, t); a hidden one is zeros."""
    seen = {name: torch.from_numpy(np.array(values)).float()[None] for name, values in arrays.items()}
    seen |= {name: torch.zeros_like(seen[name]) for name in hidden}
    latents = loaded.statistics.vocal.normalise(seen["vocal"])
    if loaded.model.config.plan_channels == 0:
        return Condition.without_plan(latents, seen["features"])
    plan = seen["plan"] if "plan" in seen else seen["truth"][:, :PLAN_CHANNELS]
    return Condition(latents, seen["features"], plan)


def play_trained(
    loaded: LoadedDenoiser, arm: Arm, clip: Clip, autoencoder: Autoencoder, sampler: SamplerConfig, seed: int
) -> Waveform:
    """A trained arm's take for one clip."""
    condition = condition_of(clip.song.arrays, loaded, arm.hidden)
    latents = sample_songs(loaded, condition, [seed], sampler, Windowing(CLIP_FRAMES))[0]
    return _decoded(autoencoder, latents, clip.pair)


@torch.inference_mode()
def play_untrained(arm: Arm, clip: Clip, autoencoder: Autoencoder, deviation: Tensor, seed: int) -> Waveform:
    """The real band, or its latents decoded, with the arm's noise times the deviation (c,) of each channel."""
    if arm.source == "original":
        return clip.pair.accompaniment().to_stereo().resample(SAMPLE_RATE)
    latents = torch.from_numpy(np.array(clip.song.arrays["band"])).float()
    noise = rearrange(deviation, "c -> c 1") * torch.randn(latents.shape, generator=generator(seed))
    return _decoded(autoencoder, latents + arm.latent_noise * noise, clip.pair, level=False)


@torch.inference_mode()
def _decoded(autoencoder: Autoencoder, latents: Tensor, pair: Pair, level: bool = True) -> Waveform:
    """Latents (c, t) as sound no longer than the pair; at the usual loudness, unless it is to be compared."""
    length = round(pair.song.duration * SAMPLE_RATE)
    samples = autoencoder.decode(latents[None])[0, :, :length].float().numpy()
    audio = Waveform.from_array(np.ascontiguousarray(samples), SAMPLE_RATE)
    return normalise_loudness(audio) if level else audio
