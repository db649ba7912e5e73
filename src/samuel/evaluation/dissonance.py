"""How rough does it sound, by itself and against the voice?

Conventions: audio is (n,) or (channels, n); roughness is 0 (no two partials disturb each other) to about .9 (all of
them do as much as they can), whatever the level; NaN where there are no partials.

The dissonance of two partials grows and falls with their distance within a critical band: Plomp & Levelt, "Tonal
Consonance and Critical Bandwidth", 1965, in the curve of Sethares, "Local Consonance and the Relationship Between
Timbre and Scale", 1993. The partials are the strongest peaks of spectra twice a second. Each pair counts by the
weaker of its amplitudes, and the sum is divided by the sum of these weights.

`vocal_roughness` takes one partial of each pair from the voice and one from the band: wrong notes under a tune.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.signal import ShortTimeFFT, find_peaks, get_window

from samuel.errors import AudioError
from samuel.evaluation.signals import ANALYSIS_RATE, EMPTY_MESSAGE, analysis_signal

WINDOW, HOP = 8_192, 11_025  # samples at 22.05 kHz: 2.7 Hz apart, twice a second
LOWEST, HIGHEST = 60.0, 5_000.0  # Hz: where partials carry pitch
PARTIALS = 20  # the strongest of each moment
RANGE = 1e-3  # partials 60 dB under the strongest of the audio do not count
SCALE, SLOPES = 5.0, (3.51, 5.75)  # Sethares 1993, equation 2
WIDTH = (0.24, 0.0207, 18.96)  # d*, s1, s2: where dissonance is greatest, by frequency

Partials = tuple[np.ndarray, np.ndarray]  # frequencies (Hz) and amplitudes of one moment


def partials(audio: np.ndarray, sample_rate: int) -> list[Partials]:
    """The strongest partials of each half second, frequency refined by a parabola through the log spectrum."""
    transform = ShortTimeFFT(get_window("hann", WINDOW), HOP, ANALYSIS_RATE)
    magnitudes = np.abs(transform.stft(analysis_signal(audio, sample_rate))).T
    floor = max(RANGE * float(magnitudes.max()), 1e-6)
    return [_peaks(spectrum, floor) for spectrum in magnitudes]


def pair_dissonance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dissonance (0 to .9) of partials of equal amplitude at two frequencies (Hz), elementwise."""
    best, slope, offset = WIDTH
    distance = best / (slope * np.minimum(first, second) + offset) * np.abs(first - second)
    return np.asarray(SCALE * (np.exp(-SLOPES[0] * distance) - np.exp(-SLOPES[1] * distance)))


def roughness(moments: list[Partials], others: list[Partials] | None = None) -> float:
    """Mean dissonance of all pairs of partials that sound together, or of those between two voices; NaN without any."""
    sums = [_between(one, two) for one, two in zip(moments, others or moments, strict=False)]
    total, weight = np.sum(sums, axis=0) if sums else (0.0, 0.0)
    if weight <= 0:
        warnings.warn("The list of partials " + EMPTY_MESSAGE.replace("0", "NaN"), stacklevel=2)
        return float("nan")
    return float(total / weight)


def compare(band: list[Partials], vocal: list[Partials] | None = None) -> dict[str, float]:
    """All metrics of this family: 'roughness', and 'vocal_roughness' where the vocal's partials are given."""
    values = {"roughness": roughness(band)}
    return values if vocal is None else {**values, "vocal_roughness": roughness(band, vocal)}


def evaluate(
    audio: np.ndarray, sample_rate: int, vocal: np.ndarray | None = None, vocal_rate: int | None = None
) -> dict[str, float]:
    """All metrics of this family of audio, against a vocal where one is given, with its rate."""
    if vocal is None and vocal_rate is None:
        return compare(partials(audio, sample_rate))
    if vocal is None or vocal_rate is None:
        raise AudioError("A vocal needs its sample rate: give both or neither.")
    return compare(partials(audio, sample_rate), partials(vocal, vocal_rate))


def _between(first: Partials, second: Partials) -> tuple[float, float]:
    """The weighted sum of dissonances of all pairs, and the sum of the weights; a partial is no pair with itself."""
    weights = np.minimum(first[1][:, None], second[1][None, :])
    if first is second:
        np.fill_diagonal(weights, 0.0)
    values = pair_dissonance(first[0][:, None], second[0][None, :])
    return float((weights * values).sum()), float(weights.sum())


def _peaks(spectrum: np.ndarray, floor: float) -> Partials:
    resolution = ANALYSIS_RATE / WINDOW
    low, high = int(LOWEST / resolution), int(HIGHEST / resolution)
    found, _ = find_peaks(spectrum[: high + 1], height=floor)
    found = found[found > low]
    strongest = found[np.argsort(spectrum[found])[::-1][:PARTIALS]]
    before, at, after = (np.log(np.maximum(spectrum[strongest + k], 1e-12)) for k in (-1, 0, 1))
    offset = 0.5 * (before - after) / np.minimum(before - 2 * at + after, -1e-9)
    return (strongest + offset) * resolution, spectrum[strongest]
