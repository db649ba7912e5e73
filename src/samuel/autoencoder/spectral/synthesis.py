"""Spectral maps to sound: sinusoids at the peaks with running phase, and shaped noise. Fixed: nothing here is learned.

Sinusoids plus noise: Serra & Smith (1990). A frame's sinusoids are summed by one matrix product with a dictionary of
windowed oscillators on a fine log-frequency grid, the matrix twin of inverse-FFT synthesis (Rodet & Depalle 1992).
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from samuel.audio.scratch import let_go, scratch
from samuel.autoencoder.spectral.analysis import NOISE_WINDOW, RESOLUTIONS, STEREO_EDGES, noise_filters
from samuel.autoencoder.spectral.envelopes import NOISE_OUT_HOP, REACH, sharpen
from samuel.autoencoder.spectral.maps import (
    BINS,
    BINS_PER_OCTAVE,
    LOWEST,
    NOISE_FLOOR,
    NOISE_FRAMES,
    NOISE_HOP,
    TONAL_FLOOR,
    TONAL_FRAMES,
    TONAL_HOP,
    bin_frequencies,
)
from samuel.config import HOP, SAMPLE_RATE

OVERSAMPLING = 3  # dictionary atoms per bin: a sinusoid is at most a sixth of a bin off, 0.3 %
TONAL_WINDOW = 2 * TONAL_HOP
NOISE_PERIOD = 4096  # frames of random spectrum before it repeats: 11.9 s
PEAK_REACH = 0.3  # of the analysis window's main lobe: nearer to a louder peak, a maximum is a ripple, not a partial
GOLDEN_ANGLE = 2.399963  # rad: start phases spread so that no two partials of a chord peak together


def dictionary() -> Tensor:
    """Cosine and minus sine atoms under a Hann window, (2 * 864, 1024); phase zero at the window's centre."""
    n = torch.arange(TONAL_WINDOW, dtype=torch.float64) - TONAL_WINDOW / 2
    angle = 2 * math.pi * bin_frequencies(OVERSAMPLING)[:, None] * n / SAMPLE_RATE
    taper = torch.hann_window(TONAL_WINDOW, dtype=torch.float64)
    return torch.cat([angle.cos() * taper, -angle.sin() * taper]).float()


