"""What the denoiser knows of the vocal, and the encoder that turns it into a pyramid of frame rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn

from samuel.errors import ConfigError
from samuel.model.blocks import ResidualBlock, halve, masked
from samuel.model.config import ANY_STYLE, DenoiserConfig
from samuel.model.shapes import Dropped, Features, Latent, Plan, Style


@dataclass(frozen=True)
class Condition:
    """The vocal frame by frame: normalised latents, melodic features and a plan; (b, 0, t) stands for no plan.

    style: what band is to play, None for any.
    """

    latents: Latent
    features: Features
    plan: Plan
    style: Style | None = None

    @staticmethod
    def without_plan(latents: Latent, features: Features) -> Condition:
        """The paper's conditioning, for a denoiser with plan_channels = 0."""
        return Condition(latents, features, latents[:, :0])

    @property
    def shape(self) -> tuple[int, int]:
        """Batch and frames."""
        return self.latents.shape[0], self.latents.shape[-1]

    def stacked(self, styles: int = 0) -> Tensor:
        """(b, channels of all, t), for a model that knows so many styles."""
        style = self.latents.new_zeros(len(self.latents), styles, self.shape[1]) if self.style is None else self.style
        return torch.cat((self.latents, self.features, self.plan, style), dim=1)

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Condition:
        """The same change made to each of its parts, (b, c, t)."""
        style = None if self.style is None else change(self.style)
        return Condition(change(self.latents), change(self.features), change(self.plan), style)

    def in_style(self, style: str, known: Sequence[str]) -> Condition:
        """The same vocal for a band of this style all along; "" is any. Raises ConfigError if it is unknown."""
        style = resolve_style(style, known)
        if not style:
            return replace(self, style=None)
        asked = torch.tensor([name == style for name in known], dtype=self.latents.dtype, device=self.latents.device)
        batch, frames = self.shape
        return replace(self, style=repeat(asked, "s -> b s t", b=batch, t=frames))

    def cut(self, start: int, stop: int) -> Condition:
        """The frames from start up to, not including, stop."""
        return self.mapped(lambda part: part[..., start:stop])

    def to(self, device: torch.device | str) -> Condition:
        """The same on another device."""
        return self.mapped(lambda part: part.to(device))


def resolve_style(style: str, known: Sequence[str]) -> str:
    """The style as the model's list of known ones spells it, "" for "any". Raises ConfigError unless it is known."""
    name = style.strip().casefold()
    if name in ANY_STYLE:
        return ""
    if not known:
        raise ConfigError(f"style {style!r} cannot be asked of this model, which was trained without: leave it out.")
    spelt = {each.casefold(): each for each in known}
    if name not in spelt:
        raise ConfigError(f"style {style!r} is unknown: choose among any, {', '.join(known)}.")
    return spelt[name]


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
        self.stride, self.styles = config.stride, len(config.styles)
        self.null = nn.Parameter(torch.zeros(config.condition_channels))  # the learned null vocal: one frame, repeated
        self.enter = nn.Conv1d(config.condition_channels, widths[0], 3, padding=1)
        self.downs = nn.ModuleList(halve(wide, narrow) for wide, narrow in pairwise(widths))
        self.blocks = nn.ModuleList(ResidualBlock(width, width) for width in widths)

    def forward(self, condition: Condition, drop: Dropped | None = None) -> Pyramid:
        """Condition of t frames -> features at ceil(t / stride) * stride, then at half of that, and so on."""
        x = self.or_null(condition.stacked(self.styles), drop)
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
                "give it the latents, features, plan and styles that it was trained on."
            )
        if drop is None:
            return stacked
        return torch.where(rearrange(drop, "b -> b 1 1"), rearrange(self.null, "c -> 1 c 1"), stacked)


def with_styles(weights: Mapping[str, Tensor], config: DenoiserConfig) -> dict[str, Tensor]:
    """A denoiser's weights that know no style -> those of one with config's styles, which it does not heed yet."""
    grown = dict(weights)
    for name in ("vocal.null", "vocal.enter.weight"):
        axis = weights[name].ndim > 1  # the null has its channels on axis 0, the convolution on axis 1
        shape = list(weights[name].shape)
        shape[axis] = len(config.styles)
        grown[name] = torch.cat((weights[name], weights[name].new_zeros(shape)), dim=int(axis))
    return grown
