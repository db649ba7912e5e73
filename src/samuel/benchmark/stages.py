"""Every stage from a vocal file to the mix, one after another, for recordings of some lengths."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from samuel.audio import Waveform, mix, normalise_loudness, write_audio
from samuel.benchmark.measure import measure
from samuel.config import FRAME_RATE, SAMPLE_RATE, require_range
from samuel.features import melodic_features
from samuel.model import Condition
from samuel.pipeline import Accompanist
from samuel.pipeline.describe import describe_model
from samuel.pipeline.listening import plan_of
from samuel.pipeline.sampling import sample_songs
from samuel.pipeline.vocal import EXAMPLE, MAX_SECONDS, MIN_SECONDS, heard, read_vocal

SECONDS = (5.0, 10.0, 47.55, 180.0, 600.0)

Report = Callable[[str], None]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Stage:
    """One stage of one length: seconds of audio, wall time (s), peak memory (bytes) and arithmetic (10^9)."""

    audio: float
    name: str
    seconds: float
    peak: int | None
    gflop: float | None  # None where no network computes


def benchmark_stages(
    model: str, lengths: tuple[float, ...] = SECONDS, report: Report = lambda line: None
) -> list[Stage]:
    """The stages of each length with a model's own sampler. The example vocal is repeated or cut to the length.

    Raises ConfigError for a length that no vocal may have, CheckpointError for an unknown model.
    """
    for length in lengths:
        require_range("seconds", length, MIN_SECONDS, MAX_SECONDS)
    accompanist = Accompanist.from_pretrained(model)
    rates = {part.name: part.gflop for part in describe_model(model).parts}
    _Chain(accompanist, rates, MIN_SECONDS).run()  # whatever is slow the first time
    stages = []
    for length in lengths:
        found = _Chain(accompanist, rates, length).run()
        report(
            f"{length:g} s of audio: {sum(stage.seconds for stage in found if not stage.name.startswith('one')):.2f} s"
        )
        stages += found
    return stages


class _Chain:
    """The stages of one length, each fed by the one before."""

    def __init__(self, accompanist: Accompanist, rates: dict[str, float], length: float) -> None:
        self.accompanist, self.loaded, self.rates = accompanist, accompanist.denoiser, rates
        self.length, self.stages = length, list[Stage]()

    @torch.inference_mode()
    def run(self) -> list[Stage]:
        """All of them, in order."""
        vocal = self._read()
        mono = self._stage("level and resample", lambda: heard(vocal))
        stereo = torch.from_numpy(mono.to_stereo().samples)[None]
        features = self._stage("features", lambda: torch.from_numpy(melodic_features(mono.samples[0]))[None])
        encoded = self._stage(
            "encode", lambda: self.accompanist.autoencoder.encode(stereo).float(), "autoencoder, encoding"
        )
        latents = self.loaded.statistics.vocal.normalise(encoded)
        condition = self._listen(latents, features)
        song = self._sample(condition)
        audio = self._stage("decode", lambda: self.accompanist.decode(song), "autoencoder, decoding")
        band = Waveform(np.ascontiguousarray(audio[:, : vocal.length]), SAMPLE_RATE)
        self._stage("level and mix", lambda: mix(vocal, normalise_loudness(band)))
        return self.stages

    def _read(self) -> Waveform:
        example = read_vocal(EXAMPLE)
        samples = np.resize(example.samples[0], round(self.length * example.sample_rate))[None]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vocal.flac"
            write_audio(path, Waveform(samples, example.sample_rate))
            return self._stage("read the file", lambda: read_vocal(path).resample(SAMPLE_RATE))

    def _listen(self, latents: torch.Tensor, features: torch.Tensor) -> Condition:
        listener = self.loaded.listener
        if listener is None or self.loaded.model.config.plan_channels == 0:
            return Condition.without_plan(latents, features)
        window = self.accompanist.windowing.length
        plan = self._stage("listener", lambda: plan_of(listener.model, latents, features, window), "listener")
        return Condition(latents, features, plan)

    def _sample(self, condition: Condition) -> torch.Tensor:
        """The whole of the sampling, and one step of it."""
        sampler, windowing = self.accompanist.sampler_config(), self.accompanist.windowing
        done = measure(lambda: sample_songs(self.loaded, condition, [0], sampler, windowing)[0])
        frames = sum(w.stop - w.start for batch in windowing.batches_of(condition.shape[1]) for w in batch)
        step = self.rates["denoiser, one pass"] * frames / FRAME_RATE * sampler.passes
        self.stages.append(
            Stage(self.length, f"sample, {sampler.steps} steps", done.seconds, done.peak, step * sampler.steps)
        )
        self.stages.append(Stage(self.length, "one step of it", done.seconds / sampler.steps, done.peak, step))
        return done.result

    def _stage(self, name: str, use: Callable[[], Result], part: str | None = None) -> Result:
        done = measure(use)
        gflop = self.rates[part] * self.length if part else None
        self.stages.append(Stage(self.length, name, done.seconds, done.peak, gflop))
        return done.result
