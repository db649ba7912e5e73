"""The vocal at the border: what can be accompanied, at the rate and level at which the model heard its corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from samuel.audio import Waveform, match_loudness, read_audio
from samuel.config import SAMPLE_RATE, VOCAL_LUFS
from samuel.errors import AudioError

EXAMPLE = Path(__file__).parents[1] / "data" / "example_vocal.flac"  # made by our own singer

MIN_SECONDS, MAX_SECONDS = 1.0, 600.0
SILENCE = 1e-3  # peak, -60 dBFS: below this there is only the noise of the microphone


def read_vocal(path: str | Path) -> Waveform:
    """Read a vocal recording and check it as check_vocal does, with the path in every message."""
    vocal = read_audio(path, max_seconds=MAX_SECONDS)
    check_vocal(vocal, str(path))
    return vocal


def check_vocal(vocal: Waveform, name: str = "the vocal") -> None:
    """Raise AudioError if the vocal is shorter than 1 s, longer than 10 min, or silent in mono."""
    if vocal.seconds < MIN_SECONDS:
        raise AudioError(f"{name} lasts {vocal.seconds:.2f} s: give at least {MIN_SECONDS:g} s of singing.")
    if vocal.seconds > MAX_SECONDS:
        raise AudioError(f"{name} lasts {vocal.seconds / 60:.1f} min: cut it to at most {MAX_SECONDS / 60:g} min.")
    if vocal.peak < SILENCE:
        raise AudioError(f"{name} is silent (peak {vocal.peak:.6f} of full scale): check the microphone.")
    if vocal.to_mono().peak < SILENCE:
        raise AudioError(f"{name} is silent in mono, for its channels cancel out: invert one channel or keep only one.")


def heard(vocal: Waveform) -> Waveform:
    """What autoencoder and features get to hear: mono (1, n) at 44.1 kHz and VOCAL_LUFS."""
    return match_loudness(vocal.to_mono().resample(SAMPLE_RATE), VOCAL_LUFS)


def lengthened(vocal: Waveform, length: int) -> Waveform:
    """The vocal followed by as much silence as makes length samples; never shortened."""
    missing = max(0, length - vocal.length)
    return Waveform(np.pad(vocal.samples, ((0, 0), (0, missing))), vocal.sample_rate) if missing else vocal
