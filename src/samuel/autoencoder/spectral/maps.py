"""The spectral maps between sound and network: what they hold, how they are laid out, how they are transposed.

One latent frame (2,048 samples, 46.4 ms) is one row of MAP_WIDTH numbers:

* tonal: 4 frames x 288 bins, log amplitude of a sinusoid per log-frequency bin (36 an octave from 27.5 Hz; Brown 1991);
* noise: 8 frames x 32 bands, log level of the noise that the sinusoids leave;
* stereo: 10 bands x (pan, width), parametric stereo after Breebaart et al. (2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

from samuel.config import HOP

BINS_PER_OCTAVE = 36
BINS = 8 * BINS_PER_OCTAVE
LOWEST = 27.5  # Hz: A0
TONAL_FRAMES = 4  # per latent frame
TONAL_HOP = HOP // TONAL_FRAMES
NOISE_FRAMES = 8
NOISE_HOP = HOP // NOISE_FRAMES
NOISE_BANDS = 32
STEREO_BANDS = 10

TONAL_WIDTH = TONAL_FRAMES * BINS
NOISE_WIDTH = NOISE_FRAMES * NOISE_BANDS
STEREO_WIDTH = 2 * STEREO_BANDS
MAP_WIDTH = TONAL_WIDTH + NOISE_WIDTH + STEREO_WIDTH

TONAL_FLOOR = 1e-3  # amplitude: -60 dB re full scale
NOISE_FLOOR = 1e-4  # level per sample: -80 dB re full scale


@dataclass(frozen=True)
class SpectralMaps:
    """tonal (b, t*4, 288), noise (b, t*8, 32): natural logarithms; stereo (b, t, 10, 2): pan -1..1, width 0..pi/2."""

    tonal: Tensor
    noise: Tensor
    stereo: Tensor

    def flatten(self) -> Tensor:
        """The maps as one row per latent frame, (b, t, MAP_WIDTH)."""
        tonal = rearrange(self.tonal, "b (t j) k -> b t (j k)", j=TONAL_FRAMES)
        noise = rearrange(self.noise, "b (t j) k -> b t (j k)", j=NOISE_FRAMES)
        return torch.cat([tonal, noise, rearrange(self.stereo, "b t k p -> b t (k p)")], dim=-1)

    @staticmethod
    def unflatten(rows: Tensor) -> SpectralMaps:
        """Inverse of flatten."""
        tonal, noise, stereo = torch.split(rows, [TONAL_WIDTH, NOISE_WIDTH, STEREO_WIDTH], dim=-1)
        return SpectralMaps(
            rearrange(tonal, "b t (j k) -> b (t j) k", j=TONAL_FRAMES),
            rearrange(noise, "b t (j k) -> b (t j) k", j=NOISE_FRAMES),
            rearrange(stereo, "b t (k p) -> b t k p", p=2),
        )


def bin_frequencies(oversampling: int = 1) -> Tensor:
    """Centre frequencies (Hz) of the log-frequency bins, (288 * oversampling,)."""
    steps = torch.arange(BINS * oversampling, dtype=torch.float64) / (BINS_PER_OCTAVE * oversampling)
    return LOWEST * 2.0**steps


def transpose_maps(rows: Tensor, bins: int) -> Tensor:
    """Transpose flat maps (b, t, MAP_WIDTH) by bins (36 an octave): the tonal map slides, the rest stays."""
    tonal, rest = torch.split(rows, [TONAL_WIDTH, NOISE_WIDTH + STEREO_WIDTH], dim=-1)
    tonal = rearrange(tonal, "b t (j k) -> b t j k", j=TONAL_FRAMES).roll(bins, dims=-1)
    if bins > 0:
        tonal[..., :bins] = torch.log(torch.tensor(TONAL_FLOOR)).to(rows.dtype)
    elif bins < 0:
        tonal[..., bins:] = torch.log(torch.tensor(TONAL_FLOOR)).to(rows.dtype)
    return torch.cat([rearrange(tonal, "b t j k -> b t (j k)"), rest], dim=-1)
