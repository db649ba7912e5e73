"""The bundled autoencoder: stereo sound to 64 channels at 21.53 Hz and back, through spectral maps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.audio.scratch import let_go, scratch
from samuel.autoencoder.spectral.analysis import analyse, noise_filters
from samuel.autoencoder.spectral.maps import NOISE_FLOOR, TONAL_FLOOR, SpectralMaps
from samuel.autoencoder.spectral.network import MapDecoder, MapEncoder, scale_maps, unscale_maps
from samuel.autoencoder.spectral.synthesis import Synthesiser
from samuel.config import HOP, LATENT_CHANNELS, require_range

CONTEXT = 32  # latent frames: more than analysis and network see to either side, so pieces equal the whole


@dataclass(frozen=True)
class SpectralConfig:
    """Sizes of the networks and weights of the training loss."""

    width: int = 512
    encoder_depth: int = 3
    decoder_depth: int = 4
    latent_channels: int = LATENT_CHANNELS
    kl_weight: float = 3e-4
    noise_weight: float = 0.5
    stereo_weight: float = 0.3

    def __post_init__(self) -> None:
        require_range("width", self.width, 8, 4096)
        require_range("encoder_depth", self.encoder_depth, 1, 8)
        require_range("decoder_depth", self.decoder_depth, 1, 8)


class SpectralAutoencoder(nn.Module):
    """See samuel.autoencoder.base.Autoencoder. Weights are the two networks; analysis and synthesis are fixed."""

    name = "spectral"
    filters: Tensor

    def __init__(self, config: SpectralConfig | None = None) -> None:
        super().__init__()
        self.config = config or SpectralConfig()
        self.register_buffer("filters", noise_filters(), persistent=False)
        self.encoder = MapEncoder(self.config.width, self.config.encoder_depth, self.config.latent_channels)
        self.decoder = MapDecoder(self.config.width, self.config.decoder_depth, self.config.latent_channels)
        self.synthesiser = Synthesiser()

    @torch.no_grad()
    def encode(self, audio: Tensor, piece: int = 512) -> Tensor:
        """(b, 2, n) or mono (b, 1, n) -> (b, 64, ceil(n / 2048)); piece: latent frames at a time, for flat memory."""
        frames = math.ceil(audio.shape[-1] / HOP)

        def encode_piece(first: int, last: int) -> Tensor:
            samples = audio[..., first * HOP : last * HOP]
            let_go()  # of what the pieces before have touched
            samples = F.pad(samples, (0, (last - first) * HOP - samples.shape[-1]))
            return self.encode_maps(analyse(samples, self.filters).flatten())

        return in_pieces(encode_piece, frames, piece)

    @torch.no_grad()
    def encode_maps(self, rows: Tensor) -> Tensor:
        """Flat maps (b, t, MAP_WIDTH) -> latents (b, 64, t): the mean of the posterior."""
        mean, _ = self.encoder(*scale_maps(SpectralMaps.unflatten(rows)))
        latents: Tensor = rearrange(mean, "b t c -> b c t")
        return latents

    @torch.no_grad()
    def decode(self, latents: Tensor, piece: int = 512) -> Tensor:
        """(b, 64, t) -> (b, 2, t * 2048); piece as in encode."""
        maps = SpectralMaps.unflatten(self.decode_maps(latents, piece))
        audio: Tensor = self.synthesiser(maps.tonal, maps.noise, maps.stereo)
        return audio

    @torch.no_grad()
    def decode_maps(self, latents: Tensor, piece: int = 512) -> Tensor:
        """(b, 64, t) -> flat maps (b, t, MAP_WIDTH), within their ranges."""

        def decode_piece(first: int, last: int) -> Tensor:
            maps = unscale_maps(*self.decoder(rearrange(latents[..., first:last], "b c t -> b t c")))
            pan, width = maps.stereo.unbind(-1)
            stereo = torch.stack([pan.clamp(-1, 1), width.clamp(0, math.pi / 2)], dim=-1)
            tonal = maps.tonal.clamp(math.log(TONAL_FLOOR), 0.0)
            noise = maps.noise.clamp(math.log(NOISE_FLOOR), 0.0)
            return rearrange(SpectralMaps(tonal, noise, stereo).flatten(), "b t w -> b w t")

        return rearrange(in_pieces(decode_piece, latents.shape[-1], piece), "b w t -> b t w")


def in_pieces(function: Callable[[int, int], Tensor], total: int, piece: int) -> Tensor:
    """Apply function(first, last) -> (b, c, last - first) to pieces with context on both sides; join the middles."""
    joined: Tensor | None = None
    for first in range(0, total, piece):
        last = min(first + piece, total)
        start, stop = max(0, first - CONTEXT), min(total, last + CONTEXT)
        middle = function(start, stop)[..., first - start : last - start]
        joined = _room(middle, total) if joined is None else joined
        joined[..., first:last] = middle
        let_go()
    assert joined is not None
    return joined


def _room(middle: Tensor, total: int) -> Tensor:
    """(b, c, total) for what begins with middle (b, c, t); the maps of a long song need not lie in memory."""
    if middle.dtype != torch.float32 or middle.device.type != "cpu":
        return middle.new_empty(*middle.shape[:-1], total)
    batch, channels, _ = middle.shape
    return torch.from_numpy(scratch(batch * channels, total)).view(batch, channels, total)
