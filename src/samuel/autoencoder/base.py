"""The one interface behind which every autoencoder stands, so that the denoiser never knows which one it has."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor, nn


class Autoencoder(Protocol):
    """Stereo audio at 44.1 kHz to 64 channels at 21.53 Hz and back. Deterministic: no sampling in encode."""

    name: str  # "spectral" or "oobleck"

    @property
    def encoder(self) -> nn.Module:
        """The network behind encode."""
        ...

    @property
    def decoder(self) -> nn.Module:
        """The network behind decode."""
        ...

    def encode(self, audio: Tensor) -> Tensor:
        """(b, 2, n) samples in [-1, 1] -> (b, 64, t) latents, t = ceil(n / 2048); the end is padded with silence."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """(b, 64, t) latents -> (b, 2, t * 2048) samples."""
        ...
