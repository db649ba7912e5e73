"""Mean and spread of each latent channel, measured on the training split, so that the denoiser sees unit variance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from samuel.errors import ConfigError

_SMALLEST_DEVIATION = 1e-4  # a dead channel stays dead instead of becoming amplified rounding noise


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, float32, both (c,)."""

    mean: Tensor
    deviation: Tensor

    def normalise(self, latents: Tensor) -> Tensor:
        """(b, c, t) latents to zero mean and unit variance in every channel."""
        return (latents - self._column(self.mean, latents)) / self._column(self.deviation, latents)

    def denormalise(self, latents: Tensor) -> Tensor:
        """The inverse of normalise."""
        return latents * self._column(self.deviation, latents) + self._column(self.mean, latents)

    @staticmethod
    def _column(values: Tensor, like: Tensor) -> Tensor:
        return rearrange(values, "c -> c 1").to(like)


@dataclass(frozen=True)
class LatentStatistics:
    """Statistics of the vocal's and of the band's latents."""

    vocal: ChannelStatistics
    band: ChannelStatistics

    @classmethod
    def neutral(cls, channels: int) -> LatentStatistics:
        """Statistics that change nothing, for a network that hears no latents."""
        neutral = ChannelStatistics(torch.zeros(channels), torch.ones(channels))
        return cls(neutral, neutral)

    def tensors(self) -> dict[str, Tensor]:
        """Four named tensors, to stand beside the weights; from_tensors is the inverse."""
        return {
            "vocal.mean": self.vocal.mean.clone(),
            "vocal.deviation": self.vocal.deviation.clone(),
            "band.mean": self.band.mean.clone(),
            "band.deviation": self.band.deviation.clone(),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> LatentStatistics:
        """Rebuild from what `tensors` returned. Raises KeyError if one is absent."""
        vocal = ChannelStatistics(tensors["vocal.mean"], tensors["vocal.deviation"])
        return cls(vocal, ChannelStatistics(tensors["band.mean"], tensors["band.deviation"]))


def measure_statistics(latents: Iterable[NDArray[np.float16] | NDArray[np.float32]]) -> ChannelStatistics:
    """Statistics over any number of (c, t) arrays, one at a time in float64. Raises ConfigError if there are none."""
    count, total, squares = 0, np.zeros(()), np.zeros(())
    for array in latents:
        values = np.asarray(array, dtype=np.float64)
        count += values.shape[1]
        total = total + values.sum(axis=1)
        squares = squares + (values**2).sum(axis=1)
    if count == 0:
        raise ConfigError("the training split holds 0 latent frames: prepare the corpus first.")
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, _SMALLEST_DEVIATION**2))
    return ChannelStatistics(torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())
