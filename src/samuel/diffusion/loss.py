"""Squared error on v, weighted by the noise level of each item."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from samuel.config import LOSS_WEIGHTINGS, LossWeighting, require_choice, require_range

PerItem = Float[Tensor, "b"]
Latent = Float[Tensor, "b c t"]
FrameMask = Float[Tensor, "b t"]


@dataclass(frozen=True)
class LossConfig:
    """How noise levels are weighted. `clamp` bounds snr, which is unbounded as t -> 0; `gamma` is min_snr's."""

    weighting: LossWeighting = "snr"
    clamp: float = 5.0
    gamma: float = 5.0

    def __post_init__(self) -> None:
        require_choice("loss weighting", self.weighting, LOSS_WEIGHTINGS)
        require_range("clamp", self.clamp, 1e-3, 1e6)
        require_range("gamma", self.gamma, 1e-3, 1e6)


def loss_weight(alpha_bar: PerItem, config: LossConfig) -> PerItem:
    """Weight of the squared error on v at each noise level (b,).

    snr: min(SNR, clamp), the paper's; note that it all but ignores high noise. min_snr: min(SNR, gamma) / (SNR + 1),
    the form of Hang et al. (2023) for v, whose squared error is SNR + 1 times that of x0. uniform: 1, which in terms
    of x0 is SNR + 1.
    """
    if config.weighting == "uniform":
        return alpha_bar.new_ones(alpha_bar.shape)
    snr = alpha_bar / (1 - alpha_bar).clamp(min=1e-8)
    if config.weighting == "snr":
        return snr.clamp(max=config.clamp)
    return snr.clamp(max=config.gamma) / (snr + 1)


def velocity_loss(
    predicted: Latent, target: Latent, alpha_bar: PerItem, config: LossConfig, mask: FrameMask | None = None
) -> PerItem:
    """Weighted mean squared error of each item (b,); frames where mask is 0 do not count."""
    error = (predicted - target).square().mean(dim=1)
    if mask is None:
        return loss_weight(alpha_bar, config) * error.mean(dim=1)
    return loss_weight(alpha_bar, config) * (error * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
