"""How written strokes become played notes: dynamics, human timing and touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from samuel.corpus.grid import Bar, Grid
from samuel.corpus.song import Note

TOUCH = 5.0  # standard deviation of the velocity
LATEST = 0.02  # s: nobody plays further off than this
SHORTEST = 0.04  # s


@dataclass(frozen=True)
class Stroke:
    """A note as written: position and length in beats, MIDI pitch, velocity, and seconds of delay (strumming)."""

    position: float
    length: float
    pitch: int
    velocity: int
    delay: float = 0.0


def dynamics(bar: Bar) -> float:
    """Factor on velocities: 0.55 in the calmest section, 1.05 in the fullest."""
    return 0.55 + 0.5 * bar.section.energy


def perform(
    strokes: Iterable[Stroke], grid: Grid, looseness: float, layback: float, rng: np.random.Generator
) -> tuple[Note, ...]:
    """Notes in seconds, sorted by start, inside the song; those of one position share their timing error."""
    ordered = sorted(strokes, key=lambda stroke: (stroke.position, stroke.pitch))
    errors = np.clip(rng.normal(0, looseness, len(ordered)), -LATEST, LATEST)
    touches = rng.normal(0, TOUCH, len(ordered))
    notes: list[Note] = []
    before, error = -1.0, 0.0
    for stroke, new_error, touch in zip(ordered, errors, touches, strict=True):
        if stroke.position - before > 1e-6:
            error = float(new_error)
        before = stroke.position
        start = max(0.0, grid.seconds(stroke.position) + error + layback + stroke.delay)
        end = min(max(grid.seconds(stroke.position + stroke.length) - 0.01, start + SHORTEST), grid.song.duration)
        if end - start >= SHORTEST / 2:
            notes.append(Note(start, end, stroke.pitch, int(np.clip(stroke.velocity + touch, 12, 127))))
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))
