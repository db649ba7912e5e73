"""A gentle look-ahead limiter for true peaks (ITU-R BS.1770-4, annex 2: four-fold oversampling)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from samuel.audio.waveform import Waveform

CEILING_DB = -1.0  # dBTP: the margin that lossy encoders need
_OVERSAMPLING = 4
_LOOK_AHEAD = 0.03  # s either side of a peak over which the gain glides: longer than a bass note's period
_CHUNK = 1 << 20  # samples oversampled at once: bounds memory
_MARGIN = 256  # samples: more than the interpolation filter's reach


def limit(waveform: Waveform, ceiling_db: float = CEILING_DB) -> Waveform:
    """Turn the gain down around peaks above ceiling_db (dBTP), both channels alike; what is below passes untouched."""
    ceiling = 10 ** (ceiling_db / 20)
    peaks = _peak_envelope(waveform.samples)
    if peaks.max() <= ceiling:
        return waveform
    gain = _gliding_gain(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)), waveform.sample_rate)
    limited = Waveform((waveform.samples * gain).astype(np.float32), waveform.sample_rate)
    excess = true_peak(limited) / ceiling  # the moving gain can lift a peak between samples by a hair
    return limited if excess <= 1 else Waveform(limited.samples / np.float32(excess), limited.sample_rate)


def true_peak(waveform: Waveform) -> float:
    """The largest magnitude of the signal between samples, linear (1.0 = full scale)."""
    return float(_peak_envelope(waveform.samples).max())


def _gliding_gain(required: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Smooth gain (n,) that is nowhere above required (n,).

    Each of its values averages minima over +-reach, all of which contain the sample itself: hence the bound.
    """
    reach = max(1, round(_LOOK_AHEAD * sample_rate))
    gain = minimum_filter1d(required, 2 * reach + 1, mode="nearest")
    for _ in range(2):  # two boxes of reach + 1 make a triangle of 2 * reach + 1
        gain = uniform_filter1d(gain, 2 * (reach // 2) + 1, mode="nearest")
    bounded: NDArray[np.float64] = np.minimum(gain, required)
    return bounded


def _peak_envelope(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """(channel, n) -> (n,): the largest oversampled magnitude of any channel around each sample."""
    length = samples.shape[1]
    envelope = np.empty(length)
    for start in range(0, length, _CHUNK):
        stop = min(length, start + _CHUNK)
        low, high = max(0, start - _MARGIN), min(length, stop + _MARGIN)
        dense = np.abs(resample_poly(samples[:, low:high], _OVERSAMPLING, 1, axis=1)).max(axis=0)
        grouped = dense.reshape(-1, _OVERSAMPLING).max(axis=1)
        envelope[start:stop] = grouped[start - low : stop - low]
    peaks: NDArray[np.float64] = np.maximum(envelope, np.abs(samples).max(axis=0))
    return peaks
