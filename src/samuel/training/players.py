"""The denoiser's objective and, in adversarial post-training, its critic, as a recipe and its data ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from samuel.checkpoint.folder import check_reference, find_checkpoint
from samuel.checkpoint.load import load_autoencoder
from samuel.checkpoint.statistics import LatentStatistics
from samuel.errors import CheckpointError
from samuel.model import Denoiser
from samuel.model.discriminator import LatentDiscriminator
from samuel.training.objectives.adversarial import CriticObjective, frozen
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.recipes import DenoiserRecipe


def denoiser_players(
    model: Denoiser,
    statistics: LatentStatistics,
    recipe: DenoiserRecipe,
    made_by: Mapping[str, str] | None,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[DenoiserObjective, CriticObjective | None]:
    """The objective, with the autoencoder of the latents where it is at hand, and the critic where one has weight.

    made_by: name and fingerprint of the autoencoder that made the latents, if known. Raises ConfigError if the
    perceptual loss has weight and no autoencoder is found, CheckpointError if the recipe's did not make the latents.
    """
    settings = recipe.objective
    autoencoder = _autoencoder(settings.autoencoder, made_by, report)
    if settings.adversarial.weight == 0:
        return DenoiserObjective(model, statistics, settings, autoencoder), None
    torch.manual_seed(recipe.loop.seed + 1)  # PyTorch initialises layers from its global generator and no other
    config = model.config
    critic = LatentDiscriminator(config.latent_channels, config.condition_channels, settings.adversarial.width)
    objective = DenoiserObjective(model, statistics, settings, autoencoder, frozen(critic))
    return objective, CriticObjective(critic, objective.predicted)


def _autoencoder(name: str, made_by: Mapping[str, str] | None, report: Callable[[str], None]) -> nn.Module | None:
    if not name and made_by is None:
        report("no samples to listen to: the data names no autoencoder; name it as objective.autoencoder")
        return None
    try:
        folder = find_checkpoint(name or (made_by or {})["name"])
    except CheckpointError:
        if name:
            raise
        report("no samples to listen to: the autoencoder of the data is not at hand; name it as objective.autoencoder")
        return None
    if made_by is not None:
        check_reference(made_by, folder, Path("the data"))
    loaded = load_autoencoder(folder)
    return loaded if isinstance(loaded, nn.Module) else None
