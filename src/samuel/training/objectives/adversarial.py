"""Adversarial post-training of the denoiser in latent space: hinge loss and feature matching on the predicted x0.

A denoiser that minimises squared error predicts the mean of what could be played; a critic that sees the vocal asks for
one of the things that are played. As in adversarial diffusion distillation (Sauer et al. 2023), with every noise level
kept and the squared error beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from samuel.model.discriminator import LatentDiscriminator, Verdict
from samuel.training.data import Batch
from samuel.training.objectives.base import Metrics, Objective


@dataclass(frozen=True)
class Prediction:
    """What a critic compares: true and predicted x0 (b, 64, t); the condition (b, c, t), zeros where it was dropped.

    counts (b,) is 1 for the items whose noise level is low enough to be judged, else 0.
    """

    x0: Tensor
    predicted: Tensor
    condition: Tensor
    counts: Tensor


Judge = Callable[[Tensor, Tensor], Verdict]
Predict = Callable[[Batch, torch.Generator], Prediction]


class CriticObjective(Objective):
    """The discriminator's side: true latents above 1, predicted ones below -1 (hinge; Lim & Ye 2017)."""

    model: LatentDiscriminator

    def __init__(self, model: LatentDiscriminator, predict: Predict) -> None:
        super().__init__()
        self.model, self.predict = model, predict

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """Hinge loss, and the share of patches told rightly."""
        with torch.no_grad():
            prediction = self.predict(batch, generator)
        true = self.model(prediction.x0, prediction.condition).logits
        false = self.model(prediction.predicted, prediction.condition).logits
        loss = critic_loss(true, false) * prediction.counts
        right = ((true > 0).float().mean(1) + (false < 0).float().mean(1)) / 2 * prediction.counts
        return loss.mean(), {"right": right.mean()}

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """The loss."""
        return {"loss": self(batch, generator)[0]}


def frozen(discriminator: LatentDiscriminator) -> Judge:
    """The discriminator as the player meets it: gradients flow through it, none into its weights."""

    def judge(latents: Tensor, condition: Tensor) -> Verdict:
        weights = {name: value.detach() for name, value in discriminator.named_parameters()}
        verdict: Verdict = torch.func.functional_call(discriminator, weights, (latents, condition))
        return verdict

    return judge


def critic_loss(true: Tensor, false: Tensor) -> Tensor:
    """mean max(0, 1 - true) + mean max(0, 1 + false) of the logits (b, t) of each item, (b,)."""
    return F.relu(1 - true).mean(dim=1) + F.relu(1 + false).mean(dim=1)


def player_loss(judge: Judge, prediction: Prediction, feature_matching: float) -> Tensor:
    """-mean logits of the predicted latents plus feature_matching times the L1 distance of the features, (b,).

    Features are compared with those of the true latents, each layer in units of its own mean size (after Kumar et al.
    2019).
    """
    verdict = judge(prediction.predicted, prediction.condition)
    loss = -verdict.logits.mean(dim=1)
    if feature_matching > 0:
        with torch.no_grad():
            true = judge(prediction.x0, prediction.condition)
        for ours, theirs in zip(verdict.features, true.features, strict=True):
            size = theirs.abs().mean(dim=(1, 2)) + 1e-6
            loss = loss + feature_matching / len(true.features) * (ours - theirs).abs().mean(dim=(1, 2)) / size
    return loss * prediction.counts
