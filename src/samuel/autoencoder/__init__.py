"""Autoencoders: stereo audio at 44.1 kHz to 64 channels at 21.53 Hz and back, all behind one interface."""

from __future__ import annotations

from samuel.autoencoder.base import Autoencoder

__all__ = ["Autoencoder"]
