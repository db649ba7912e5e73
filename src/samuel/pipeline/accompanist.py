"""The Python interface: a vocal in, an accompaniment out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from numpy.typing import NDArray
from torch import Tensor

from samuel import __version__
from samuel.audio import Waveform, mix, normalise_loudness
from samuel.autoencoder.base import Autoencoder
from samuel.checkpoint.load import LoadedDenoiser, load_autoencoder, load_denoiser
from samuel.config import CLIP_FRAMES, SAMPLE_RATE, SamplerConfig, SamplerName, require_range
from samuel.device import precision
from samuel.errors import AudioError
from samuel.pipeline.listening import beats_of, listen
from samuel.pipeline.progress import ProgressCallback, Stages
from samuel.pipeline.sampling import Windowing, sample_songs
from samuel.pipeline.settings import MAX_VARIATIONS, GenerationSettings
from samuel.pipeline.vocal import check_vocal, heard

DEFAULT_MODEL = "samuel-v0"

# Shares of the work, in seconds on two plain cores for a clip of 47.55 s; they only steer the progress bar.
_LISTENING, _STEP, _DECODING, _MIXING = 4.0, 0.15, 1.5, 3.0


@dataclass(frozen=True, eq=False)
class Accompaniment:
    """Stereo float32 (2, n) at sample_rate, n the vocal's length at that rate; settings make it again."""

    audio: Float32[np.ndarray, "2 n"]
    mix: Float32[np.ndarray, "2 n"]
    sample_rate: int
    settings: GenerationSettings
    beats: tuple[float, ...]  # s, as heard from the vocal; empty without a listener


@dataclass(frozen=True, eq=False)
class Accompanist:
    """A denoiser, its autoencoder and its listener, ready to play. Make one by from_pretrained."""

    denoiser: LoadedDenoiser
    autoencoder: Autoencoder
    source: str  # name or folder, as it was given
    windowing: Windowing = field(default_factory=lambda: Windowing(CLIP_FRAMES))

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path = DEFAULT_MODEL) -> Accompanist:
        """Load a bundled model by name or one from a folder. Raises CheckpointError if it is unknown or damaged."""
        loaded = load_denoiser(name_or_folder)
        return cls(loaded, load_autoencoder(loaded.autoencoder), str(name_or_folder))

    def __call__(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        *,
        seed: int = 0,
        sampler: SamplerName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        vocal_gain_db: float = 0.0,
        progress: ProgressCallback | None = None,
    ) -> Accompaniment:
        """Accompany a vocal of 1 s to 10 min: a Waveform, or an array (n,) or (channel, n) with its sample_rate in Hz.

        sampler, steps and guidance default to the model's own. Raises AudioError for a vocal that cannot be used and
        ConfigError for a setting out of range.
        """
        return self.vary(
            vocal,
            sample_rate,
            seeds=[seed],
            sampler=sampler,
            steps=steps,
            guidance=guidance,
            vocal_gain_db=vocal_gain_db,
            progress=progress,
        )[0]

    def vary(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        *,
        seeds: Sequence[int],
        sampler: SamplerName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        vocal_gain_db: float = 0.0,
        progress: ProgressCallback | None = None,
    ) -> list[Accompaniment]:
        """One accompaniment for each seed, as a call with that seed alone would make it; the vocal is heard once."""
        recording = _waveform(vocal, sample_rate)
        check_vocal(recording)
        require_range("variations", len(seeds), 1, MAX_VARIATIONS)
        require_range("vocal gain", vocal_gain_db, -40, 20)
        config = self.sampler_config(sampler, steps, guidance)
        settings = [self.settings(seed, config, vocal_gain_db) for seed in seeds]
        stages = self._stages(recording, config, len(seeds), progress)
        return self._accompany(recording.resample(SAMPLE_RATE), config, settings, stages)

    def sampler_config(
        self, sampler: SamplerName | None = None, steps: int | None = None, guidance: float | None = None
    ) -> SamplerConfig:
        """The model's own sampler settings, with what is given in their place. Raises ConfigError if out of range."""
        own = self.denoiser.sampler
        return SamplerConfig(
            own.sampler if sampler is None else sampler,
            own.steps if steps is None else steps,
            own.guidance if guidance is None else guidance,
        )

    def settings(self, seed: int, config: SamplerConfig, vocal_gain_db: float = 0.0) -> GenerationSettings:
        """What a run with this seed is made with."""
        return GenerationSettings(
            seed=seed,
            sampler=config.sampler,
            steps=config.steps,
            guidance=float(config.guidance),
            vocal_gain_db=float(vocal_gain_db),
            model=self.source,
            model_fingerprint=self.denoiser.fingerprint,
            autoencoder=self.denoiser.autoencoder.name,
            autoencoder_fingerprint=self.denoiser.autoencoder_fingerprint,
            version=__version__,
            torch=torch.__version__,
            precision=precision(),
        )

    def _accompany(
        self, vocal: Waveform, config: SamplerConfig, settings: list[GenerationSettings], stages: Stages
    ) -> list[Accompaniment]:
        stages.report("listening", 0.0)
        condition = listen(heard(vocal), self.denoiser, self.autoencoder, self.windowing.length)
        stages.report("playing", 0.0)
        songs = sample_songs(
            self.denoiser,
            condition,
            [each.seed for each in settings],
            config,
            self.windowing,
            on_fraction=lambda fraction: stages.report("playing", fraction),
        )
        beats, takes = beats_of(condition), []
        for index, (latents, each) in enumerate(zip(songs, settings, strict=True)):
            takes.append(self._finish(vocal, latents, each, beats))
            stages.report("mixing", (index + 1) / len(songs))
        return takes

    def _finish(
        self, vocal: Waveform, latents: Tensor, settings: GenerationSettings, beats: tuple[float, ...]
    ) -> Accompaniment:
        """Decode the whole song, cut it to the vocal's length, and set its level."""
        with torch.inference_mode():
            audio = self.autoencoder.decode(latents[None])[0, :, : vocal.length].float().numpy()
        band = normalise_loudness(Waveform(np.ascontiguousarray(audio), SAMPLE_RATE))
        mixed = mix(vocal, band, settings.vocal_gain_db)
        return Accompaniment(band.samples, mixed.samples, SAMPLE_RATE, settings, beats)

    @staticmethod
    def _stages(vocal: Waveform, config: SamplerConfig, takes: int, progress: ProgressCallback | None) -> Stages:
        passes = 1 if config.guidance == 1 else 2
        shares = {
            "listening": _LISTENING,
            "playing": _STEP * passes * config.steps * takes,
            "mixing": (_DECODING + _MIXING) * takes,
        }
        return Stages(shares, progress)


def _waveform(vocal: Waveform | NDArray[Any], sample_rate: int | None) -> Waveform:
    if isinstance(vocal, Waveform):
        return vocal
    if sample_rate is None:
        raise AudioError("the vocal's sample rate is missing: give sample_rate in Hz beside the array.")
    return Waveform.from_array(vocal, sample_rate)
