"""A sheet from a sung line and the notes beside it: chords are found beat by beat in what accompanies the voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from samuel.corpus.chord_finding import Sounding, find_chords
from samuel.corpus.errors import CorpusError
from samuel.corpus.musicxml import Sheet, SheetChord, SheetNote

FEWEST = 16  # notes of a melody
LEAD_IN, TAIL = 4, 2  # bars kept before and after the melody


def accompanied_sheet(notes: Sequence[SheetNote], others: Sequence[Sounding], bar: int) -> Sheet:
    """The bars around the sung notes; all times in beats, beat 0 a downbeat, `bar` beats a bar.

    Raises CorpusError for too short a melody, and where nothing sounds beside it.
    """
    if len(notes) < FEWEST:
        raise CorpusError(f"the melody has {len(notes)} notes that can be sung: {FEWEST} are needed.")
    first, last = (bar * edge for edge in _bars(notes, others, bar))
    found = find_chords(others, [float(beat) for beat in range(first, last + 1)])
    earliest = next((chord for chord in found if chord is not None), None)
    if earliest is None:
        raise CorpusError("nothing sounds beside the melody: chords are taken from an accompaniment.")
    numbered = ((beat, chord or earliest) for beat, chord in enumerate(found))
    changes = (next(group) for _, group in groupby(numbered, key=lambda item: item[1]))
    chords = tuple(SheetChord(Fraction(beat), c.root, c.quality, c.bass) for beat, c in changes)
    moved = tuple(replace(note, start=note.start - first, end=note.end - first) for note in notes)
    return Sheet(bar, last - first, moved, chords)


def _bars(notes: Sequence[SheetNote], others: Sequence[Sounding], bar: int) -> tuple[int, int]:
    """The first bar that is kept, and the one after the last; a pick-up of the voice alone may lie before the first."""
    begins = int(min((note.start for note in others), default=0.0) // bar)
    last_sung = float(max(note.end for note in notes))
    ends = -int(-max([last_sung, *(note.end for note in others)]) // bar)
    sung = int(notes[0].start // bar), -int(-last_sung // bar)
    return max(min(begins, sung[0]), sung[0] - LEAD_IN, 0), min(ends, sung[1] + TAIL)


def single_line(notes: Sequence[SheetNote]) -> list[SheetNote]:
    """One note at a time, of simultaneous ones the highest, each ended by the next."""
    tops = {note.start: note for note in sorted(notes, key=lambda note: (note.start, note.pitch))}
    line = list(tops.values())
    nexts = [note.start for note in line[1:]] + [line[-1].end if line else Fraction(0)]
    return [replace(note, end=min(note.end, after)) for note, after in zip(line, nexts, strict=True)]
