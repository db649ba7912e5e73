"""What the recording is like, whatever it plays: level, clipping, silence, stereo width and bandwidth.

Conventions: audio is (n,) or (channels, n), full scale 1. These describe; only some have a better and a worse end:

* loudness: LUFS (ITU-R BS.1770-4, by pyloudnorm), -70 for what lies below its absolute gate.
* clipped share: of all samples, those at full scale within a 16-bit step.
* silent share: of frames of 50 ms, those below -60 dBFS.
* stereo width: energy of the side over that of mid and side; 0 mono, .5 uncorrelated channels, 1 opposite phase.
* bandwidth: Hz below which 99 % of the energy of the long-term spectrum lies.
"""

from __future__ import annotations

import warnings

import numpy as np
from einops import rearrange
from scipy.signal import welch

from samuel.audio import Waveform, integrated_loudness
from samuel.evaluation.signals import EMPTY_MESSAGE, validate_audio

QUIETEST = -70.0  # LUFS: the absolute gate of BS.1770
FULL_SCALE = 1 - 2**-15
FRAME = 0.05  # s
SILENT_RMS = 1e-3  # -60 dBFS
ENERGY_SHARE = 0.99
SPECTRUM_WINDOW = 4_096  # samples: 11 Hz at 44.1 kHz


def validate(audio: np.ndarray, sample_rate: int) -> None:
    """Raise AudioError unless audio can be judged; warn where it is all zeros."""
    validate_audio(audio, sample_rate)
    if not audio.any():
        warnings.warn("The audio " + EMPTY_MESSAGE, stacklevel=3)


def loudness(audio: np.ndarray, sample_rate: int) -> float:
    """Integrated loudness in LUFS, -70 at least."""
    return max(integrated_loudness(Waveform.from_array(audio, sample_rate)), QUIETEST)


def clipped_share(audio: np.ndarray) -> float:
    """Share of samples at full scale, 0 to 1."""
    return float((np.abs(audio) >= FULL_SCALE).mean())


def silent_share(audio: np.ndarray, sample_rate: int) -> float:
    """Share of frames of 50 ms in which every channel is below -60 dBFS, 0 to 1."""
    length = round(FRAME * sample_rate)
    channels = np.atleast_2d(audio)
    whole = channels[:, : channels.shape[1] // length * length]
    frames = rearrange(whole, "c (t n) -> c t n", n=length)
    return float((np.sqrt((frames**2).mean(axis=-1)).max(axis=0) < SILENT_RMS).mean())


def stereo_width(audio: np.ndarray) -> float:
    """Energy of (left - right) over that of both sums, 0 to 1; 0 for mono and for silence."""
    if audio.ndim == 1 or audio.shape[0] < 2:
        return 0.0
    mid, side = audio[0] + audio[1], audio[0] - audio[1]
    total = float((mid**2).sum() + (side**2).sum())
    return float((side**2).sum()) / total if total > 0 else 0.0


def bandwidth(audio: np.ndarray, sample_rate: int) -> float:
    """Hz below which 99 % of the energy lies; 0 for silence."""
    channels = np.atleast_2d(audio)
    frequencies, power = welch(channels, sample_rate, nperseg=min(SPECTRUM_WINDOW, channels.shape[1]), axis=-1)
    cumulated = np.cumsum(power.sum(axis=0))
    if cumulated[-1] <= 0:
        return 0.0
    return float(frequencies[np.searchsorted(cumulated, ENERGY_SHARE * cumulated[-1])])


def evaluate(audio: np.ndarray, sample_rate: int) -> dict[str, float]:
    """All of this family: 'loudness_lufs', 'clipped_share', 'silent_share', 'stereo_width', 'bandwidth_hz'."""
    validate(audio, sample_rate)
    return {
        "loudness_lufs": loudness(audio, sample_rate),
        "clipped_share": clipped_share(audio),
        "silent_share": silent_share(audio, sample_rate),
        "stereo_width": stereo_width(audio),
        "bandwidth_hz": bandwidth(audio, sample_rate),
    }
