"""What the denoiser knows of the vocal, and the encoder that turns it into a pyramid of frame rates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.errors import ConfigError
from samuel.model.blocks import ResidualBlock, halve, masked
from samuel.model.config import DenoiserConfig
from samuel.model.shapes import Dropped, Features, Latent, Plan


@dataclass(frozen=True)
class Condition:
    """The vocal frame by frame: normalised latents, melodic features and a plan; (b, 0, t) stands for no plan."""

    latents: Latent
    features: Features
    plan: Plan

    @staticmethod
    def without_plan(latents: Latent, features: Features) -> Condition:
        """The paper's conditioning, for a denoiser with plan_channels = 0."""
        return Condition(latents, features, latents[:, :0])

    @property
    def shape(self) -> tuple[int, int]:
        """Batch and frames."""
        return self.latents.shape[0], self.latents.shape[-1]

    def stacked(self) -> Tensor:
        """(b, channels of all three, t)."""
        return torch.cat((self.latents, self.features, self.plan), dim=1)

    def cut(self, start: int, stop: int) -> Condition:
        """The frames from start up to, not including, stop."""
        return Condition(self.latents[..., start:stop], self.features[..., start:stop], self.plan[..., start:stop])

    def to(self, device: torch.device | str) -> Condition:
        """The same on another device."""
        return Condition(self.latents.to(device), self.features.to(device), self.plan.to(device))


@dataclass(frozen=True)
class FrameGrid:
    """For each level of the U: how many frames are real, and the mask of those that only pad (None: all are real)."""

    frames: tuple[int, ...]
    masks: tuple[Tensor | None, ...]  # (1, 1, t) each: 1 on real frames, 0 on the others


def frame_grid(frames: int, levels: int, device: torch.device) -> FrameGrid:
    """The grid of a clip of `frames` latent frames, padded to a multiple of 2 ** (levels - 1)."""
    stride = 2 ** (levels - 1)
    padded = -(-frames // stride) * stride
    real = tuple(-(-frames // 2**level) for level in range(levels))
    if padded == frames:
        return FrameGrid(real, (None,) * levels)
    positions = [torch.arange(padded // 2**level, device=device) for level in range(levels)]
    masks = tuple((p < n).float()[None, None] for p, n in zip(positions, real, strict=True))
    return FrameGrid(real, masks)


def pad_frames(x: Tensor, stride: int) -> Tensor:
    """(b, c, t) padded with zeros at the end to a multiple of stride."""
    return F.pad(x, (0, -x.shape[-1] % stride)) if x.shape[-1] % stride else x


@dataclass(frozen=True)
class Pyramid:
    """Vocal features at each rate of the U-Net, highest first; the same at every step of a sampler, so made once."""

    levels: tuple[Tensor, ...]
    grid: FrameGrid


class VocalEncoder(nn.Module):
    """Convolutions from the stacked condition down the frame rates of the U-Net."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        widths = config.vocal_widths
        self.stride = config.stride
        self.null = nn.Parameter(torch.zeros(config.condition_channels))  # the learned null vocal: one frame, repeated
        self.enter = nn.Conv1d(config.condition_channels, widths[0], 3, padding=1)
        self.downs = nn.ModuleList(halve(wide, narrow) for wide, narrow in pairwise(widths))
        self.blocks = nn.ModuleList(ResidualBlock(width, width) for width in widths)

    def forward(self, condition: Condition, drop: Dropped | None = None) -> Pyramid:
        """Condition of t frames -> features at ceil(t / stride) * stride, then at half of that, and so on."""
        x = self.or_null(condition.stacked(), drop)
        grid = frame_grid(x.shape[-1], len(self.blocks), x.device)
        x = masked(self.enter(pad_frames(x, self.stride)), grid.masks[0])
        levels = [self.blocks[0](x, None, grid.masks[0])]
        for down, block, mask in zip(self.downs, list(self.blocks)[1:], grid.masks[1:], strict=True):
            levels.append(block(masked(down(levels[-1]), mask), None, mask))
        return Pyramid(tuple(levels), grid)

    def or_null(self, stacked: Tensor, drop: Dropped | None) -> Tensor:
        """The learned null in place of every dropped item. Raises ConfigError if the channels are not the model's."""
        if stacked.shape[1] != len(self.null):
            raise ConfigError(
                f"The condition has {stacked.shape[1]} channels and the denoiser expects {len(self.null)}: "
                "give it the latents, features and plan that it was trained on."
            )
        if drop is None:
            return stacked
        return torch.where(rearrange(drop, "b -> b 1 1"), rearrange(self.null, "c -> 1 c 1"), stacked)
