"""Training: one loop, three objectives (autoencoder, denoiser, listener), exact resume, and export of what came out."""

from __future__ import annotations

from samuel.training.export import export_checkpoint
from samuel.training.recipes import parse_override, preset_names
from samuel.training.runs import train_autoencoder, train_denoiser, train_listener

__all__ = [
    "export_checkpoint",
    "parse_override",
    "preset_names",
    "train_autoencoder",
    "train_denoiser",
    "train_listener",
]
