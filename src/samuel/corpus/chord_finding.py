"""Chords from the notes of an accompaniment: the sequence that best explains what sounds, by dynamic programming.

Each span of time holds one chord. A span's evidence is how long each pitch class sounds; a template is a chord's tones,
weighted, and the cost of a change keeps passing notes from becoming chords. After Raphael & Stoddard, "Functional
harmonic analysis using probabilistic models", 2004, without their functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.song import QUALITIES

# what an accompaniment tells reliably; rarer colours would be guesses. Values: how common each is (log of its odds)
COMMON = {"maj": 0.0, "min": 0.0, "7": -0.35, "maj7": -0.5, "min7": -0.4, "sus4": -0.6, "dim": -0.6, "hdim7": -0.7,
          "dim7": -0.8, "aug": -1.2}  # fmt: skip
CHANGE = 0.6  # cost of another chord than in the span before
FOREIGN = -1.0  # weight of a sounding tone that the chord lacks, against 1 for one that it has
ABSENT = 0.35  # cost of a tone of the chord that does not sound at all
ROOT_IN_BASS = 0.6  # reward of the root as the lowest tone, 0.15 for another tone of the chord
OTHER_IN_BASS = 0.15


@dataclass(frozen=True)
class Sounding:
    """A note from start to end, in any unit of time; pitch is a MIDI note number."""

    start: float
    end: float
    pitch: int


@dataclass(frozen=True)
class FoundChord:
    """Root and bass as pitch classes, quality a key of QUALITIES."""

    root: int
    quality: str
    bass: int


_STATES = tuple((root, quality) for root in range(12) for quality in COMMON)


def find_chords(notes: Sequence[Sounding], edges: Sequence[float]) -> list[FoundChord | None]:
    """One chord for each span between neighbouring edges (ascending); None where no note has sounded yet.

    A silent span keeps the chord before it.
    """
    shares, lowest = span_evidence(notes, edges)
    scores = np.stack([_scores(share, low) for share, low in zip(shares, lowest, strict=True)])
    path = _best_path(scores)
    heard = shares.sum(axis=1) > 0
    found: list[FoundChord | None] = []
    for span, state in enumerate(path):
        root, quality = _STATES[state]
        if not heard[: span + 1].any():
            found.append(None)
        elif not heard[span]:
            found.append(found[-1])
        else:
            tones = {(root + interval) % 12 for interval in QUALITIES[quality]}
            low = lowest[span]
            found.append(FoundChord(root, quality, low if low in tones else root))
    return found


def span_evidence(notes: Sequence[Sounding], edges: Sequence[float]) -> tuple[NDArray[np.float64], list[int]]:
    """Share of each pitch class in what sounds, (spans, 12), zero where silent, and the bass of each span (-1: none).

    The bass is the lowest note that sounds for a quarter of the span or more, else the lowest of all.
    """
    shares = np.zeros((len(edges) - 1, 12))
    basses: list[dict[int, float]] = [{} for _ in range(len(edges) - 1)]
    for note in notes:
        first = max(0, int(np.searchsorted(edges, note.start, side="right")) - 1)
        for span in range(first, len(edges) - 1):
            if edges[span] >= note.end:
                break
            overlap = min(note.end, edges[span + 1]) - max(note.start, edges[span])
            if overlap > 0:
                shares[span, note.pitch % 12] += overlap
                basses[span][note.pitch] = basses[span].get(note.pitch, 0.0) + overlap
    lowest = []
    for span, sounding in enumerate(basses):
        long = [pitch for pitch, time in sounding.items() if time >= 0.25 * (edges[span + 1] - edges[span])]
        lowest.append(min(long or sounding, default=-1) % 12 if sounding else -1)
    totals = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, totals, out=np.zeros_like(shares), where=totals > 0), lowest


def _scores(share: NDArray[np.float64], bass: int) -> NDArray[np.float64]:
    """How well each state explains a span, (states,); zeros where it is silent."""
    if not share.any():
        return np.zeros(len(_STATES))
    scores = _WEIGHTS @ share - ABSENT * (_TONES @ (share < 0.02)) / 3 + _PRIORS
    if bass >= 0:
        scores += np.where(bass == _ROOTS, ROOT_IN_BASS, OTHER_IN_BASS * _TONES[:, bass])
    return np.asarray(scores)


def _best_path(scores: NDArray[np.float64]) -> list[int]:
    """Viterbi with one cost for every change."""
    best, back = scores[0], []
    for row in scores[1:]:
        leap = int(best.argmax())
        moved = best[leap] - CHANGE > best
        back.append(np.where(moved, leap, np.arange(len(best))))
        best = np.where(moved, best[leap] - CHANGE, best) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


_ROOTS = np.array([root for root, _ in _STATES])
_TONES = np.zeros((len(_STATES), 12))
for _state, (_root, _quality) in enumerate(_STATES):
    _TONES[_state, [(_root + interval) % 12 for interval in QUALITIES[_quality]]] = 1.0
_WEIGHTS = np.where(_TONES > 0, 1.0, FOREIGN)
_PRIORS = np.array([COMMON[quality] for _, quality in _STATES]) * 0.3
