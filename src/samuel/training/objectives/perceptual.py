"""How far apart two latents sound: the distance of the spectral maps that the frozen decoder makes of them."""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor, nn

from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.autoencoder.spectral.loss import weighted_l1
from samuel.autoencoder.spectral.maps import NOISE_FLOOR, TONAL_FLOOR, SpectralMaps
from samuel.autoencoder.spectral.network import scale_maps
from samuel.checkpoint.statistics import ChannelStatistics


class MapDistance(nn.Module):
    """Distance in log amplitude, weighted by how loud the true map is. Gradients pass through the frozen decoder."""

    def __init__(self, autoencoder: SpectralAutoencoder, statistics: ChannelStatistics) -> None:
        super().__init__()
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.statistics = statistics

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        """Normalised latents, both (b, 64, t) -> mean distance (scalar), in the units of the autoencoder's own loss."""
        with torch.no_grad():
            target = self._maps(true)
        found = self._maps(predicted)
        tonal = weighted_l1(found[0], target[0], _TONAL_FLOOR)
        noise = weighted_l1(found[1], target[1], _NOISE_FLOOR)
        config = self.autoencoder.config
        return tonal + config.noise_weight * noise + config.stereo_weight * (found[2] - target[2]).abs().mean()

    def of_items(self, predicted: Tensor, true: Tensor, chosen: Tensor) -> Tensor:
        """The mean over the batch of the distances of the items where chosen (b,) is True, the others counting 0."""
        count = int(chosen.sum())
        if count == 0:
            return 0.0 * predicted.sum()  # a gradient for DDP, though a zero
        distance: Tensor = self(predicted[chosen], true[chosen])
        return distance * (count / len(chosen))

    def _maps(self, latents: Tensor) -> list[Tensor]:
        maps = self.autoencoder.decoder(rearrange(self.statistics.denormalise(latents), "b c t -> b t c"))
        return [values.float() for values in maps]


def _scaled_floors() -> tuple[float, float]:
    floors = torch.tensor(math.log(TONAL_FLOOR)), torch.tensor(math.log(NOISE_FLOOR)), torch.zeros(())
    tonal, noise, _ = scale_maps(SpectralMaps(*floors))
    return float(tonal), float(noise)


_TONAL_FLOOR, _NOISE_FLOOR = _scaled_floors()
