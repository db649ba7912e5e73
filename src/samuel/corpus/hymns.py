"""The Open Hymnal (B. J. Dumont, https://openhymnal.org) as a source of songs: the soprano sung, its chords played.

Chords are found in all voices together, which our band does not play. Only hymns whose makers are all free are used
(public_domain.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath

import numpy as np

from samuel.corpus.abc_notation import read_abc
from samuel.corpus.accompanied import accompanied_sheet, single_line
from samuel.corpus.chord_finding import Sounding
from samuel.corpus.drawing import draw_usable, is_held_out, remembered
from samuel.corpus.errors import CorpusError
from samuel.corpus.lead_sheets import score_files, song_of
from samuel.corpus.musicxml import METRES, Sheet, SheetNote
from samuel.corpus.public_domain import is_free_hymn
from samuel.corpus.song import Song

MOST_IRREGULAR = 6  # one bar in so many may not fill its measure


def read_hymn(data: bytes, name: str) -> Sheet:
    """The sheet in the bytes of an ABC score: its first voice, and chords found in all; name is for messages.

    Raises CorpusError for what is no such score, is not free, changes its metre or has none, or has a single voice.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if not is_free_hymn(text):
        raise CorpusError(f"{name} has an author who is not known to have died before 1930: it is not used.")
    score = read_abc(text, name)
    numerator, _, denominator = score.metre.partition("/")
    if (numerator, denominator) not in METRES:
        raise CorpusError(f"{name} is in {score.metre}: use one of {', '.join('/'.join(m) for m in METRES)}.")
    beat, beats_per_bar = METRES[numerator, denominator]
    if len(score.voices) < 2:
        raise CorpusError(f"{name} has one voice: chords are taken from several.")
    moves = _moves(score.voices[0].bars, Fraction(4 * int(numerator), int(denominator)), name)
    voices = [[_moved(note, moves, beat) for note in voice.notes] for voice in score.voices]
    sounding = [Sounding(float(note.start), float(note.end), note.pitch) for voice in voices for note in voice]
    return accompanied_sheet(single_line(voices[0]), sounding, beats_per_bar)


def _moves(bars: Sequence[Fraction], bar: Fraction, name: str) -> list[tuple[Fraction, Fraction]]:
    """From when on (quarter notes, as written) notes are moved by how much, so that the first whole bar begins at 0.

    A whole bar waits for the next bar line, which mends a short one before it; two halves of a bar are one.
    """
    now = -bars[1] if len(bars) > 1 and bars[1] < bar else Fraction(0)  # a pick-up
    moves, irregular = [(Fraction(0), now)], 0
    for start, end in pairwise(bars):
        if now % bar and end - start >= bar and start > 0:
            now += bar - now % bar
            moves.append((start, now - start))
            irregular += 1
        now += end - start
    if irregular > max(2, len(bars) // MOST_IRREGULAR):
        raise CorpusError(f"{name} has {irregular} bars that do not fill its metre: correct it.")
    return moves


def _moved(note: SheetNote, moves: Sequence[tuple[Fraction, Fraction]], beat: Fraction) -> SheetNote:
    """A note in its place, in beats."""
    by = next(by for start, by in reversed(moves) if note.start >= start)
    return replace(note, start=(note.start + by) / beat, end=(note.end + by) / beat)


def draw_hymn(source: Path, held_out: bool, rng: np.random.Generator) -> Song:
    """A hymn of the collection in a random key and tempo. Raises CorpusError where it holds none that can be sung."""
    chosen = [name for name in _files(source) if is_held_out(identify(name)) == held_out]
    song = draw_usable(
        chosen, lambda name: song_of(_remembered(source, name), identify(name), rng, "openhymnal", "public domain"), rng
    )
    if song is None:
        raise CorpusError(f"{source} holds no hymn that a singer could sing: name the Open Hymnal's folder or archive.")
    return song


def identify(name: str) -> str:
    """A stable identifier: files are named by hymn and tune."""
    return f"openhymnal-{re.sub('[^a-z0-9]+', '-', PurePosixPath(name).stem.lower()).strip('-')}"


@cache
def _files(source: Path) -> dict[str, bytes]:
    """Paths below the collection and contents, by name."""
    return dict(sorted(score_files(source, ".abc")))


@remembered
def _remembered(source: Path, name: str) -> Sheet:
    return read_hymn(_files(source)[name], name)
