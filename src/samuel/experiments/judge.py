"""What is measured of an arm: squared error of v at fixed noise levels, song by song, and its takes, clip by clip.

Conventions: timesteps are the middles of five equal parts of the schedule, the noise is the same for every arm. Errors
are means over channels and frames of normalised latents, so 1 is what a network that says nothing would have. Chords
and beats are measured as by `samuel evaluate listening`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from samuel.autoencoder.base import Autoencoder
from samuel.checkpoint.load import LoadedDenoiser
from samuel.checkpoint.statistics import measure_statistics
from samuel.device import autocast
from samuel.diffusion import add_noise, noise_source, per_item, velocity
from samuel.evaluation import reconstruction
from samuel.evaluation.listening import MEASURES
from samuel.evaluation.rhythm import Tracker
from samuel.evaluation.shuffle import Heard, hear, match_table, own_and_shuffled
from samuel.experiments.definition import Arm
from samuel.experiments.players import (
    Clip,
    condition_of,
    load_trained,
    own_autoencoder,
    play_trained,
    play_untrained,
    read_held_out,
)
from samuel.training.data import Song

LEVELS = 5

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Judge:
    """The held-out songs and clips of a training folder, the same for every arm."""

    data: Path
    clips: Sequence[Clip]
    guidance: tuple[float, ...]
    sampling_steps: int
    tracker: Tracker = "librosa"

    @cached_property
    def autoencoder(self) -> Autoencoder:
        """The one that made the data's latents."""
        return own_autoencoder(self.data)

    @cached_property
    def held_out(self) -> list[Song]:
        """The validation songs."""
        return read_held_out(self.data)

    @cached_property
    def reals(self) -> list[Heard]:
        """The real bands as heard."""
        return [hear(clip.pair.accompaniment(), self.tracker) for clip in self.clips]

    def rows(self, arm: Arm, run: Path, frames: int) -> Rows:
        """Rows of songs, cut to `frames` frames, for a trained arm (its run folder), then rows of clips."""
        if arm.source != "denoiser":
            return self._untrained(arm)
        loaded = load_trained(run, self.data)
        rows = velocity_errors(loaded, self.held_out, frames, arm.hidden)
        for guidance in self.guidance:
            rows += judge_takes(self._takes(loaded, arm, guidance), self.reals, self.clips, guidance)
        return rows

    def seconds(self, arm: Arm, run: Path, frames: int) -> float:
        """How long `rows` will take for a trained arm, by all of its songs and two of its clips."""
        loaded, few = load_trained(run, self.data), replace(self, clips=self.clips[:2])
        few._takes(loaded, arm, 1.0)  # the first use of many things is slow
        start = time.monotonic()
        velocity_errors(loaded, self.held_out, frames, arm.hidden)
        middle = time.monotonic()
        for guidance in self.guidance:
            few._takes(loaded, arm, guidance)
        return (middle - start) + (time.monotonic() - middle) * len(self.clips) / 2

    def _takes(self, loaded: LoadedDenoiser, arm: Arm, guidance: float) -> list[Heard]:
        sampler = replace(loaded.sampler, sampler="dpm++", steps=self.sampling_steps, guidance=guidance)
        play = partial(play_trained, loaded, arm, autoencoder=self.autoencoder, sampler=sampler)
        return [hear(play(clip=clip, seed=seed), self.tracker) for seed, clip in enumerate(self.clips)]

    def _untrained(self, arm: Arm) -> Rows:
        """Rows of clips, with their distance from the real band."""
        deviation = measure_statistics(song.arrays["band"] for song in self.held_out).deviation
        takes, distances = [], []
        for seed, clip in enumerate(self.clips):
            audio = play_untrained(arm, clip, self.autoencoder, deviation, seed)
            real = clip.pair.accompaniment().to_stereo().resample(audio.sample_rate)
            takes.append(hear(audio, self.tracker))
            distances.append(reconstruction.evaluate(real.samples, audio.samples, audio.sample_rate))
        rows = judge_takes(takes, self.reals, self.clips, None)
        return [{**row, **distance} for row, distance in zip(rows, distances, strict=True)]


@torch.inference_mode()
def velocity_errors(loaded: LoadedDenoiser, songs: Sequence[Song], frames: int, hidden: Sequence[str] = ()) -> Rows:
    """A row per song, of `frames` frames from its middle: `v_loss`, and `v_loss at t` for each of five timesteps."""
    timesteps = [round((level + 0.5) / LEVELS * loaded.schedule.steps) for level in range(LEVELS)]
    rows = []
    for number, song in enumerate(songs):
        errors = _errors(loaded, _middle(song, frames), timesteps, number, hidden)
        named = {f"v_loss at {t}": error for t, error in zip(timesteps, errors, strict=True)}
        rows.append({"song": song.identifier, "v_loss": float(np.mean(errors)), **named})
    return rows


def judge_takes(takes: Sequence[Heard], reals: Sequence[Heard], clips: Sequence[Clip], guidance: float | None) -> Rows:
    """A row per clip: chords and beats of the take, of the real band, and of other songs' takes."""
    songs = [clip.pair.song for clip in clips]
    own, shuffled = own_and_shuffled(match_table(takes, songs), songs)
    real, _ = own_and_shuffled(match_table(reals, songs), songs)
    parts = {"": own, "_real": real, "_shuffled": shuffled}
    return [
        {
            "clip": clip.pair.identifier,
            "guidance": "none" if guidance is None else f"{guidance:g}",
            **{f"{name}{part}": float(table[k, n]) for n, name in enumerate(MEASURES) for part, table in parts.items()},
        }
        for k, clip in enumerate(clips)
    ]


def _errors(
    loaded: LoadedDenoiser,
    arrays: Mapping[str, np.ndarray],
    timesteps: Sequence[int],
    seed: int,
    hidden: Sequence[str],
) -> list[float]:
    """Squared error of v of one song at each timestep."""
    condition = condition_of(arrays, loaded, hidden)
    x0 = loaded.statistics.band.normalise(torch.from_numpy(np.array(arrays["band"])).float()[None])
    eps = noise_source([seed], *x0.shape[1:])()
    with autocast():
        pyramid = loaded.model.encode(condition)
    errors = []
    for t in timesteps:
        timestep = torch.full((1,), float(t))
        level = per_item(loaded.schedule.alpha_bar(timestep), x0)
        with autocast():
            predicted = loaded.model.predict(add_noise(x0, eps, level), timestep, pyramid)
        errors.append(float((predicted.float() - velocity(x0, eps, level)).square().mean()))
    return errors


def _middle(song: Song, frames: int) -> dict[str, np.ndarray]:
    """The arrays of the song's middle, or of all of it if it is shorter."""
    start = max(0, (song.frames - frames) // 2)
    return {name: array[:, start : start + frames] for name, array in song.arrays.items()}
