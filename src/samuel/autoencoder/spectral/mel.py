"""The log-mel spectrogram that maps would have as sound, worked out from the maps alone: differentiable, and cheap.

L1 on log amplitudes alone blurs: a peak that could be in either of two bins is drawn low in both, and its energy is
gone. What is compared here is the energy that the synthesiser will play, wherever in the band it lies.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from einops import rearrange, reduce
from torch import Tensor, nn

from samuel.autoencoder.spectral.analysis import NOISE_WINDOW, mel_bands
from samuel.autoencoder.spectral.maps import NOISE_FLOOR, NOISE_FRAMES, TONAL_FRAMES, SpectralMaps, bin_frequencies
from samuel.autoencoder.spectral.synthesis import find_peaks, noise_spread
from samuel.config import SAMPLE_RATE

MEL_BANDS = 128
MEL_WINDOW = 2048  # samples, Hann
# dB by which an original is louder than the sound of its maps, for every 8 mel bands: the mean of 16 pieces of 15 s.
# Between partials the noise is too loud, and up to 7 kHz what is tone but no peak is lost.
SHORTFALL = (-2.7, -0.8, -1.4, -1.8, -1.8, -0.6, 0.9, 2.0, 2.0, 2.9, 3.3, -0.3, -0.5, -0.3, -0.6, -4.8)
NEPERS_PER_DB = math.log(10) / 10  # of power
_QUIET = 1e-3  # energy that counts as silence: a sinusoid of full scale has 2.6e5
_BESIDE = (1 / 6, 2 / 3, 1 / 6)  # a Hann window's power at the frames before, at and after its centre


class MelEnergies(nn.Module):
    """Energy per mel band of maps, as a Hann window of 2,048 samples would show it at every tonal frame."""

    of_tones: Tensor
    of_noise: Tensor
    shortfall: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("of_tones", tone_energies(), persistent=False)
        self.register_buffer("of_noise", noise_energies(), persistent=False)
        self.register_buffer(
            "shortfall", torch.tensor(SHORTFALL).repeat_interleave(8) * NEPERS_PER_DB, persistent=False
        )

    def of_original(self, maps: SpectralMaps) -> Tensor:
        """As forward, but of the sound that was analysed, as far as its maps tell."""
        louder: Tensor = self(maps) + self.shortfall
        return louder

    def forward(self, maps: SpectralMaps) -> Tensor:
        """Maps -> natural logarithm of the energies, (b, t*4, 128). Gradients reach peaks alone."""
        amplitude, _ = find_peaks(maps.tonal)
        power = (maps.noise.exp() - 2 * NOISE_FLOOR).clamp_min(0).square()
        power = reduce(power, "b (t j) k -> b t k", "mean", j=NOISE_FRAMES // TONAL_FRAMES)
        energy = amplitude.square() @ self.of_tones + power @ self.of_noise
        return torch.log(_seen_through_window(energy) + _QUIET)


def _seen_through_window(energy: Tensor) -> Tensor:
    """(b, t, k) with each frame's energy spread over its neighbours as the analysis window would."""
    padded = F.pad(rearrange(energy, "b t k -> b k t"), (1, 1), mode="replicate")
    before, here, after = padded[..., :-2], padded[..., 1:-1], padded[..., 2:]
    return rearrange(_BESIDE[0] * before + _BESIDE[1] * here + _BESIDE[2] * after, "b k t -> b t k")


def tone_energies() -> Tensor:
    """Energy in each mel band of a sinusoid of amplitude 1 at each bin of the tonal map, (288, 128)."""
    n = torch.arange(MEL_WINDOW, dtype=torch.float64)
    angle = 2 * math.pi * bin_frequencies()[:, None] * n / SAMPLE_RATE
    taper = torch.hann_window(MEL_WINDOW, dtype=torch.float64)
    # half the power of a complex exponential of amplitude 1 is that of a cosine, averaged over its phase
    spectrum = torch.fft.fft(torch.polar(taper.expand_as(angle), angle))[:, : MEL_WINDOW // 2 + 1]
    power = torch.view_as_real(spectrum).square().sum(-1) / 4
    return (power.float()) @ mel_bands(MEL_BANDS, MEL_WINDOW).T


def noise_energies() -> Tensor:
    """Expected energy in each mel band of noise whose level is 1 in one band of the noise map, (32, 128)."""
    spread = noise_spread()
    fine = F.interpolate(spread[None], size=MEL_WINDOW // 2 + 1, mode="linear", align_corners=True)[0]
    return 0.375 * MEL_WINDOW * fine @ mel_bands(MEL_BANDS, MEL_WINDOW).T


assert MEL_WINDOW > NOISE_WINDOW
assert 8 * len(SHORTFALL) == MEL_BANDS
