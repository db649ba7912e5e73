"""Seeded noise: one generator per item, so that an item's noise does not depend on its batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from samuel.device import generator


def noise_source(seeds: Sequence[int], channels: int, frames: int) -> Callable[[], Tensor]:
    """A source of unit Gaussian noise (b, channels, frames); item i is drawn from a CPU generator of seeds[i].

    Raises ConfigError for a seed out of range.
    """
    generators = [generator(seed) for seed in seeds]

    def draw() -> Tensor:
        return torch.stack([torch.randn(channels, frames, generator=each) for each in generators])

    return draw
