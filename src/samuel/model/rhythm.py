"""The beats of a plan: tracked in the vocal's onsets and in what the listener's network leans to.

By itself the network hardly calls a frame a beat, but its leanings help to choose among tempi and phases, and their sum
is the number of beats that it expects: a tempo that tells apart what repeats at one, two and half a beat. It says as
well which beats are downbeats: its probabilities weigh every metre and phase against each other.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samuel.config import FRAME_RATE
from samuel.features.beats import pulses, track_beats
from samuel.model.shapes import Features, Plan

BEAT, DOWNBEAT = 24, 25  # channels of the plan
METRES = (3, 4)  # beats to the bar
LEANING = 0.5  # deviations of onset strength that one deviation of the network's log odds is worth
SUM_PER_BEAT = 1.55  # of the network's probabilities: it is trained on beats some frames wide
SUNG_TEMPO = 80.0  # beats per minute of real songs; the network, trained on ours, expects too many of them
EXPECTED_SPREAD = 0.25  # deviation of the log tempo around the mean of both
AS_HEARD, TOLD_SPREAD = 0.0, 0.03  # a tempo that nobody tells; the deviation around one that a singer tells
SLOWEST_EXPECTED, FASTEST_EXPECTED = 60.0, 180.0  # beats per minute
BELIEF = 0.5  # in the evidence of each beat: neighbouring beats say much the same


def with_tracked_beats(plan: Plan, features: Features, tempo: float = AS_HEARD) -> Plan:
    """A plan (b, 26, t) with its beat channels set from the features (b, 20, t) of the whole vocal.

    tempo: beats per minute that the singer tells, or AS_HEARD.
    """
    rows = [_rhythm(part, heard, tempo) for part, heard in zip(plan, features, strict=True)]
    return torch.cat([plan[:, :BEAT], torch.stack(rows).to(plan)], dim=1)


def _rhythm(plan: Tensor, features: Tensor, told: float) -> Tensor:
    leaning = LEANING * _standard(log_odds(plan[[BEAT, DOWNBEAT]].float().cpu().numpy())).sum(axis=0)
    frames, tempo = plan.shape[-1], told or likely_tempo(plan[BEAT].float().cpu().numpy())
    times = track_beats(features.float().cpu().numpy(), leaning, tempo, TOLD_SPREAD if told else EXPECTED_SPREAD)
    places = np.clip((times * FRAME_RATE).astype(int), 0, frames - 1)
    weights = downbeat_probabilities(plan[DOWNBEAT].float().cpu().numpy()[places])
    beats = pulses(times, frames)
    downbeats = np.zeros(frames, np.float32)
    for time, weight in zip(times, weights, strict=True):
        downbeats = np.maximum(downbeats, weight * pulses((time,), frames))
    return torch.from_numpy(np.stack([beats, downbeats]))


def expected_tempo(heard: NDArray[np.float32]) -> float:
    """Beats per minute from the listener's probability of a beat in each frame, (t,), kept within singers' tempi."""
    beats = float(heard.sum()) / SUM_PER_BEAT if len(heard) else 0.0
    return float(np.clip(60 * FRAME_RATE * beats / max(len(heard), 1), SLOWEST_EXPECTED, FASTEST_EXPECTED))


def likely_tempo(heard: NDArray[np.float32]) -> float:
    """Beats per minute: the geometric mean of what the listener expects and what is usual."""
    return float(np.sqrt(expected_tempo(heard) * SUNG_TEMPO))


def downbeat_probabilities(heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability that each beat opens a bar, (n,), from the listener's probabilities at the beats, (n,)."""
    odds = log_odds(heard)
    odds -= odds.mean() if len(odds) else 0.0
    number = np.arange(len(odds))
    bars = [(number - phase) % metre == 0 for metre in METRES for phase in range(metre)]
    evidence = np.array([BELIEF * (odds * is_down).sum() for is_down in bars])
    belief = np.exp(evidence - evidence.max())
    probabilities: NDArray[np.float32] = (belief / belief.sum() @ np.array(bars)).astype(np.float32)
    return probabilities


def log_odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of probabilities, kept finite."""
    safe = np.clip(probability.astype(np.float64), 1e-4, 0.9999)
    return np.asarray(np.log(safe / (1 - safe)))


def _standard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row at zero mean and unit deviation; a constant row at zero."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    return np.asarray(centred / (rows.std(axis=-1, keepdims=True) + 1e-6))
