"""The bassist: patterns of chord degrees, the chord's bass note on every change, steps that lead to the next chord."""

from __future__ import annotations

import numpy as np

from samuel.corpus.grid import NEAR, Bar, Grid
from samuel.corpus.patterns import at_level, hits
from samuel.corpus.playing import Stroke, dynamics
from samuel.corpus.song import Chord
from samuel.corpus.style import Style

VELOCITY = 92
SPAN = 12  # semitones above the lowest note within which bass notes of chords are placed
DEGREES = {"3": 3.5, "5": 7.0}  # semitones above the bass that a degree is looked for at


def play_bass(grid: Grid, style: Style, rng: np.random.Generator) -> list[Stroke]:
    """Strokes of the whole song; each chord begins on its bass note."""
    lowest = style.bass.lowest
    roots = [_bass_note(chord, lowest) for chord in grid.song.chords]
    strokes: list[Stroke] = []
    for bar in grid.bars:
        for symbol, start, end, index in _bar_events(bar, grid, style):
            pitch = _pitch(symbol, index, roots, grid.song.chords, rng)
            accent = 1.08 if start % 1 < NEAR else 0.94
            strokes.append(Stroke(start, end - start, pitch, int(VELOCITY * accent * dynamics(bar))))
    return strokes


def _bar_events(bar: Bar, grid: Grid, style: Style) -> list[tuple[str, float, float, int]]:
    """(symbol, start, end, chord index) of one bar, split at chord changes, a root on each change."""
    played = [
        (hit.symbol, bar.beat + hit.position, bar.beat + hit.position + hit.length)
        for hit in hits(_pattern(bar, style), bar.number, bar.beats, grid.compound)
    ]
    events = []
    for symbol, start, end in _with_changes(played, bar, grid):
        for piece, (left, right, index) in enumerate(grid.split(start, end)):
            on_change = abs(left - grid.chord_beats[index]) < NEAR
            events.append(("R" if piece or on_change or symbol in "xXo" else symbol, left, right, index))
    return events


def _pattern(bar: Bar, style: Style) -> str:
    if bar.final:
        return "R--- ---- ---- ----"
    pattern = at_level(style.bass.patterns, bar.section.energy)
    if pattern == "kick":
        return at_level(style.drums["kick"], bar.section.energy).replace("x...", "x--.").replace("x..", "x-.")
    return pattern


def _with_changes(played: list[tuple[str, float, float]], bar: Bar, grid: Grid) -> list[tuple[str, float, float]]:
    """Add a root wherever a chord begins in a rest of the pattern."""
    added = []
    for change in grid.chord_beats:
        inside = bar.beat - NEAR <= change < bar.beat + bar.beats - NEAR
        if inside and not any(start - NEAR <= change < end - NEAR for _, start, end in played):
            later = [start for _, start, _ in played if start > change]
            added.append(("R", change, min([change + 1.0, *later])))
    return sorted([*played, *added], key=lambda event: event[1])


def _bass_note(chord: Chord, lowest: int) -> int:
    return lowest + (chord.bass - lowest) % SPAN


def _pitch(symbol: str, index: int, roots: list[int], chords: tuple[Chord, ...], rng: np.random.Generator) -> int:
    root = roots[index]
    if symbol == "8":
        return root + 12
    if symbol in DEGREES:
        intervals = [(tone - root) % 12 for tone in chords[index].pitch_classes]
        nearest = min((i for i in intervals if i), key=lambda i: abs(i - DEGREES[symbol]))
        return root + nearest
    if symbol == "a" and index + 1 < len(roots):
        return _approach(root, roots[index + 1], rng)
    return root


def _approach(root: int, goal: int, rng: np.random.Generator) -> int:
    """A neighbour of the goal, on the side where the line comes from."""
    if root == goal:
        return root + 7
    side = 1 if root > goal else -1
    return goal + side * int(rng.integers(1, 3))
