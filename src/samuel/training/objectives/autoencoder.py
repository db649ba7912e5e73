"""Reconstruction of spectral maps; transposed crops teach that pitch is a shift."""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor

from samuel.autoencoder.spectral import SpectralAutoencoder, SpectralMaps, spectral_loss, transpose_maps
from samuel.autoencoder.spectral.maps import NOISE_FLOOR, NOISE_WIDTH, STEREO_WIDTH, TONAL_FLOOR, TONAL_WIDTH
from samuel.autoencoder.spectral.mel import MelEnergies
from samuel.training.data import Batch
from samuel.training.objectives.base import Metrics, Objective, Sounds, uniform
from samuel.training.settings import AutoencoderObjectiveSettings

_NEPERS_PER_DB = math.log(10) / 20  # the maps hold natural logarithms of amplitudes


class AutoencoderObjective(Objective):
    """The spectral autoencoder's own loss on augmented maps, (b, t, w)."""

    model: SpectralAutoencoder
    mel: MelEnergies

    def __init__(self, model: SpectralAutoencoder, settings: AutoencoderObjectiveSettings) -> None:
        super().__init__()
        self.model, self.settings = model, settings
        self.mel = MelEnergies()
        model.encoder.requires_grad_(not settings.decoder_only)

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """Loss after a random transposition and gain."""
        rows = self._augmented(batch["maps"].float(), generator)
        weight = self.settings.mel_weight
        return spectral_loss(self.model, rows, generator, self.mel if weight else None, weight)

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """The loss and its parts on the maps as they are."""
        loss, metrics = spectral_loss(self.model, batch["maps"].float(), generator, self.mel, self.settings.mel_weight)
        return {"loss": loss, **metrics}

    def render(self, batch: Batch, generator: torch.Generator) -> Sounds:
        """The sound of the maps, and of what encoder and decoder leave of them."""
        rows = batch["maps"].float()
        maps = {"maps": rows, "reconstruction": self.model.decode_maps(self.model.encode_maps(rows))}
        unflat = {name: SpectralMaps.unflatten(values) for name, values in maps.items()}
        sounds = {name: self.model.synthesiser(m.tonal, m.noise, m.stereo) for name, m in unflat.items()}
        return [{name: sound[item] for name, sound in sounds.items()} for item in range(len(rows))]

    def _augmented(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        settings = self.settings
        parts = rows.chunk(settings.transpose_groups)
        reach = settings.transpose_bins
        shifts = torch.randint(-reach, reach + 1, (len(parts),), generator=generator, device=generator.device).tolist()
        rows = torch.cat([transpose_maps(part, shift) for part, shift in zip(parts, shifts, strict=True)])
        return change_gain(rows, settings.gain * (2 * uniform(len(rows), generator) - 1))


def change_gain(rows: Tensor, decibels: Tensor) -> Tensor:
    """Flat maps (b, t, w) of the same sound louder by decibels (b,): as the analysis of the louder sound would give."""
    tonal, noise, stereo = torch.split(rows, [TONAL_WIDTH, NOISE_WIDTH, STEREO_WIDTH], dim=-1)
    step = rearrange(decibels * _NEPERS_PER_DB, "b -> b 1 1")
    tonal = _raised(tonal, step, TONAL_FLOOR)
    return torch.cat([tonal, _raised(2 * noise, 2 * step, NOISE_FLOOR**2) / 2, stereo], dim=-1)


def _raised(levels: Tensor, step: Tensor, floor: float) -> Tensor:
    """log(g a + floor) of levels log(a + floor), where step is log g: the floor itself gets no louder."""
    return torch.log(step.exp() * (levels.exp() - floor).clamp_min(0) + floor)
