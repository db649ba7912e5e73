"""Encoder and decoder between spectral maps and 64 latent channels: ConvNeXt blocks (Liu et al. 2022) along time."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.autoencoder.spectral.maps import BINS, NOISE_WIDTH, STEREO_WIDTH, TONAL_FRAMES, TONAL_WIDTH, SpectralMaps


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution over time, then a two-layer perceptron per frame, added to the input; (b, t, d)."""

    def __init__(self, width: int, kernel: int = 7, expansion: int = 3) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """(b, t, d) -> (b, t, d)."""
        h = rearrange(self.depthwise(rearrange(x, "b t d -> b d t")), "b d t -> b t d")
        refined: Tensor = self.down(F.gelu(self.up(self.norm(h))))
        return x + self.scale * refined


def scale_maps(maps: SpectralMaps) -> tuple[Tensor, Tensor, Tensor]:
    """Maps brought to about zero mean and unit spread for the network."""
    return (maps.tonal + 5) / 2, (maps.noise + 6) / 2, maps.stereo


def unscale_maps(tonal: Tensor, noise: Tensor, stereo: Tensor) -> SpectralMaps:
    """Inverse of scale_maps."""
    return SpectralMaps(tonal * 2 - 5, noise * 2 - 6, stereo)


class MapEncoder(nn.Module):
    """Scaled maps -> mean and log variance of the latents, each (b, t, 64)."""

    def __init__(self, width: int, depth: int, latent_channels: int) -> None:
        super().__init__()
        # over frequency by 3 then 2 with shared weights: what a chord looks like does not depend on its key
        self.partials = nn.Conv2d(1, 24, (7, 3), stride=(3, 1), padding=(3, 1))
        self.shapes = nn.Conv2d(24, 48, (3, TONAL_FRAMES), stride=(2, TONAL_FRAMES), padding=(1, 0))
        self.from_tonal = nn.Linear(48 * BINS // 6, width)
        self.from_rest = nn.Linear(NOISE_WIDTH + STEREO_WIDTH, width)
        self.trunk = nn.Sequential(*(ConvNeXtBlock(width) for _ in range(depth)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * latent_channels))

    def forward(self, tonal: Tensor, noise: Tensor, stereo: Tensor) -> tuple[Tensor, Tensor]:
        """(b, t*4, 288), (b, t*8, 32), (b, t, 10, 2) -> twice (b, t, 64)."""
        h = F.gelu(self.partials(rearrange(tonal, "b t k -> b 1 k t")))
        # never in bfloat16: PyTorch 2.13 computes this convolution wrong on processors with AMX (error as large as it)
        with torch.autocast(h.device.type, enabled=False):
            h = F.gelu(self.shapes(h.float()))
        rest = torch.cat(
            [rearrange(noise, "b (t j) k -> b t (j k)", t=stereo.shape[1]), rearrange(stereo, "b t k p -> b t (k p)")],
            -1,
        )
        x = self.from_tonal(rearrange(h, "b c k t -> b t (c k)")) + self.from_rest(rest)
        mean, log_variance = self.head(self.trunk(x)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-12, 4)


class MapDecoder(nn.Module):
    """Latents (b, t, 64) -> scaled maps."""

    def __init__(self, width: int, depth: int, latent_channels: int) -> None:
        super().__init__()
        self.stem = nn.Linear(latent_channels, width)
        self.trunk = nn.Sequential(*(ConvNeXtBlock(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.to_tonal = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, TONAL_WIDTH))
        self.to_rest = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, NOISE_WIDTH + STEREO_WIDTH))

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, t, 64) -> (b, t*4, 288), (b, t*8, 32), (b, t, 10, 2)."""
        h = self.norm(self.trunk(self.stem(latents)))
        maps = SpectralMaps.unflatten(torch.cat([self.to_tonal(h), self.to_rest(h)], dim=-1))
        return maps.tonal, maps.noise, maps.stereo
