"""Sound to spectral maps, by fixed transforms. Local: a frame depends on at most 0.2 s around it."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from samuel.autoencoder.spectral.maps import (
    BINS,
    NOISE_BANDS,
    NOISE_FLOOR,
    NOISE_HOP,
    STEREO_BANDS,
    TONAL_FLOOR,
    TONAL_HOP,
    SpectralMaps,
    bin_frequencies,
)
from samuel.config import HOP, SAMPLE_RATE

# window length (samples), by how much it may be decimated, and up to which frequency (Hz) it is used: long windows part
# low notes, short ones keep time
RESOLUTIONS = ((4096, 8, 350.0), (2048, 4, 3000.0), (1024, 1, 7100.0))
DECIMATOR_TAPS = 139  # 80 dB down by where it would fold back (Kaiser 1974)
DECIMATOR_BETA = 7.857  # Kaiser's shape for 80 dB
_DECIMATED_TOGETHER = 16  # output samples
ZERO_PADDING = 2  # FFT length over window length: else an interpolated peak at 110 Hz lies 16 cents off
NOISE_WINDOW = 512  # samples: a drum hit stays within 12 ms
STEREO_WINDOW = 4096
SUSTAIN = 0.2  # seconds over which a tone is steady
SPREAD = 800.0  # Hz over which a hit is flat
TONAL_MARGIN, NOISE_MARGIN = (
    2.0,
    5.0,
)  # how readily a point counts as tone; of 7 pairs these gave the least log-mel error
STEREO_EDGES = (0, 120, 250, 500, 900, 1500, 2500, 4000, 6500, 10000, 22050)  # Hz


def spectra(audio: Tensor, window: int, hop: int, padding: int = 1) -> Tensor:
    """STFT of (b, c, n), frame i centred on sample (i + 1/2) * hop; n must be a multiple of hop -> (b, c, t, f).

    padding: FFT length over window length.
    """
    batch, length = audio.shape[0], padding * window
    margin = (length - hop) // 2
    padded = F.pad(rearrange(audio, "b c n -> (b c) n"), (margin, length - hop - margin))
    taper = torch.hann_window(window, dtype=audio.dtype, device=audio.device)
    result = torch.stft(padded, length, hop, window, taper, center=False, return_complex=True)
    return rearrange(result, "(b c) f t -> b c t f", b=batch)


def power_of(spectrum: Tensor) -> Tensor:
    """Squared magnitude of a complex tensor, without the square root."""
    return torch.view_as_real(spectrum).square().sum(-1)


def smooth(x: Tensor, size: int, dim: int) -> Tensor:
    """Moving average of odd size along dim of (b, t, f), ends averaged over what exists; by running sums."""
    length, reach = x.shape[dim], size // 2
    margins = [0, 0, reach + 1, reach] if dim == 1 else [reach + 1, reach]
    # double: what is quiet must survive the sum of what is loud
    sums = torch.cumsum(F.pad(x, margins), dim, dtype=torch.float64)
    total = sums.narrow(dim, size, length) - sums.narrow(dim, 0, length)
    place = torch.arange(length, device=x.device)
    count = (place + reach + 1).clamp_max(length) - (place - reach).clamp_min(0)
    return (total / (count[:, None] if dim == 1 else count)).to(x.dtype)


def eighth_power(x: Tensor) -> Tensor:
    """Several times faster than pow."""
    return x.square().square().square()


def tonal_share(power: Tensor, hop: int, bin_width: float, margin: float) -> Tensor:
    """Share 0..1 of each point of (b, t, f) power that is steady in time rather than flat in frequency.

    A soft version of harmonic/percussive separation (Fitzgerald 2010), with means of a compressed power for medians.
    """
    compressed = (power + 1e-12).sqrt().sqrt()
    steady = eighth_power(smooth(compressed, 2 * round(SUSTAIN * SAMPLE_RATE / hop / 2) + 1, 1))
    flat = eighth_power(smooth(compressed, 2 * round(SPREAD / bin_width / 2) + 1, 2))
    return margin * steady / (margin * steady + flat)


def sample_bins(values: Tensor, positions: Tensor) -> Tensor:
    """Cubic (Catmull-Rom) interpolation of (..., f) at fractional positions (k,) -> (..., k)."""
    last = values.shape[-1] - 1
    whole = positions.floor().long()
    u = (positions - whole).to(values.dtype)
    taps = [values[..., (whole + i).clamp(0, last)] for i in (-1, 0, 1, 2)]
    weights = (
        ((-u + 2) * u - 1) * u / 2,
        ((3 * u - 5) * u) * u / 2 + 1,
        ((-3 * u + 4) * u + 1) * u / 2,
        (u - 1) * u * u / 2,
    )
    return sum((w * tap for w, tap in zip(weights, taps, strict=True)), torch.zeros(()))


def decimate(audio: Tensor, factor: int, passed: float) -> Tensor:
    """Keep every factor-th sample of (b, c, n), sample i staying where i * factor was; flat up to `passed` Hz.

    n must be a multiple of 16 * factor. Sixteen samples at a time by one matrix product, many times faster than conv1d.
    """
    if factor == 1:
        return audio
    assert passed < SAMPLE_RATE / factor / 2
    reach = DECIMATOR_TAPS // 2
    step = _DECIMATED_TOGETHER * factor
    spans = F.pad(audio, (reach, reach)).unfold(-1, step + DECIMATOR_TAPS - 1, step)
    return rearrange(spans @ decimator(factor).to(audio), "b c m k -> b c (m k)")


def decimator(factor: int) -> Tensor:
    """Low-pass filters (taps - 1 + 16 * factor, 16), a column per output sample; half-way down at the new Nyquist."""
    n = torch.arange(DECIMATOR_TAPS, dtype=torch.float64) - DECIMATOR_TAPS // 2
    window = torch.kaiser_window(DECIMATOR_TAPS, periodic=False, beta=DECIMATOR_BETA, dtype=torch.float64)
    taps = torch.sinc(n / factor) * window
    matrix = torch.zeros(_DECIMATED_TOGETHER * factor + DECIMATOR_TAPS - 1, _DECIMATED_TOGETHER, dtype=torch.float64)
    for i in range(_DECIMATED_TOGETHER):
        matrix[i * factor : i * factor + DECIMATOR_TAPS, i] = taps / taps.sum()
    return matrix


def tonal_map(audio: Tensor) -> Tensor:
    """Log amplitude per log-frequency bin of stereo (b, 2, n) -> (b, n/512, 288); both channels' power averaged."""
    columns, low = [], 0.0
    for window, factor, high in RESOLUTIONS:
        frequencies = bin_frequencies()
        frequencies = frequencies[(frequencies >= low) & (frequencies < high)]
        columns.append(_tonal_columns(audio, window, factor, frequencies))
        low = high
    return torch.log(torch.cat(columns, dim=-1).exp() + TONAL_FLOOR)


