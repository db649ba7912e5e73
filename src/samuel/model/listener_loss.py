"""What the listener is trained on, and how far it is from it."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from samuel.model.listener import ListenerLogits
from samuel.model.shapes import Classes, FrameClasses, Frames, Plan, Scalar

UNKNOWN = -1  # no chord in this frame, or a key that nobody wrote down: leave it out
TERMS = ("chord", "bass", "beat", "downbeat", "key")


@dataclass(frozen=True)
class ListenerTargets:
    """The truth of a batch. Beats may be soft: 1 on the frame of the beat, less beside it."""

    chord: Plan  # (b, 12, t) 0 or 1; all 0 where there is no chord
    bass: FrameClasses  # pitch class, or UNKNOWN
    beat: Frames  # (b, t) 0 to 1
    downbeat: Frames  # (b, t) 0 to 1
    key: Classes  # 0 to 23 as in ListenerLogits.key, or UNKNOWN


def listener_losses(logits: ListenerLogits, targets: ListenerTargets, mask: Frames) -> dict[str, Scalar]:
    """Mean cross-entropy of each of TERMS in nats, over frames where mask (b, t) is 1; 0 where nothing is known."""
    chord = F.binary_cross_entropy_with_logits(logits.chord, targets.chord, reduction="none").mean(dim=1)
    bass = F.cross_entropy(logits.bass, targets.bass, ignore_index=UNKNOWN, reduction="none")
    beat = F.binary_cross_entropy_with_logits(logits.beat, targets.beat, reduction="none")
    downbeat = F.binary_cross_entropy_with_logits(logits.downbeat, targets.downbeat, reduction="none")
    key = F.cross_entropy(logits.key, targets.key, ignore_index=UNKNOWN, reduction="none")
    return {
        "chord": _mean(chord, mask),
        "bass": _mean(bass, mask * (targets.bass != UNKNOWN)),
        "beat": _mean(beat, mask),
        "downbeat": _mean(downbeat, mask),
        "key": _mean(key, (targets.key != UNKNOWN).to(key.dtype)),
    }


def listener_loss(logits: ListenerLogits, targets: ListenerTargets, mask: Frames) -> Scalar:
    """Sum of all terms, with the key at a fifth: one label a clip is soon learned by heart."""
    losses = listener_losses(logits, targets, mask)
    return losses["chord"] + losses["bass"] + losses["beat"] + losses["downbeat"] + 0.2 * losses["key"]


def _mean(value: Tensor, weight: Tensor) -> Tensor:
    return (value * weight).sum() / weight.sum().clamp(min=1)
