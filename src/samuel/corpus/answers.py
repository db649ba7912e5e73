"""Short phrases that answer the singer: a motif of the song's own, played wherever the melody rests."""

from __future__ import annotations

import numpy as np

from samuel.corpus.grid import NEAR, Bar, Grid
from samuel.corpus.playing import Stroke, dynamics
from samuel.corpus.song import Song

GAP = 1.4  # beats of silence that invite an answer
LONGEST = 4.0  # beats of one answer
CENTRE = 74
VELOCITY = 76
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
RHYTHMS = ((0.0, 0.5, 1.0), (0.5, 1.0, 1.5), (0.0, 0.75, 1.0, 1.5), (0.5, 1.0, 2.0), (0.0, 1.0, 1.5, 2.0))


def play_answers(grid: Grid, rng: np.random.Generator) -> list[Stroke]:
    """Strokes of the answers; the song keeps one rhythm and one contour, so that they are recognised."""
    rhythm = RHYTHMS[rng.integers(len(RHYTHMS))]
    contour = rng.integers(-2, 3, len(rhythm))
    strokes: list[Stroke] = []
    for start, end in gaps(grid):
        first = float(np.ceil(start + NEAR))
        beats = [first + offset for offset in rhythm if first + offset + 0.4 < min(end, first + LONGEST)]
        if len(beats) < 2:
            continue
        lengths = [*np.diff(beats), min(1.5, end - beats[-1])]
        pitch = CENTRE + int(rng.integers(-4, 5))
        for beat, length, step in zip(beats, lengths, contour, strict=False):
            pitch = _next_pitch(grid, beat, pitch, int(step))
            strokes.append(Stroke(beat, float(length) * 0.95, pitch, int(VELOCITY * dynamics(_bar_at(grid, beat)))))
    return strokes


def gaps(grid: Grid) -> list[tuple[float, float]]:
    """Rests of the melody of at least GAP beats, in beats; long ones are cut into bars."""
    found, before = [], 0.0
    limits = [(grid.position(note.start), grid.position(note.end)) for note in grid.song.melody]
    for start, end in [*limits, (grid.end, grid.end)]:
        cuts = np.arange(before, start, 2 * LONGEST)
        found += [(float(cut), min(float(cut) + LONGEST, start)) for cut in cuts if start - cut >= GAP]
        before = max(before, end)
    return found


def _bar_at(grid: Grid, beat: float) -> Bar:
    return next((bar for bar in reversed(grid.bars) if bar.beat <= beat + NEAR), grid.bars[0])


def _next_pitch(grid: Grid, beat: float, pitch: int, step: int) -> int:
    """Move by scale steps; on the beat the nearest chord tone is taken."""
    chord = grid.song.chords[grid.chord_index(beat)]
    allowed = set(chord.pitch_classes) if beat % 1 < NEAR else _scale(grid.song) | set(chord.pitch_classes)
    target = float(np.clip(pitch + 2 * step, CENTRE - 9, CENTRE + 9))
    choices = [note for note in range(CENTRE - 12, CENTRE + 13) if note % 12 in allowed]
    return min(choices, key=lambda note: abs(note - target))


def _scale(song: Song) -> set[int]:
    return {(song.tonic + interval) % 12 for interval in SCALES[song.mode]}
