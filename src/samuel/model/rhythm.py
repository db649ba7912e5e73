"""The beats of a plan: tracked in the vocal's onsets and in what the listener's network leans to.

By itself the network hardly calls a frame a beat, but its leanings help to choose among tempi and phases. It says as
well which beats are downbeats: its probabilities weigh every metre and phase against each other.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samuel.config import FRAME_RATE
from samuel.features.beats import Told, pulses, track_beats
from samuel.model.shapes import Features, Plan

BEAT, DOWNBEAT = 24, 25  # channels of the plan
METRES = (3, 4)  # beats to the bar
LEANING = 2.5  # deviations of onset strength that one of the network's log odds is worth: of beat, and of downbeat
CHANGE_ODDS = 2.0  # log odds by which a told change of chord at a beat speaks for a downbeat
NEAR = 0.1  # s: as far as a written sheet may be from the beat it means; half of the shortest period and less
BELIEF = 0.5  # in the evidence of each beat: neighbouring beats say much the same


def with_tracked_beats(plan: Plan, features: Features, told: Told | None = None) -> Plan:
    """A plan (b, 26, t) with its beat channels set from the features (b, 20, t) of the whole vocal."""
    rows = [_rhythm(part, heard, told or Told()) for part, heard in zip(plan, features, strict=True)]
    return torch.cat([plan[:, :BEAT], torch.stack(rows).to(plan)], dim=1)


def _rhythm(plan: Tensor, features: Tensor, told: Told) -> Tensor:
    leaning = LEANING * _standard(log_odds(plan[[BEAT, DOWNBEAT]].float().cpu().numpy())).sum(axis=0)
    times, frames = track_beats(features.float().cpu().numpy(), leaning, told), plan.shape[-1]
    places = np.clip((times * FRAME_RATE).astype(int), 0, frames - 1)
    weights = downbeat_probabilities(plan[DOWNBEAT].float().cpu().numpy()[places], times, told)
    beats = pulses(times, frames)
    downbeats = np.zeros(frames, np.float32)
    for time, weight in zip(times, weights, strict=True):
        downbeats = np.maximum(downbeats, weight * pulses((time,), frames))
    return torch.from_numpy(np.stack([beats, downbeats]))


def downbeat_probabilities(
    heard: NDArray[np.float32], times: NDArray[np.float64], told: Told | None = None
) -> NDArray[np.float32]:
    """Probability that each beat opens a bar, (n,), from the listener's probabilities at the beats, (n,).

    times (n,): of the beats, in s, to which what the singer tells belongs.
    """
    told = told or Told()
    odds = log_odds(heard) + CHANGE_ODDS * _near(times, told.changes)
    odds -= odds.mean() if len(odds) else 0.0
    number = np.arange(len(odds))
    bars = [(number - phase) % metre == 0 for metre in METRES for phase in range(metre)]
    evidence = np.array([BELIEF * (odds * is_down).sum() for is_down in bars])
    if told.downbeat is not None and len(times):
        opening = int(np.abs(times - told.downbeat).argmin())
        evidence[[not is_down[opening] for is_down in bars]] = -np.inf
    belief = np.exp(evidence - evidence.max())
    probabilities: NDArray[np.float32] = (belief / belief.sum() @ np.array(bars)).astype(np.float32)
    return probabilities


def _near(times: NDArray[np.float64], changes: tuple[float, ...]) -> NDArray[np.float64]:
    """1 where a beat (n,) lies within NEAR of a change, else 0."""
    if not changes:
        return np.zeros(len(times))
    marks = np.sort(np.asarray(changes, dtype=np.float64))
    after = np.searchsorted(marks, times).clip(0, len(marks) - 1)
    nearest = np.minimum(np.abs(times - marks[after]), np.abs(times - marks[(after - 1).clip(0)]))
    return np.asarray(nearest <= NEAR, dtype=np.float64)


def log_odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of probabilities, kept finite."""
    safe = np.clip(probability.astype(np.float64), 1e-4, 0.9999)
    return np.asarray(np.log(safe / (1 - safe)))


def _standard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row at zero mean and unit deviation; a constant row at zero."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    return np.asarray(centred / (rows.std(axis=-1, keepdims=True) + 1e-6))
