"""What an accompanist gives back, and how its work is shared out for the progress bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from samuel.config import SamplerConfig
from samuel.pipeline.chords import Sheet
from samuel.pipeline.progress import ProgressCallback, Stages
from samuel.pipeline.settings import GenerationSettings

# Shares of the work, in seconds on two plain cores for a clip of 47.55 s; they only steer the progress bar.
_LISTENING, _STEP, _DECODING, _MIXING = 4.0, 0.15, 1.5, 3.0


@dataclass(frozen=True, eq=False)
class Accompaniment:
    """Stereo float32 (2, n) at sample_rate, n the vocal's length at that rate and that of any outro.

    Samples have the 24 bits that a wav or flac file keeps. settings make the take again; latents, in the autoencoder's
    own scale, are what Accompanist.regenerate goes on from.
    """

    audio: Float32[np.ndarray, "2 n"]
    mix: Float32[np.ndarray, "2 n"]
    sample_rate: int
    settings: GenerationSettings
    beats: tuple[float, ...]  # s, as heard from the vocal; empty without a listener
    chords: Sheet  # as told, and in the gaps as heard; empty without a plan
    latents: Float32[np.ndarray, "c t"]


def stages_of(config: SamplerConfig, takes: int, progress: ProgressCallback | None) -> Stages:
    """The stages "listening", "playing" and "mixing" of making some takes with these sampler settings."""
    passes = (1 if config.guidance == 1 else 2) + bool(config.style)
    shares = {
        "listening": _LISTENING,
        "playing": _STEP * passes * config.steps * takes,
        "mixing": (_DECODING + _MIXING) * takes,
    }
    return Stages(shares, progress)
