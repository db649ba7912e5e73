"""Chords in rhythm: blocks, broken chords and pads, cut and struck again wherever the chord changes."""

from __future__ import annotations

import numpy as np

from samuel.corpus.grid import NEAR, Bar, Grid
from samuel.corpus.patterns import at_level, hits
from samuel.corpus.playing import Stroke, dynamics
from samuel.corpus.style import Comp
from samuel.corpus.voicing import Voicing, lead_voices

ACCENT = {"X": 1.15, "o": 0.7}
Event = tuple[str, float, float, int, float]  # symbol, start and end in beats, chord index, dynamics


def play_comp(grid: Grid, comp: Comp, every_chord: bool) -> list[Stroke]:
    """Strokes of one part; with every_chord a chord that falls into a rest is struck all the same."""
    voicings = lead_voices(grid.song.chords, comp.centre, comp.voices)
    events = [event for bar in grid.bars for event in _bar_events(bar, grid, comp)]
    if every_chord:
        events += _missing(events, grid)
    return [stroke for event in events for stroke in _strokes(event, voicings[event[3]], comp)]


def _bar_events(bar: Bar, grid: Grid, comp: Comp) -> list[Event]:
    pattern = at_level(comp.patterns, bar.section.energy)
    if bar.final and pattern:
        pattern = "x--- ---- ---- ----"
    rolling = any(symbol.isdigit() for symbol in pattern)
    events = []
    for hit in hits(pattern, bar.number, bar.beats, grid.compound, rolling):
        start = bar.beat + hit.position
        if hit.symbol == "p":
            events.append(("x", start, start + hit.length, grid.chord_index(start + 1 - NEAR), dynamics(bar)))
            continue
        for left, right, index in grid.split(start, start + hit.length):
            events.append((hit.symbol, left, right, index, dynamics(bar)))
    return events


def _missing(events: list[Event], grid: Grid) -> list[Event]:
    heard = {event[3] for event in events}
    ends = [*grid.chord_beats[1:], grid.end]
    return [
        ("x", start, min(end, start + 1.0), index, 0.85)
        for index, (start, end) in enumerate(zip(grid.chord_beats, ends, strict=True))
        if index not in heard and end - start > 2 * NEAR
    ]


def _strokes(event: Event, voicing: Voicing, comp: Comp) -> list[Stroke]:
    symbol, start, end, _, loud = event
    if symbol.isdigit():
        octave, step = divmod(int(symbol) - 1, len(voicing))
        return [Stroke(start, end - start, voicing[step] + 12 * octave, int(comp.velocity * loud))]
    loud *= ACCENT.get(symbol, 1.0) * (1.0 if start % 1 < NEAR else 0.92)
    delays = np.linspace(0, comp.strum, len(voicing))
    return [
        Stroke(start, end - start, pitch, int(comp.velocity * loud), float(delay))
        for pitch, delay in zip(voicing, delays, strict=True)
    ]
