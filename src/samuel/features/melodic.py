"""The vocal's melody per latent frame: what was sung and when, whoever sang it through whatever microphone.

A melodic bottleneck is what lets a model trained on synthetic voices accompany real ones (AnyAccomp, arXiv 2509.14052).
Rows: 0-11 pitch classes, 12 pitch height, 13 voicing, 14 loudness, 15 change of pitch, 16-19 onset strength in each
quarter of the frame.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import stft

from samuel.config import FEATURE_CHANNELS, HOP, SAMPLE_RATE

Array = NDArray[np.float32]

QUARTERS = 4  # sub-frames per latent frame
QUARTER = HOP // QUARTERS  # samples: 11.6 ms
ONSET_WINDOW = 1024  # samples
ONSET_BANDS_HZ = (80, 250, 500, 1000, 2000, 4000, 8000, 16000)
GATE_DB = -45.0  # below the loudest 5 %: breath and room, not voice
LOUDNESS_RANGE = 40.0  # dB that the loudness feature spans
MIN_CONFIDENCE = 0.5  # of the pitch tracker
_AT_ONCE = 2048  # quarter frames analysed together, 24 s: bounds memory
SMOOTHING = 5  # pitch frames of 16 ms: longer than an octave error, shorter than a note


class PitchResult(Protocol):
    """What the tracker returns, a value per 16 ms."""

    timestamps: NDArray[np.float64]  # s
    pitch_hz: NDArray[np.float64]
    confidence: NDArray[np.float64]  # 0 to 1


class PitchDetector(Protocol):
    """The one method of swift_f0.SwiftF0 that is used here."""

    def detect(self, audio: Array, sample_rate: float, fmin: float | None, fmax: float | None) -> PitchResult:
        """Track the pitch of mono samples."""
        ...


@cache
def pitch_detector() -> PitchDetector:
    """The tracker (swift-f0, MIT; its weights ship in its package), made once per process."""
    from swift_f0 import SwiftF0

    detector: PitchDetector = SwiftF0(threads=1, spin=False)
    return detector


def track_pitch(samples: Array, frames: int) -> tuple[Array, NDArray[np.bool_]]:
    """MIDI pitch and voicing of mono 44.1 kHz samples at the centres of `frames` quarter frames (11.6 ms)."""
    result = pitch_detector().detect(samples, SAMPLE_RATE, 60.0, 1200.0)
    midi = 69 + 12 * np.log2(np.maximum(result.pitch_hz, 20.0) / 440)
    midi = median_filter(midi, SMOOTHING, mode="nearest")
    centres = (np.arange(frames) + 0.5) * QUARTER / SAMPLE_RATE
    nearest = nearest_index(result.timestamps, centres)
    return midi[nearest].astype(np.float32), result.confidence[nearest] >= MIN_CONFIDENCE


def nearest_index(grid: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index of the grid value nearest each point; the grid ascends."""
    if len(grid) < 2:
        return np.zeros(len(points), dtype=np.int64)
    right = np.clip(np.searchsorted(grid, points), 1, len(grid) - 1)
    return np.where(points - grid[right - 1] <= grid[right] - points, right - 1, right).astype(np.int64)


def level_db(samples: Array, frames: int) -> Array:
    """Level per quarter frame in dB re the clip's 95th percentile of level."""
    quarters = samples[: frames * QUARTER].reshape(frames, QUARTER)
    pieces = range(0, frames, _AT_ONCE)
    power = np.concatenate([np.square(quarters[i : i + _AT_ONCE]).mean(1) for i in pieces]) + 1e-12
    decibels = 10 * np.log10(power)
    relative: Array = (decibels - np.percentile(decibels, 95)).astype(np.float32)
    return relative


def pitch_classes(midi: Array, voiced: NDArray[np.bool_]) -> Array:
    """Soft pitch-class activation (12, q): a tone between two semitones lights both in proportion."""
    distance = np.abs((midi[None, :] - np.arange(12)[:, None] + 6) % 12 - 6)
    activation: Array = (np.clip(1 - distance, 0, 1) * voiced).astype(np.float32)
    return activation


