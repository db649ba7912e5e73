"""What every metric takes for granted of its audio: mono float samples at one rate, finite, long enough to judge.

Conventions: audio is a numpy array (n,) or (channels, n) with samples in [-1, 1]; times are seconds.
"""

from __future__ import annotations

import numpy as np
import soxr

from samuel.errors import AudioError

ANALYSIS_RATE = 22_050  # Hz; chroma and beats need nothing above 11 kHz, and half the rate is half the time
SHORTEST = 1.0  # s; below this neither a beat nor a harmony can be told
EMPTY_MESSAGE = "is empty, so every score of it is 0"


def validate_audio(audio: np.ndarray, sample_rate: int) -> None:
    """Raise AudioError unless audio is (n,) or (channels, n), finite and at least one second long."""
    if audio.ndim not in (1, 2) or (audio.ndim == 2 and audio.shape[0] > audio.shape[1]):
        raise AudioError(f"Audio of shape {audio.shape} cannot be judged: give (samples,) or (channels, samples).")
    if audio.shape[-1] < SHORTEST * sample_rate:
        seconds = audio.shape[-1] / sample_rate
        raise AudioError(f"Audio of {seconds:.2f} s is too short to judge: give at least {SHORTEST:g} s.")
    if not np.isfinite(audio).all():
        raise AudioError("Audio holds values that are not finite: render or read it again.")


def analysis_signal(audio: np.ndarray, sample_rate: int, target_rate: int = ANALYSIS_RATE) -> np.ndarray:
    """Validated mono float32 samples (n,) at target_rate."""
    validate_audio(audio, sample_rate)
    mono = audio if audio.ndim == 1 else audio.mean(axis=0)
    return np.asarray(soxr.resample(mono.astype(np.float32), sample_rate, target_rate), dtype=np.float32)
