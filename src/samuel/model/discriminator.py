"""Tells the band's true latents from predicted ones, given what the singer does: for adversarial post-training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from samuel.model.config import GROUPS
from samuel.model.shapes import Latent, Stacked

_KERNEL = 5  # frames
_SLOPE = 0.2  # of the leaky rectifier on its negative side


@dataclass(frozen=True)
class Verdict:
    """Logits (b, t / 4), above 0 for true, each of about 2 s of music; and the features (b, c, t') that led to them."""

    logits: Tensor
    features: tuple[Tensor, ...]


class LatentDiscriminator(nn.Module):
    """Convolutions over the latents and their condition: patches in time, as in PatchGAN (Isola et al. 2017)."""

    def __init__(self, latent_channels: int, condition_channels: int, width: int = 128) -> None:
        super().__init__()
        inputs = latent_channels + condition_channels
        self.enter = nn.Conv1d(inputs, width, _KERNEL, padding=_KERNEL // 2)
        widths = (width, 2 * width, 2 * width, 2 * width)
        strides = (2, 2, 1)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(wide, wider, _KERNEL, stride, padding=_KERNEL // 2)
            for (wide, wider), stride in zip(pairwise(widths), strides, strict=True)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(GROUPS, wider) for wider in widths[1:])
        self.leave = nn.Conv1d(widths[-1], 1, 3, padding=1)

    def forward(self, latents: Latent, condition: Stacked) -> Verdict:
        """Normalised latents (b, 64, t) and the stacked condition (b, c, t)."""
        x = F.leaky_relu(self.enter(torch.cat((latents, condition), dim=1)), _SLOPE)
        features = [x]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.leaky_relu(norm(convolution(x)), _SLOPE)
            features.append(x)
        return Verdict(self.leave(x).squeeze(1), tuple(features))