def onset_strength(samples: Array, frames: int) -> Array:
    """Rise of the log band energies per quarter frame, scaled so that the clip's strongest 2 % reach 1."""
    pieces = range(0, frames + 1, _AT_ONCE)
    bands = np.concatenate(
        [_band_powers(samples, first, min(first + _AT_ONCE, frames + 1)) for first in pieces], axis=1
    )
    log_bands = np.log(bands + 1e-4 * bands.max() + 1e-12)
    rise = np.maximum(log_bands[:, 2:] - log_bands[:, :-2], 0).mean(0)
    rise = np.pad(rise, (1, 1))[:frames]
    rise = np.pad(rise, (0, frames - len(rise)))
    scale = np.percentile(rise, 98) + 1e-6
    strength: Array = np.clip(rise / scale, 0, 1).astype(np.float32)
    return strength


def _band_powers(samples: Array, first: int, last: int) -> Array:
    """Power in each of ONSET_BANDS_HZ around the starts of quarter frames first to last, (bands, last - first)."""
    half = ONSET_WINDOW // 2
    start, stop = first * QUARTER - half, (last - 1) * QUARTER + half
    inside = samples[max(0, start) : stop]
    padded = np.pad(inside, (max(0, -start), max(0, stop - max(0, start) - len(inside))))
    f, _, spectrum = stft(
        padded, SAMPLE_RATE, nperseg=ONSET_WINDOW, noverlap=ONSET_WINDOW - QUARTER, boundary=None, padded=False
    )
    power = np.square(np.abs(spectrum))
    edges = np.searchsorted(f, ONSET_BANDS_HZ)
    return np.stack([power[a:b].sum(0) for a, b in pairwise(edges)])


def pitch_change(midi: Array, voiced: NDArray[np.bool_]) -> Array:
    """How far the pitch moved over 3 quarter frames (35 ms), in semitones up to 1; starts of voicing count as 1."""
    before_midi, before_voiced = np.roll(midi, 3), np.roll(voiced, 3)
    before_voiced[:3] = False
    change = np.where(before_voiced, np.minimum(np.abs(midi - before_midi), 1), 1.0) * voiced
    return change.astype(np.float32)


def melodic_features(samples: Array, sample_rate: int = SAMPLE_RATE) -> Array:
    """Melodic features (20, t) of a mono vocal (n,), t = ceil(n / 2048); independent of its level.

    Raises ValueError if the samples are not one-dimensional at 44.1 kHz or empty.
    """
    if samples.ndim != 1 or len(samples) == 0 or sample_rate != SAMPLE_RATE:
        raise ValueError(
            f"melodic_features wants mono samples at {SAMPLE_RATE} Hz, got {samples.shape} at {sample_rate}"
        )
    frames = math.ceil(len(samples) / HOP)
    samples = np.pad(samples.astype(np.float32, copy=False), (0, frames * HOP - len(samples)))
    quarters = frames * QUARTERS
    midi, voiced = track_pitch(samples, quarters)
    level = level_db(samples, quarters)
    return assemble(midi, voiced & (level > GATE_DB), level, onset_strength(samples, quarters))


def assemble(midi: Array, voiced: NDArray[np.bool_], level: Array, onsets: Array) -> Array:
    """Features (20, t) from what holds in each quarter frame, each (4 t,): pitch, voicing, level (dB), onset."""
    frames = len(midi) // QUARTERS
    count = voiced.reshape(frames, QUARTERS).sum(1)
    height = np.where(voiced, (midi - 60) / 12, 0).reshape(frames, QUARTERS).sum(1) / np.maximum(count, 1)
    loudness = np.clip(1 + level / LOUDNESS_RANGE, 0, 1).reshape(frames, QUARTERS).mean(1)
    features = np.concatenate(
        [
            pitch_classes(midi, voiced).reshape(12, frames, QUARTERS).mean(2),
            height[None],
            count[None] / QUARTERS,
            loudness[None],
            pitch_change(midi, voiced).reshape(frames, QUARTERS).max(1)[None],
            onsets.reshape(frames, QUARTERS).T,
        ]
    ).astype(np.float32)
    assert features.shape[0] == FEATURE_CHANNELS
    return features
