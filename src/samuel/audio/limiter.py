"""A gentle look-ahead limiter for true peaks (ITU-R BS.1770-4, annex 2: four-fold oversampling), piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from samuel.audio.scratch import pieces, scratch
from samuel.audio.waveform import Waveform

CEILING_DB = -1.0  # dBTP: the margin that lossy encoders need
_OVERSAMPLING = 4
_LOOK_AHEAD = 0.03  # s either side of a peak over which the gain glides: longer than a bass note's period
_MARGIN = 256  # samples: more than the interpolation filter's reach
_OVERSHOOT = 2.25  # the magnitudes of that filter sum to 2.24: no value between samples exceeds theirs by more
_FILTER_REACH = 16  # samples either side that the filter looks at, and some


def limit(waveform: Waveform, ceiling_db: float = CEILING_DB, *, gain: float = 1.0, in_place: bool = False) -> Waveform:
    """The waveform times gain, turned down around peaks above ceiling_db (dBTP), both channels alike.

    What is below the ceiling passes untouched. in_place overwrites the waveform's own samples.
    """
    limited = waveform.samples if in_place else scratch(*waveform.samples.shape)
    place, excess = 0, 1.0
    for piece, peak in limited_pieces(waveform, gain, ceiling_db):
        limited[:, place : place + piece.shape[1]] = piece
        place, excess = place + piece.shape[1], max(excess, excess_of(peak, ceiling_db))
    if excess > 1:
        for part in pieces(waveform.length):
            np.divide(limited[:, part], np.float32(excess), out=limited[:, part])
    return Waveform(limited, waveform.sample_rate)


def limited_pieces(
    waveform: Waveform, gain: float = 1.0, ceiling_db: float = CEILING_DB
) -> Iterator[tuple[NDArray[np.float32], float]]:
    """Consecutive pieces (channels, n) of the waveform times gain, limited, each with its true peak.

    A peak that exceeds the ceiling is exact; for a lower one that of the samples themselves may stand.
    A piece may be written over the samples that it came from: those that the next needs were kept.
    """
    ceiling, reach, length = 10 ** (ceiling_db / 20), _reach(waveform.sample_rate), waveform.length
    margin = 2 * reach + 2 * _MARGIN
    before = waveform.samples[:, :0]
    for start, stop in ((part.start, part.stop) for part in pieces(length)):
        own = before.shape[1]
        raw = np.concatenate([before, waveform.samples[:, start : min(length, stop + margin)]], axis=1)
        before = raw[:, max(0, own + stop - start - margin) : own + stop - start].copy()
        raw *= np.float32(gain)
        part, peaks = _limited(raw, ceiling, reach)
        yield part[:, own : own + stop - start], float(peaks[own : own + stop - start].max())


def true_peak(waveform: Waveform) -> float:
    """The largest magnitude of the signal between samples, linear (1.0 = full scale)."""
    return max(peak for _, peak in limited_pieces(waveform, ceiling_db=math.inf))


def excess_of(peak: float, ceiling_db: float) -> float:
    """How much too high a limited peak still is, 1 or more: a moving gain can lift it between samples by a hair."""
    return max(1.0, peak / 10 ** (ceiling_db / 20))


def _limited(
    samples: NDArray[np.float32], ceiling: float, reach: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The samples limited, and their peak envelope (n,) afterwards."""
    peaks = _peak_envelope(samples, ceiling)
    if peaks.max() <= ceiling:
        return samples, peaks
    gain = _gliding_gain(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)), reach)
    limited = (samples * gain).astype(np.float32)
    return limited, _peak_envelope(limited, ceiling)


def _reach(sample_rate: int) -> int:
    return max(1, round(_LOOK_AHEAD * sample_rate))


def _gliding_gain(required: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Smooth gain (n,) that is nowhere above required (n,).

    Each of its values averages minima over +-reach, all of which contain the sample itself: hence the bound.
    """
    gain = minimum_filter1d(required, 2 * reach + 1, mode="nearest")
    for _ in range(2):  # two boxes of reach + 1 make a triangle of 2 * reach + 1
        gain = uniform_filter1d(gain, 2 * (reach // 2) + 1, mode="nearest")
    bounded: NDArray[np.float64] = np.minimum(gain, required)
    return bounded


def _peak_envelope(samples: NDArray[np.float32], ceiling: float) -> NDArray[np.float64]:
    """(channel, n) -> (n,): the largest oversampled magnitude of any channel around each sample.

    Where nothing between the samples can exceed the ceiling, the magnitude of the samples stands for it: most of a
    song, and interpolation is most of the limiter's time. At an endless ceiling, which nobody exceeds, all is exact.
    """
    peaks = np.abs(samples).max(axis=0)
    loud = peaks > (ceiling / _OVERSHOOT if math.isfinite(ceiling) else -1)
    near = _widened(loud)
    if near.any():
        seen = _widened(near)  # each stretch with its own surroundings, one after the other
        between = _interpolated_peaks(samples[:, seen])
        peaks[near] = np.maximum(peaks[near], between[near[seen]])
    envelope: NDArray[np.float64] = peaks.astype(np.float64)
    return envelope


def _interpolated_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(channel, n) -> (n,): the largest magnitude of any channel at each sample and the three places after it."""
    dense = np.zeros(samples.shape[1] * _OVERSAMPLING, np.float32)
    for channel in samples:
        np.maximum(dense, np.abs(resample_poly(channel, _OVERSAMPLING, 1)), out=dense)
    largest: NDArray[np.float32] = dense.reshape(-1, _OVERSAMPLING).max(axis=1)
    return largest


def _widened(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those samples, and all that the filter mixes them with."""
    wider: NDArray[np.bool_] = maximum_filter1d(chosen.view(np.uint8), 2 * _FILTER_REACH + 1, mode="constant") > 0
    return wider