def _tonal_columns(audio: Tensor, window: int, factor: int, frequencies: Tensor) -> Tensor:
    """Log amplitude of what is tone at frequencies (k,) in Hz, seen through one window: (b, t, k)."""
    width = SAMPLE_RATE / (ZERO_PADDING * window)
    highest = float(frequencies[-1]) + 2 * SPREAD
    top = min(ZERO_PADDING * window // 2, math.ceil(highest / width))
    thinned = decimate(audio, factor, highest)
    spectrum = spectra(thinned, window // factor, TONAL_HOP // factor, ZERO_PADDING)[..., : top + 1]
    power = power_of(factor * spectrum).mean(1)  # as loud as before it was decimated
    power = power * tonal_share(power, TONAL_HOP, width, TONAL_MARGIN)
    power = power * (4 / window) ** 2  # a unit sinusoid reads 1
    return sample_bins(torch.log(power + 1e-12) / 2, (frequencies / width).to(audio.device))


def noise_filters() -> Tensor:
    """The bands of the noise map, rows summing to one: (32, 257)."""
    bands = mel_bands(NOISE_BANDS, NOISE_WINDOW)
    return bands / bands.sum(dim=1, keepdim=True)


def mel_bands(count: int, window: int) -> Tensor:
    """Triangular bands, equally spaced on the mel scale, over the bins of an FFT: (count, window / 2 + 1)."""
    mel = torch.linspace(0, 2595 * torch.log10(torch.tensor(1 + SAMPLE_RATE / 2 / 700)).item(), count + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    f = torch.arange(window // 2 + 1) * SAMPLE_RATE / window
    rise = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    bands = torch.minimum(rise, fall).clamp_min(0)
    nearest = (f[None] - edges[1:-1, None]).abs().argmin(dim=1)  # low bands are narrower than one FFT bin
    bands[torch.arange(count), nearest] = bands[torch.arange(count), nearest].clamp_min(1e-2)
    return bands


def noise_map(audio: Tensor, filters: Tensor) -> Tensor:
    """Log level of the noise per band of (b, c, n) -> (b, n/256, 32): the deviation of white noise that would match.

    What is steady but softer than the tonal map's floor counts as noise too, or the fading of a cymbal would be lost.
    """
    width = SAMPLE_RATE / NOISE_WINDOW
    squared = power_of(spectra(audio, NOISE_WINDOW, NOISE_HOP)).mean(1)
    power = squared / (0.375 * NOISE_WINDOW)
    sinusoid = squared * (4 / NOISE_WINDOW) ** 2  # squared amplitude, if it were one
    share = 1 - tonal_share(power, NOISE_HOP, width, NOISE_MARGIN) * sinusoid / (sinusoid + TONAL_FLOOR**2)
    beyond = torch.arange(power.shape[-1], device=audio.device) * width > bin_frequencies()[-1].item()
    share = share.masked_fill(beyond, 1.0)  # no sinusoids up there
    return torch.log((power * share) @ filters.T + NOISE_FLOOR**2) / 2


def stereo_map(audio: Tensor) -> Tensor:
    """Pan (-1 left to 1 right) and width (half the arc cosine of the coherence) per band, (b, n/2048, 10, 2)."""
    left, right = spectra(audio, STEREO_WINDOW, HOP).unbind(1)
    edges = [round(edge * STEREO_WINDOW / SAMPLE_RATE) for edge in STEREO_EDGES]

    def per_band(x: Tensor) -> Tensor:
        return torch.stack([x[..., a:b].sum(-1) for a, b in pairwise(edges)], dim=-1)

    energy_left, energy_right = per_band(power_of(left)), per_band(power_of(right))
    cross = per_band((left * right.conj()).real)
    floor = 1e-3  # silence reads as centred and coherent
    pan = (energy_right - energy_left) / (energy_left + energy_right + floor)
    coherence = (cross + floor) / ((energy_left * energy_right).sqrt() + floor)
    return torch.stack([pan, coherence.clamp(-1, 1).acos() / 2], dim=-1)


def analyse(audio: Tensor, filters: Tensor) -> SpectralMaps:
    """Maps of stereo or mono audio (b, 2 or 1, n), n a multiple of 2,048; mono counts as two equal channels."""
    if audio.shape[1] == 1:
        stereo = audio.new_zeros(audio.shape[0], audio.shape[-1] // HOP, STEREO_BANDS, 2)
    else:
        stereo = stereo_map(audio)
    return SpectralMaps(tonal_map(audio), noise_map(audio, filters), stereo)


assert len(STEREO_EDGES) == STEREO_BANDS + 1
assert RESOLUTIONS[-1][2] > bin_frequencies()[BINS - 1]
