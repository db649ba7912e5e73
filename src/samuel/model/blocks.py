"""The parts of a level of the U-Net: residual blocks, FiLM, changes of rate, the timestep's embedding."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from samuel.model.config import GROUPS
from samuel.model.shapes import FrameMask, Latent, PerItem


def masked(x: Latent, mask: FrameMask | None) -> Latent:
    """Zero the frames that only pad, so that a convolution sees there what it sees past the end."""
    return x if mask is None else x * mask


class FiLM(nn.Module):
    """Scale and shift features frame by frame: x (1 + scale) + shift (Perez et al. 2018). Starts as the identity."""

    def __init__(self, context_width: int, width: int) -> None:
        super().__init__()
        self.project = nn.Conv1d(context_width, 2 * width, 1)
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)  # type: ignore[arg-type]

    def forward(self, x: Latent, context: Tensor) -> Latent:
        """Features (b, c, t), context (b, k, t) -> (b, c, t)."""
        scale, shift = self.project(context).chunk(2, dim=1)
        return torch.addcmul(x + shift, x, scale)


class ResidualBlock(nn.Module):
    """Two convolutions around a residual; with a context, FiLM acts between them (as in Dhariwal & Nichol 2021)."""

    def __init__(self, inputs: int, width: int, context_width: int = 0, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout  # before the last convolution, as in Ho et al. (2020)
        self.norm_in = nn.GroupNorm(GROUPS, inputs)
        self.conv_in = nn.Conv1d(inputs, width, 3, padding=1)
        self.norm_out = nn.GroupNorm(GROUPS, width)
        self.film = FiLM(context_width, width) if context_width else None
        self.conv_out = nn.Conv1d(width, width, 3, padding=1)
        self.shortcut = nn.Conv1d(inputs, width, 1) if inputs != width else nn.Identity()

    def forward(self, x: Latent, context: Tensor | None = None, mask: FrameMask | None = None) -> Tensor:
        """Features (b, c, t), context (b, k, t) -> (b, width, t)."""
        h = self.conv_in(masked(F.silu(self.norm_in(x)), mask))
        h = self.norm_out(h)
        if self.film is not None and context is not None:
            h = self.film(h, context)
        h = F.dropout(F.silu(h), self.dropout, self.training)
        out: Tensor = self.shortcut(x) + self.conv_out(masked(h, mask))
        return masked(out, mask)


def halve(inputs: int, width: int) -> nn.Conv1d:
    """Half the frame rate; an overlapping kernel, so that nothing aliases by sitting between two strides."""
    return nn.Conv1d(inputs, width, 4, stride=2, padding=1)


def double(inputs: int, width: int) -> nn.ConvTranspose1d:
    """Twice the frame rate; the kernel is a multiple of the stride, so every frame gets the same number of taps."""
    return nn.ConvTranspose1d(inputs, width, 4, stride=2, padding=1)


class TimestepEmbedding(nn.Module):
    """Sines and cosines of the timestep (Vaswani et al. 2017), then two layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.layers = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, timestep: PerItem) -> Tensor:
        """(b,) -> (b, width)."""
        half = self.width // 2
        rate = torch.exp(torch.arange(half, device=timestep.device) * (-math.log(10_000.0) / half))
        angle = timestep[:, None] * rate
        embedding: Tensor = self.layers(torch.cat((angle.cos(), angle.sin()), dim=-1))
        return embedding
