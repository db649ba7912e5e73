"""The bundled spectral autoencoder."""

from samuel.autoencoder.spectral.autoencoder import SpectralAutoencoder, SpectralConfig
from samuel.autoencoder.spectral.loss import spectral_loss
from samuel.autoencoder.spectral.maps import MAP_WIDTH, SpectralMaps, transpose_maps

__all__ = ["MAP_WIDTH", "SpectralAutoencoder", "SpectralConfig", "SpectralMaps", "spectral_loss", "transpose_maps"]
