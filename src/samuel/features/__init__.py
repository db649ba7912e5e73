"""Features of the vocal at the latent rate."""

from samuel.features.melodic import melodic_features

__all__ = ["melodic_features"]
