"""Are the drums hits, or a wash of noise? How suddenly, and how far, the high band rises above its surroundings.

Conventions: audio is (n,) or (channels, n); values are dB, higher is sharper, 0 for silence and for steady sound.

The level of the band from 5 to 16 kHz, where cymbals, snares and the attacks of drums lie, is followed in steps of
3 ms (window 12 ms). In every half second

* attack is the greatest rise within 12 ms, and
* crest is how far the loudest moment stands above the median one,

and both are averaged over the half seconds. Levels 60 dB under the loudest moment count as that floor. A smoothed
noise has neither: the mean of some hundred bins hardly fluctuates. The measure is this project's own, after spectral
flux (Masri, "Computer Modelling of Sound for Transformation and Synthesis of Musical Signal", 1996); the paper names
noisy percussion as its first failure but measures nothing of it.
"""

from __future__ import annotations

import warnings

import numpy as np
from einops import rearrange
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import rfft
from scipy.signal import get_window

from samuel.evaluation.signals import EMPTY_MESSAGE, analysis_signal

RATE = 44_100  # Hz
WINDOW, HOP = 512, 128  # samples
LOW, HIGH = 5_000, 16_000  # Hz
RANGE_DB = 60.0
RISE = 4  # steps: 12 ms
SPAN = 172  # steps: half a second
SILENCE = 1e-12  # power


def high_band_level(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """(t,) level of the high band in dB above a floor 60 dB under its loudest moment, 345 values a second."""
    level = 10 * np.log10(np.maximum(_high_band_power(analysis_signal(audio, sample_rate, RATE)), SILENCE))
    if level.max() <= 10 * np.log10(SILENCE):
        warnings.warn("The high band " + EMPTY_MESSAGE, stacklevel=3)
    return np.asarray(np.maximum(level - level.max() + RANGE_DB, 0.0))


def attack(level: np.ndarray) -> float:
    """Mean over half seconds of the greatest rise (dB) within 12 ms."""
    rises = np.maximum(level[RISE:] - level[:-RISE], 0.0)
    return float(_spans(rises).max(axis=1).mean())


def crest(level: np.ndarray) -> float:
    """Mean over half seconds of the loudest moment above the median one (dB)."""
    spans = _spans(level)
    return float((spans.max(axis=1) - np.median(spans, axis=1)).mean())


def evaluate(audio: np.ndarray, sample_rate: int) -> dict[str, float]:
    """All metrics of this family: 'attack_db' and 'crest_db'."""
    level = high_band_level(audio, sample_rate)
    inner = level[WINDOW // HOP : -(WINDOW // HOP)]  # the edges of a file are rises of their own
    return {"attack_db": attack(inner), "crest_db": crest(inner)}


def _high_band_power(samples: np.ndarray) -> np.ndarray:
    """(n,) -> (t,) mean power of the bins of the high band: all frames at once, which is ten times as fast."""
    padded = np.pad(samples, (WINDOW // 2 + HOP, WINDOW))  # as scipy's begins: a frame that just touches the audio
    frames = sliding_window_view(padded, WINDOW)[::HOP]
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)
    inside = (frequencies >= LOW) & (frequencies <= HIGH)
    spectrum = rfft(frames * get_window("hann", WINDOW).astype(np.float32), axis=-1)[:, inside]
    return np.asarray((spectrum.real**2 + spectrum.imag**2).mean(axis=-1, dtype=np.float64))


def _spans(values: np.ndarray) -> np.ndarray:
    """(t,) -> (half seconds, 172); what is left over at the end is dropped."""
    return rearrange(values[: len(values) // SPAN * SPAN], "(s t) -> s t", t=SPAN)
