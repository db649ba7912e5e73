"""Denoiser: a U-Net over frames that predicts v, aligned with the vocal at each level (SAMUeL: arXiv 2507.19991)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.errors import ConfigError
from samuel.model.attention import AttentionMixer, SoftAlignment
from samuel.model.blocks import ResidualBlock, TimestepEmbedding, double, halve, masked
from samuel.model.condition import Condition, Pyramid, VocalEncoder, pad_frames
from samuel.model.config import GROUPS, DenoiserConfig
from samuel.model.shapes import Dropped, FrameMask, Latent, PerItem, Timesteps


class AlignedLevel(nn.Module):
    """One level: align the vocal with what the band is so far, then let it modulate the blocks frame by frame."""

    def __init__(self, config: DenoiserConfig, level: int, inputs: int) -> None:
        super().__init__()
        width, vocal_width = config.widths[level], config.vocal_widths[level]
        self.direct = config.direct
        self.norm = nn.GroupNorm(GROUPS, inputs)
        self.align = SoftAlignment(
            inputs,
            vocal_width,
            config.attention_widths[level],
            config.head_width,
            config.window,
            config.attention_mix,
        )
        self.time = nn.Linear(config.time_width, vocal_width)
        sizes = [inputs, *[width] * (config.blocks[level] - 1)]
        self.blocks = nn.ModuleList(ResidualBlock(size, width, vocal_width, config.dropout) for size in sizes)

    def forward(
        self, x: Latent, vocal: Tensor, time: Tensor, share: PerItem, frames: int, mask: FrameMask | None
    ) -> Tensor:
        """Features (b, inputs, t), vocal (b, k, t), time embedding (b, e), m (b,) -> (b, width, t)."""
        context = self.align(self.norm(x), vocal, share, frames)
        if self.direct:
            context = context + vocal
        context = F.silu(context + rearrange(self.time(time), "b k -> b k 1"))
        for block in self.blocks:
            x = block(x, context, mask)
        return x


class Denoiser(nn.Module):
    """v from noisy latents, a timestep and the vocal; 64 x t -> 128 x t/2 -> 256 x t/4 -> 512 x t/8 and back."""

    def __init__(self, config: DenoiserConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DenoiserConfig()
        widths, bottom = config.widths, len(config.widths) - 1
        self.vocal = VocalEncoder(config)
        self.time = TimestepEmbedding(config.time_width)
        self.mixer = AttentionMixer(config.attention_mix, config.time_width, config.steps)
        self.enter = nn.Conv1d(config.latent_channels, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(AlignedLevel(config, level, widths[level]) for level in range(bottom))
        self.downs = nn.ModuleList(halve(widths[level], widths[level + 1]) for level in range(bottom))
        self.bottom = AlignedLevel(config, bottom, widths[bottom])
        self.ups = nn.ModuleList(double(widths[level + 1], widths[level]) for level in reversed(range(bottom)))
        self.decoder = nn.ModuleList(
            AlignedLevel(config, level, 2 * widths[level]) for level in reversed(range(bottom))
        )
        self.norm = nn.GroupNorm(GROUPS, widths[0])
        self.leave = nn.Conv1d(widths[0], config.latent_channels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(
        self, noisy: Latent, timestep: Timesteps | float, condition: Condition, drop: Dropped | None = None
    ) -> Latent:
        """Noisy latents (b, 64, t), timestep (b,) or one number in [0, 800), condition of the same t -> v (b, 64, t).

        Items where drop is True hear the learned null vocal. Raises ConfigError if the shapes do not fit.
        """
        return self.predict(noisy, timestep, self.encode(condition, drop))

    def encode(self, condition: Condition, drop: Dropped | None = None) -> Pyramid:
        """What the vocal says at every rate; it does not depend on the timestep, so a sampler makes it once."""
        pyramid: Pyramid = self.vocal(condition, drop)
        return pyramid

    def predict(self, noisy: Latent, timestep: Timesteps | float, pyramid: Pyramid) -> Latent:
        """forward, given encode's result."""
        self._require_fit(noisy, pyramid)
        timestep = _per_item(timestep, noisy)
        time = self.time(timestep)
        share = self.mixer(timestep, time)
        vocal, frames, masks = pyramid.levels, pyramid.grid.frames, pyramid.grid.masks

        x = masked(self.enter(pad_frames(noisy, self.config.stride)), masks[0])
        skips = []
        for i, (level, down) in enumerate(zip(self.encoder, self.downs, strict=True)):
            x = level(x, vocal[i], time, share, frames[i], masks[i])
            skips.append(x)
            x = masked(down(x), masks[i + 1])
        x = self.bottom(x, vocal[-1], time, share, frames[-1], masks[-1])
        for i, level, up in zip(reversed(range(len(skips))), self.decoder, self.ups, strict=True):
            x = torch.cat((masked(up(x), masks[i]), skips[i]), dim=1)
            x = level(x, vocal[i], time, share, frames[i], masks[i])
        v: Tensor = self.leave(masked(F.silu(self.norm(x)), masks[0]))
        return v[..., : noisy.shape[-1]]

    def _require_fit(self, noisy: Tensor, pyramid: Pyramid) -> None:
        expected = (pyramid.levels[0].shape[0], self.config.latent_channels, pyramid.grid.frames[0])
        if tuple(noisy.shape) != expected:
            raise ConfigError(
                f"Noisy latents have shape {tuple(noisy.shape)} and the vocal asks for {expected}: "
                "give both the same batch and frames."
            )


def _per_item(timestep: Tensor | float, noisy: Tensor) -> Tensor:
    """(b,) float timesteps from (b,) of any type or from one number."""
    if isinstance(timestep, Tensor):
        return timestep.to(torch.float32)
    return torch.full((noisy.shape[0],), float(timestep), device=noisy.device)
