"""Noise that belongs to the song, not to the batch: windows that overlap see the same noise where they do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from samuel.config import LATENT_CHANNELS
from samuel.device import generator
from samuel.segments import Window


class SongNoise:
    """Standard normal noise for the windows of a batch. The k-th call slices the k-th draw for the whole song.

    Every seed has a generator of its own, so the values depend on seed, window, song length and k alone: not on which
    windows or variations share the batch.
    """

    def __init__(self, seeds: Sequence[int], windows: Sequence[Window], frames: int) -> None:
        self._jobs = list(zip(seeds, windows, strict=True))
        self._frames = frames
        self._generators = {seed: generator(seed) for seed in seeds}

    def __call__(self) -> Float[Tensor, "b c t"]:
        """The next draw, (b, 64, window length)."""
        song = {
            seed: torch.randn(LATENT_CHANNELS, self._frames, generator=source)
            for seed, source in self._generators.items()
        }
        return torch.stack([window.of(song[seed]) for seed, window in self._jobs])
