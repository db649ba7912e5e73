"""From a name or folder to a model that is ready to use. Everything is checked here, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from samuel.autoencoder.base import Autoencoder
from samuel.autoencoder.oobleck import STABLE_AUDIO_OPEN, OobleckAutoencoder
from samuel.autoencoder.spectral import SpectralAutoencoder, SpectralConfig
from samuel.checkpoint.files import without_prefix
from samuel.checkpoint.folder import (
    CONFIG,
    Checkpoint,
    check_reference,
    find_checkpoint,
    read_checkpoint,
)
from samuel.checkpoint.settings import settings_from_dict
from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import SamplerConfig
from samuel.diffusion import CosineSchedule
from samuel.errors import CheckpointError, ConfigError
from samuel.model import Denoiser, DenoiserConfig, Listener, ListenerConfig, with_tracked_beats

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class LoadedListener:
    """A listener in evaluation mode; vocal latents are normalised by its statistics before it hears them."""

    name: str
    fingerprint: str  # sha256 of its weights
    model: Listener
    statistics: LatentStatistics

    @torch.no_grad()
    def plan(self, latents: Tensor, features: Tensor) -> Tensor:
        """Latents (b, 64, t) as the autoencoder gives them and features (b, 20, t) -> plan (b, 26, t)."""
        plan = self.model.plan(self.statistics.vocal.normalise(latents), features)
        return with_tracked_beats(plan, features)


@dataclass(frozen=True)
class LoadedDenoiser:
    """A denoiser in evaluation mode with all that sampling needs. `autoencoder` is its folder, fingerprint verified.

    The listener takes vocal latents normalised as the denoiser's are: export_checkpoint made sure that they agree.
    """

    name: str
    fingerprint: str  # sha256 of its own weights
    model: Denoiser
    statistics: LatentStatistics
    schedule: CosineSchedule
    sampler: SamplerConfig
    autoencoder: Path
    autoencoder_fingerprint: str
    listener: LoadedListener | None


def load_autoencoder(name_or_folder: str | Path) -> Autoencoder:
    """An autoencoder of ours, a folder in diffusers' layout, or "oobleck": Stable Audio Open's from the hub."""
    if str(name_or_folder) in ("oobleck", STABLE_AUDIO_OPEN):
        return OobleckAutoencoder.from_pretrained(STABLE_AUDIO_OPEN)
    folder = find_checkpoint(name_or_folder, kind="autoencoder")
    if _is_diffusers(folder):
        return OobleckAutoencoder.from_pretrained(str(folder))
    checkpoint = read_checkpoint(folder, "autoencoder")
    model = SpectralAutoencoder(_settings(checkpoint, SpectralConfig, "model"))
    checkpoint.load_into(model)
    return model


def load_listener(name_or_folder: str | Path, beside: Path | None = None) -> LoadedListener:
    """A listener in evaluation mode and its statistics; neighbours of the folder `beside` are looked at too."""
    checkpoint = read_checkpoint(name_or_folder, "listener", beside)
    model = Listener(_settings(checkpoint, ListenerConfig, "model"))
    checkpoint.load_into(model)
    return LoadedListener(checkpoint.folder.name, checkpoint.config["fingerprint"], model, _statistics(checkpoint))


def load_denoiser(name_or_folder: str | Path) -> LoadedDenoiser:
    """A denoiser, its statistics and its listener; the autoencoder that it names must be the one it was trained with.

    Raises CheckpointError: unknown name, missing or damaged file, another kind, another autoencoder or listener.
    """
    checkpoint = read_checkpoint(name_or_folder, "denoiser")
    model = Denoiser(_settings(checkpoint, DenoiserConfig, "model"))
    checkpoint.load_into(model)
    autoencoder = _referenced(checkpoint, "autoencoder")
    if autoencoder is None:
        raise CheckpointError(f"{checkpoint.folder / CONFIG} names no autoencoder: export the denoiser again.")
    listener = _referenced(checkpoint, "listener")
    return LoadedDenoiser(
        name=checkpoint.folder.name,
        fingerprint=checkpoint.config["fingerprint"],
        model=model,
        statistics=_statistics(checkpoint),
        schedule=CosineSchedule(model.config.steps, model.config.zero_terminal_snr),
        sampler=_settings(checkpoint, SamplerConfig, "sampler"),
        autoencoder=autoencoder,
        autoencoder_fingerprint=checkpoint.config["autoencoder"]["fingerprint"],
        listener=load_listener(listener) if listener else None,
    )


def _is_diffusers(folder: Path) -> bool:
    config = folder / CONFIG
    return config.is_file() and "AutoencoderOobleck" in config.read_text(encoding="utf-8", errors="replace")


def _settings(checkpoint: Checkpoint, cls: type[Settings], table: str) -> Settings:
    values: Any = checkpoint.config.get(table)
    if not isinstance(values, dict):
        raise CheckpointError(f"{checkpoint.folder / CONFIG} has no table {table!r}: copy or export it again.")
    try:
        return settings_from_dict(cls, values, table)
    except ConfigError as error:
        raise CheckpointError(f"{checkpoint.folder / CONFIG} does not fit this program: {error}") from error


def _statistics(checkpoint: Checkpoint) -> LatentStatistics:
    try:
        return LatentStatistics.from_tensors(without_prefix("statistics", checkpoint.tensors))
    except KeyError as error:
        raise CheckpointError(f"{checkpoint.weights} lacks the statistics {error}: export it again.") from error


def _referenced(checkpoint: Checkpoint, role: str) -> Path | None:
    expected = checkpoint.config.get(role)
    if not expected:
        return None
    if not isinstance(expected, dict) or not {"name", "fingerprint"} <= set(expected):
        raise CheckpointError(f"{checkpoint.folder / CONFIG} names its {role} badly: copy or export it again.")
    folder = find_checkpoint(expected["name"], beside=checkpoint.folder)
    check_reference(expected, folder, checkpoint.folder)
    return folder
