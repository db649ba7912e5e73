"""Checkpoints: folders of safetensors and JSON, verified when read. The only part that touches weight files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from samuel.checkpoint.folder import bundled_names, find_checkpoint, save_checkpoint
from samuel.checkpoint.statistics import ChannelStatistics, LatentStatistics

if TYPE_CHECKING:
    from samuel.checkpoint.load import (
        LoadedDenoiser,
        LoadedListener,
        load_autoencoder,
        load_denoiser,
        load_listener,
    )

__all__ = [
    "ChannelStatistics",
    "LatentStatistics",
    "LoadedDenoiser",
    "LoadedListener",
    "bundled_names",
    "find_checkpoint",
    "load_autoencoder",
    "load_denoiser",
    "load_listener",
    "save_checkpoint",
]

_LOADERS = ("LoadedDenoiser", "LoadedListener", "load_autoencoder", "load_denoiser", "load_listener")


def __getattr__(name: str) -> object:
    """Import the loaders on first use: they bring every model with them, which writing a file does not need."""
    if name not in _LOADERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("samuel.checkpoint.load"), name)