def random_spectrum() -> Tensor:
    """A fixed draw of complex Gaussian noise for two channels, (2, 4096, 257)."""
    generator = torch.Generator().manual_seed(0)
    pair = torch.randn(2, NOISE_PERIOD, NOISE_WINDOW // 2 + 1, 2, generator=generator)
    # irfft of unit-variance bins has variance 1/window; four overlapped Hann windows sum to 1.5 in power
    return torch.view_as_complex(pair) * math.sqrt(NOISE_WINDOW / 2 / 1.5)


def noise_spread() -> Tensor:
    """How the power of each noise band is spread over the bins of its spectrum, columns summing to one: (32, 257)."""
    filters = noise_filters()
    return filters / filters.sum(0, keepdim=True).clamp_min(1e-9)


def stereo_index(frequencies: Tensor) -> Tensor:
    """Stereo band of each frequency (Hz)."""
    return torch.bucketize(frequencies.float(), torch.tensor(STEREO_EDGES[1:-1], dtype=torch.float32))


@cache
def peak_reach() -> tuple[int, ...]:
    """Bins on either side over which a peak must be the highest, (288,): two sinusoids nearer cannot be told apart."""
    reaches = []
    for frequency in bin_frequencies().tolist():
        window = next(window for window, _, high in RESOLUTIONS if frequency < high)
        lobe = BINS_PER_OCTAVE * math.log2(1 + 2 * SAMPLE_RATE / window / frequency)  # Hann: two FFT bins a side
        reaches.append(max(1, round(PEAK_REACH * lobe)))
    return tuple(reaches)


def find_peaks(tonal: Tensor) -> tuple[Tensor, Tensor]:
    """Amplitude (0 off the peaks) and offset (-0.5..0.5 bin, by a parabola) of the maxima of a log map (b, t, 288)."""
    padded = F.pad(tonal, (1, 1), value=math.log(TONAL_FLOOR))
    left, right = padded[..., :-2], padded[..., 2:]
    peak = (tonal > left) & (tonal >= right) & (tonal > math.log(2 * TONAL_FLOOR)) & (tonal >= highest_near(tonal))
    curvature = (left - 2 * tonal + right).clamp_max(-1e-6)
    offset = (0.5 * (left - right) / curvature).clamp(-0.5, 0.5)
    amplitude = (tonal - 0.25 * (left - right) * offset).exp() - TONAL_FLOOR
    return amplitude.clamp_min(0) * peak, offset * peak


def highest_near(tonal: Tensor) -> Tensor:
    """The maximum of (b, t, 288) over each bin's reach."""
    reach = torch.tensor(peak_reach(), device=tonal.device)
    highest = tonal
    for bins in sorted(set(peak_reach())):
        highest = torch.where(reach == bins, F.max_pool1d(tonal, 2 * bins + 1, stride=1, padding=bins), highest)
    return highest


def running_phase(amplitude: Tensor, frequency: Tensor, first: Tensor | None = None) -> Tensor:
    """Phase (rad) of every bin and frame, (b, t, 288): a peak carries on from its loudest neighbour a frame before.

    Neighbours are at most one bin away, so that a bending note keeps its phase; a new note starts at its bin's own.
    first: the phases (b, 288) of the first frame, where it continues an earlier piece.
    """
    batch, frames, bins = amplitude.shape
    grid = torch.arange(bins, device=amplitude.device)
    start = grid * GOLDEN_ANGLE % (2 * math.pi)
    advance = frequency * (math.pi * TONAL_HOP / SAMPLE_RATE)  # over half a hop
    neighbours = F.pad(amplitude, (1, 1)).unfold(-1, 3, 1)
    parent = (neighbours.argmax(-1) - 1 + grid).clamp(0, bins - 1)
    alive = neighbours.amax(-1) > 0
    now = start.expand(batch, bins) if first is None else first
    phases = [now]
    for i in range(1, frames):
        carried = (now + advance[:, i - 1]).gather(1, parent[:, i - 1]) + advance[:, i]
        now = torch.where(alive[:, i - 1], carried, start) % (2 * math.pi)
        phases.append(now)
    return torch.stack(phases, dim=1)


def overlap_add(frames: Tensor, hop: int) -> Tensor:
    """Sum (..., t, w) windowed frames at a hop that divides w -> (..., (t - 1) * hop + w)."""
    window = frames.shape[-1]
    parts = rearrange(frames, "... t (k h) -> k ... t h", h=hop)
    last = window // hop - 1
    total = sum((F.pad(part, (0, 0, k, last - k)) for k, part in enumerate(parts)), torch.zeros(()))
    return rearrange(total, "... t h -> ... (t h)")


def centred(signal: Tensor, window: int, hop: int, frames: int) -> Tensor:
    """Cut an overlap-added signal so that frame i is centred on sample (i + 1/2) * hop."""
    start = (window - hop) // 2
    return signal[..., start : start + frames * hop]


def _room(like: Tensor, samples: int) -> Tensor:
    """(b, 2, samples) for the sound of maps: one long song on a CPU lies outside of memory."""
    if like.shape[0] == 1 and like.device.type == "cpu" and like.dtype == torch.float32:
        return torch.from_numpy(scratch(2, samples))[None]
    return like.new_empty(like.shape[0], 2, samples)


class Synthesiser(torch.nn.Module):
    """Maps to stereo sound, (b, 2, t * 2048); works through the time in pieces, so that memory stays flat."""

    atoms: Tensor
    white: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("atoms", dictionary(), persistent=False)
        self.register_buffer("white", random_spectrum(), persistent=False)
        self.register_buffer("spread", noise_spread(), persistent=False)

    def forward(self, tonal: Tensor, noise: Tensor, stereo: Tensor, piece: int = 256) -> Tensor:
        """Tonal (b, t*4, 288), noise (b, t*8, 32), stereo (b, t, 10, 2); piece: latent frames at a time."""
        tonal, noise, stereo = tonal.float(), noise.float(), stereo.float()  # phases need it
        with torch.autocast(tonal.device.type, enabled=False):
            return self._synthesise(tonal, noise, stereo, piece)

    def _synthesise(self, tonal: Tensor, noise: Tensor, stereo: Tensor, piece: int) -> Tensor:
        total = stereo.shape[1]
        audio = _room(tonal, total * HOP)
        phase = None
        for first in range(0, total, piece):
            last = min(first + piece, total)
            sines, phase = self.sinusoids(tonal, stereo, first, last, phase)
            audio[..., first * HOP : last * HOP] = sines + self.shaped_noise(noise, stereo, first, last)
            let_go()
        return audio

    def sinusoids(
        self, tonal: Tensor, stereo: Tensor, first: int, last: int, start: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Sinusoids of latent frames first to last, (b, 2, (last - first) * 2048), and the phases that go on from them.

        start: what the piece before, which ended at `first`, gave as its second result.
        """
        chosen, cut = with_neighbours(first, last, TONAL_FRAMES, tonal.shape[1], 1)
        amplitude, offset = find_peaks(tonal[:, chosen])
        position = torch.arange(BINS, device=tonal.device) + offset
        phase = running_phase(amplitude, LOWEST * 2 ** (position / BINS_PER_OCTAVE), start)
        bands = stereo_index(bin_frequencies()).to(stereo.device)
        pan, width = stereo[:, torch.div(chosen, TONAL_FRAMES, rounding_mode="floor")][:, :, bands].unbind(-1)
        alternate = 1.0 - 2.0 * (torch.arange(BINS, device=stereo.device) % 2)  # partials lean left and right in turn
        fine = (position * OVERSAMPLING).round().long().clamp(0, BINS * OVERSAMPLING - 1)
        rows = amplitude.new_zeros(amplitude.shape[0], 2, len(chosen), 2 * BINS * OVERSAMPLING)
        for channel, sign in enumerate((-1.0, 1.0)):
            gain = amplitude * (1 + sign * pan).clamp_min(0).sqrt()
            angle = phase + sign * alternate * width
            rows[:, channel].scatter_add_(2, fine, gain * angle.cos())
            rows[:, channel].scatter_add_(2, fine + BINS * OVERSAMPLING, gain * angle.sin())
        signal = centred(overlap_add(rows @ self.atoms, TONAL_HOP), TONAL_WINDOW, TONAL_HOP, len(chosen))
        last_own = cut + (last - first) * TONAL_FRAMES - 1  # the frame with which the next piece begins
        return signal[..., cut * TONAL_HOP :][..., : (last - first) * HOP], phase[:, last_own]

    def shaped_noise(self, noise: Tensor, stereo: Tensor, first: int, last: int) -> Tensor:
        """Noise of latent frames first to last, (b, 2, (last - first) * 2048)."""
        read, before = with_neighbours(first, last, NOISE_FRAMES, noise.shape[1], REACH)
        power = (noise[:, read].exp() - 2 * NOISE_FLOOR).clamp_min(0).square()
        level = sharpen(rearrange(power, "b t k -> b k t"))
        per_latent = NOISE_FRAMES * NOISE_HOP // NOISE_OUT_HOP
        chosen, cut = with_neighbours(first, last, per_latent, stereo.shape[1] * per_latent, 2)
        start = before * NOISE_HOP // NOISE_OUT_HOP - cut
        level = level[..., start : start + len(chosen)]
        envelope = (rearrange(level, "b k t -> b t k") @ self.spread).sqrt()
        frequency = torch.arange(self.white.shape[-1]) * SAMPLE_RATE / NOISE_WINDOW
        bands = stereo_index(frequency).to(stereo.device)
        latent = torch.div(chosen, per_latent, rounding_mode="floor")
        pan, width = stereo[:, latent][:, :, bands].unbind(-1)
        gain = torch.stack([(1 - pan).clamp_min(0).sqrt(), (1 + pan).clamp_min(0).sqrt()], dim=1)
        middle, side = self.white[:, chosen % NOISE_PERIOD]
        middle, side = middle * width.cos(), side * width.sin()  # channels of coherence cos(2 * width)
        spectrum = torch.stack([middle + side, middle - side], dim=1) * (envelope[:, None] * gain)
        taper = torch.hann_window(NOISE_WINDOW, device=level.device)
        frames = torch.fft.irfft(spectrum, n=NOISE_WINDOW) * taper
        signal = centred(overlap_add(frames, NOISE_OUT_HOP), NOISE_WINDOW, NOISE_OUT_HOP, len(chosen))
        return signal[..., cut * NOISE_OUT_HOP :][..., : (last - first) * HOP]


def with_neighbours(first: int, last: int, per_latent: int, total: int, reach: int) -> tuple[Tensor, int]:
    """Indices of the fine frames of latent frames first..last and up to `reach` more on each side; how many precede."""
    before = min(reach, first * per_latent)
    after = min(reach, total - last * per_latent)
    return torch.arange(first * per_latent - before, last * per_latent + after), before
