"""How strongly a vocal's onsets repeat at each candidate beat period: a resonance to every tempo, for the listener.

A bank of comb filters (Scheirer 1998) looks a few periods back and ahead of every frame; the autocorrelation of the
onset strength (as in a tempogram, Grosche & Müller 2011) says which of them to believe. Fixed: nothing is learned.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.config import HOP, SAMPLE_RATE

QUARTERS = 4  # onset strengths per latent frame
FIRST_ONSET = 16  # of the melodic features: four channels from here, one a quarter frame
SLOWEST, FASTEST = 50.0, 210.0  # beats per minute
REACH = 4  # periods to either side
FADE = 0.8  # weight of each further period
BLUR = 2  # quarter frames: a beat may be sung 23 ms early or late
DRIFT = 0.035  # of the time between two beats: the tempo lies between candidates, and wanders


def beat_periods(count: int) -> Tensor:
    """Candidate beat periods in quarter frames, equally spaced in log tempo, fastest first: (count,)."""
    quarters_per_minute = 60 * SAMPLE_RATE * QUARTERS / HOP
    return torch.logspace(0, 1, count, base=FASTEST / SLOWEST, dtype=torch.float64) * quarters_per_minute / FASTEST


def combs(periods: Tensor) -> Tensor:
    """Filters (k, 1, 2 m + 1): blurred pulses at 1 to REACH periods before and after the middle; each sums to one."""
    middle = math.ceil(REACH * (1 + DRIFT) * float(periods[-1])) + BLUR + 1
    time = torch.arange(-middle, middle + 1, dtype=torch.float64)
    multiples = torch.cat([torch.arange(-REACH, 0), torch.arange(1, REACH + 1)])
    distance = time - rearrange(multiples * rearrange(periods, "k -> k 1"), "k r -> k r 1")
    width = BLUR + 1 + DRIFT * rearrange(multiples.abs() * rearrange(periods, "k -> k 1"), "k r -> k r 1")
    pulses = (1 - distance.abs() / width).clamp_min(0) / width
    weight = rearrange(FADE ** multiples.abs().double(), "r -> r 1")
    kernels = (weight * pulses).sum(dim=1)
    return rearrange(kernels / kernels.sum(dim=1, keepdim=True), "k m -> k 1 m").float()


class Periodicity(nn.Module):
    """Features (b, 20, t) -> (b, 2 k, t): each comb's output in time, then each period's autocorrelation, constant."""

    filters: Tensor

    def __init__(self, periods: int) -> None:
        super().__init__()
        self.lags = [round(period) for period in beat_periods(periods).tolist()]
        self.register_buffer("filters", combs(beat_periods(periods)), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Onsets are brought to zero mean and unit spread per clip, so that no loud consonant decides."""
        onsets = rearrange(features[:, FIRST_ONSET : FIRST_ONSET + QUARTERS], "b q t -> b 1 (t q)").float().sqrt()
        onsets = onsets - onsets.mean(dim=-1, keepdim=True)
        onsets = onsets / (onsets.std(dim=-1, keepdim=True, correction=0) + 1e-3)
        middle = self.filters.shape[-1] // 2
        # a frame's middle lies between its second and third quarter: take the mean of both
        padded = F.pad(F.avg_pool1d(F.pad(onsets, (0, 1)), 2, stride=1), (middle - 1, middle))
        resonance = F.conv1d(padded, self.filters, stride=QUARTERS)
        likeness = rearrange(self._likeness(onsets), "b k -> b k 1").expand_as(resonance)
        return torch.cat([resonance, likeness], dim=1).to(features.dtype)

    def _likeness(self, onsets: Tensor) -> Tensor:
        """Autocorrelation of the blurred onsets (b, 1, n) at each period: (b, k)."""
        blurred = F.avg_pool1d(onsets, 2 * BLUR + 1, stride=1, padding=BLUR)
        length = onsets.shape[-1]
        later = F.pad(blurred, (0, max(self.lags)))
        return torch.cat([(later[..., lag : lag + length] * blurred).mean(dim=-1) for lag in self.lags], dim=1)
