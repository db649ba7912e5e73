"""The listener's objective: chords, bass, beats and key of the band, heard from the vocal alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor

from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import LATENT_CHANNELS, PLAN_CHANNELS
from samuel.diffusion import per_item
from samuel.model import Listener, ListenerLogits, ListenerTargets, listener_losses
from samuel.model.listener_loss import UNKNOWN
from samuel.training.data import Batch
from samuel.training.objectives.base import Metrics, Objective, happens, integers, normal_like, uniform
from samuel.training.settings import ListenerObjectiveSettings

_CLASSES = 12  # pitch classes: the first channels of the features, then twice in the truth (chord, bass)


class ListenerObjective(Objective):
    """The listener's own losses, on vocals transposed, blurred and partly hidden."""

    model: Listener

    def __init__(self, model: Listener, statistics: LatentStatistics, settings: ListenerObjectiveSettings) -> None:
        super().__init__()
        self.model, self.statistics, self.settings = model, statistics, settings

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """Weighted sum of the losses on augmented crops, and each of them."""
        features, truth = batch["features"].float(), batch["truth"].float()
        if self.settings.transpose:
            semitones = integers(len(truth), 0, _CLASSES, generator)
            features, truth = rotate_classes(features, semitones, 1), transpose_truth(truth, semitones)
        logits = self.model(*self._augmented(self._latents(batch), features, generator))
        return self._loss(logits, self._targets(truth))

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """Losses and what a musician would ask: chord tones, bass notes, beats and keys that are right."""
        truth = batch["truth"].float()
        logits, targets = self.model(self._latents(batch), batch["features"].float()), self._targets(truth)
        loss, metrics = self._loss(logits, targets)
        found = {
            "chord_f1": _f1(logits.chord > 0, targets.chord > 0.5),
            "bass_accuracy": _accuracy(logits.bass, targets.bass),
            "beat_f1": _f1(logits.beat > 0, targets.beat > 0.25),
            "key_accuracy": _accuracy(logits.key, targets.key),
        }
        return {"loss": loss, **metrics, **found}

    def _latents(self, batch: Batch) -> Tensor:
        """The vocal's normalised latents; zeros where the songs have none, for a listener that does without."""
        if "vocal" not in batch:
            features = batch["features"]
            return features.new_zeros(len(features), LATENT_CHANNELS, features.shape[2], dtype=torch.float32)
        return self.statistics.vocal.normalise(batch["vocal"].float())

    def _augmented(self, latents: Tensor, features: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        settings, count = self.settings, len(latents)
        level = per_item(uniform(count, generator), latents)
        latents = latents + settings.vocal_noise * level * normal_like(latents, generator)
        features = features + settings.feature_noise * normal_like(features, generator)
        if not self.model.config.use_latents:
            return latents, features  # the features are all it hears: never hide them
        deaf = happens(count, settings.latent_dropout, generator)
        unsung = happens(count, settings.feature_dropout, generator) & ~deaf
        return latents.masked_fill(per_item(deaf, latents), 0.0), features.masked_fill(per_item(unsung, features), 0.0)

    def _targets(self, truth: Tensor) -> ListenerTargets:
        """truth (b, 27, t): chord (12), bass (12, one of them or none), beat, downbeat, key (0 to 23, or below 0)."""
        bass = truth[:, 12:24]
        beats = widened(truth[:, 24:26], self.settings.beat_reach)
        key = truth[:, PLAN_CHANNELS, truth.shape[2] // 2].round().long()
        return ListenerTargets(
            chord=truth[:, :12],
            bass=bass.argmax(dim=1).masked_fill(bass.sum(dim=1) == 0, UNKNOWN),
            beat=beats[:, 0],
            downbeat=beats[:, 1],
            key=key.masked_fill(key < 0, UNKNOWN),
        )

    def _loss(self, logits: ListenerLogits, targets: ListenerTargets) -> tuple[Tensor, Metrics]:
        settings = self.settings
        terms = listener_losses(logits, targets, torch.ones_like(targets.beat))
        total = (
            settings.chord_weight * terms["chord"]
            + settings.bass_weight * terms["bass"]
            + settings.beat_weight * (terms["beat"] + terms["downbeat"])
            + settings.key_weight * terms["key"]
        )
        return total, {f"{name}_loss": value for name, value in terms.items()}


def rotate_classes(values: Tensor, semitones: Tensor, groups: int) -> Tensor:
    """Transpose: move the first groups of 12 pitch classes up by semitones (b,), each item by its own number.

    values (b, c, t) with c >= 12 * groups; the channels after the groups stay.
    """
    classes = torch.arange(_CLASSES, device=values.device)
    source = (classes - rearrange(semitones, "b -> b 1")) % _CLASSES
    offsets = _CLASSES * torch.arange(groups, device=values.device)
    index = rearrange(rearrange(offsets, "g -> g 1") + rearrange(source, "b k -> b 1 k"), "b g k -> b (g k)")
    moved = values[:, : _CLASSES * groups].gather(1, repeat(index, "b k -> b k t", t=values.shape[2]))
    return torch.cat([moved, values[:, _CLASSES * groups :]], dim=1)


def transpose_truth(truth: Tensor, semitones: Tensor) -> Tensor:
    """Truth (b, 27, t) moved up by semitones (b,): chord, bass and, where it is known, the key."""
    moved = rotate_classes(truth, semitones, 2)
    key = moved[:, PLAN_CHANNELS:]
    mode = _CLASSES * (key >= _CLASSES)
    tonic = (key + per_item(semitones, key)) % _CLASSES
    return torch.cat([moved[:, :PLAN_CHANNELS], torch.where(key < 0, key, mode + tonic)], dim=1)


def widened(beats: Tensor, reach: int) -> Tensor:
    """Beats (b, c, t) with the neighbours within reach at one half: a beat between two frames belongs to both."""
    near = F.max_pool1d(beats, 2 * reach + 1, stride=1, padding=reach)
    return torch.maximum(beats, 0.5 * near)


def _f1(found: Tensor, true: Tensor) -> Tensor:
    both = (found & true).sum()
    return 2 * both / (found.sum() + true.sum()).clamp(min=1)


def _accuracy(logits: Tensor, true: Tensor) -> Tensor:
    known = true != UNKNOWN
    return ((logits.argmax(dim=1) == true) & known).sum() / known.sum().clamp(min=1)
