"""Noise envelopes as sharp as before the analysis blurred them.

A frame of the noise map is the mean power under a window of 12 ms, and the synthesiser's frames are as long: played as
it is read, a drum hit rises twice as slowly as it did. Richardson-Lucy iterations (Richardson 1972; Lucy 1974) look for
the levels, none negative, whose sound would be analysed as the map.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from samuel.autoencoder.spectral.analysis import NOISE_WINDOW
from samuel.autoencoder.spectral.maps import NOISE_HOP

NOISE_OUT_HOP = NOISE_WINDOW // 4
ITERATIONS = 4  # attacks .1 dB steeper with 8, .4 dB with 32 (docs/experiments/022)
REACH = 16  # frames of the map on either side that are read: more than a level depends on
_TAPS = 6  # fine frames that a frame of the map sees: those farther off weigh less than a millionth
_SILENCE = 1e-9  # power
_FINE = NOISE_HOP // NOISE_OUT_HOP


def _weights() -> list[float]:
    """How much of the power under an analysis window comes from each of the synthesis frames around it, sums to one."""
    taper = torch.hann_window(NOISE_WINDOW, dtype=torch.float64).square()
    overlap = F.conv1d(F.pad(taper, (NOISE_WINDOW - 1, NOISE_WINDOW - 1))[None, None], taper[None, None])[0, 0]
    lags = (torch.arange(_TAPS) - (_TAPS - 1) / 2) * NOISE_OUT_HOP
    weights = overlap[(NOISE_WINDOW - 1 + lags).long()]
    return [float(weight) for weight in weights / weights.sum()]


WEIGHTS = _weights()


def as_analysed(levels: Tensor) -> Tensor:
    """Power (b, k, t) that the noise map would show of noise with fine levels (b, k, 2 t)."""
    margin = (len(WEIGHTS) - _FINE) // 2
    padded = F.pad(levels, (margin, margin), mode="replicate")
    frames = levels.shape[-1] // _FINE
    taps = [weight * padded[..., k::_FINE][..., :frames] for k, weight in enumerate(WEIGHTS)]
    return sum(taps, levels.new_zeros(()))


def _shared_out(power: Tensor) -> Tensor:
    """(b, k, t) -> (b, k, 2 t): the transpose of as_analysed, scaled so that what is steady stays as it is."""
    padded = F.pad(power, (1, 1), mode="replicate")
    frames = power.shape[-1]
    phases = [
        sum(
            (weight * padded[..., n : n + frames] for n, weight in enumerate(WEIGHTS[first::_FINE])),
            power.new_zeros(()),
        )
        for first in reversed(range(_FINE))
    ]
    return _FINE * rearrange(torch.stack(phases, dim=-1), "... t p -> ... (t p)")


def sharpen(power: Tensor) -> Tensor:
    """Power of a noise map (b, k, t) at NOISE_HOP -> levels (b, k, 2 t) at NOISE_OUT_HOP, none negative."""
    levels = F.interpolate(power, scale_factor=_FINE, mode="linear")
    for _ in range(ITERATIONS):
        levels = levels * _shared_out((power + _SILENCE) / (as_analysed(levels) + _SILENCE))
    return levels
