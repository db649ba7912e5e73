"""What the spectral autoencoder is trained on: log amplitudes, the energy that will be heard, and KL."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from samuel.autoencoder.spectral.autoencoder import SpectralAutoencoder
from samuel.autoencoder.spectral.maps import NOISE_FLOOR, TONAL_FLOOR, SpectralMaps
from samuel.autoencoder.spectral.mel import MelEnergies
from samuel.autoencoder.spectral.network import scale_maps, unscale_maps


def spectral_loss(
    model: SpectralAutoencoder,
    rows: Tensor,
    generator: torch.Generator | None = None,
    mel: MelEnergies | None = None,
    mel_weight: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Training loss and its parts on flat maps (b, t, MAP_WIDTH).

    L1 on log amplitudes, KL (nats per channel) and, where `mel` is given, mel_weight times L1 on the original's log-mel
    energies. Loudness weighting keeps the notes of a chord from drowning in thousands of near-silent bins.
    """
    maps = SpectralMaps.unflatten(rows)
    tonal, noise, stereo = scale_maps(maps)
    mean, log_variance = model.encoder(tonal, noise, stereo)
    mean, log_variance = mean.float(), log_variance.float()
    draw = torch.randn(mean.shape, generator=generator, device=mean.device)
    restored = [values.float() for values in model.decoder(mean + draw * (log_variance / 2).exp())]
    config = model.config
    parts = {
        "tonal": weighted_l1(restored[0], tonal, math.log(TONAL_FLOOR) / 2 + 2.5),
        "noise": weighted_l1(restored[1], noise, math.log(NOISE_FLOOR) / 2 + 3),
        "stereo": (restored[2] - stereo).abs().mean(),
        "kl": 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(),
    }
    weights = {"tonal": 1.0, "noise": config.noise_weight, "stereo": config.stereo_weight, "kl": config.kl_weight}
    if mel is not None:
        parts["mel"] = (mel(unscale_maps(*restored)) - mel.of_original(maps)).abs().mean()
        weights["mel"] = mel_weight
    loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
    return loss, {name: part.detach() for name, part in parts.items()}


def weighted_l1(estimate: Tensor, target: Tensor, floor: float) -> Tensor:
    """Mean |difference| of scaled log levels, weighted by the target's height above its floor (at least 0.1)."""
    return ((estimate - target).abs() * (target - floor).clamp_min(0.1)).mean()
