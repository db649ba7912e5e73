"""Chord labels in Harte's syntax, such as 'G:min7/b3', read into root, quality and bass.

Source: Harte, Sandler, Abdallah & Gómez, "Symbolic representation of musical chords", ISMIR 2005.
"""

from __future__ import annotations

import re

from samuel.corpus.errors import CorpusError
from samuel.corpus.song import QUALITIES

NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
DEGREES = (0, 2, 4, 5, 7, 9, 11)  # semitones of the degrees 1 to 7 of the major scale
NO_CHORD = ("N", "X")  # silence, and a sound that is no chord

# spellings and extensions that QUALITIES does not hold, each mapped to its nearest neighbour there
SYNONYMS = {
    "": "maj",
    "5": "maj",
    "1": "maj",
    "11": "9",
    "13": "9",
    "min11": "min9",
    "min13": "min9",
    "maj11": "maj9",
    "maj13": "maj9",
}
LABEL = re.compile(r"([A-G][#b]*)(?::([a-z0-9]*))?(?:\(([^)]*)\))?(?:/([#b]*\d+))?")


def accidentals(text: str) -> int:
    """Semitones by which a run of sharps and flats alters a note."""
    return text.count("#") - text.count("b")


def pitch_class(name: str) -> int:
    """Pitch class 0 (C) to 11 (B) of a note name such as 'F#' or 'Ebb'; CorpusError for any other text."""
    if not re.fullmatch(r"[A-G][#b]*", name):
        raise CorpusError(f"{name!r} is not the name of a note: write a letter from A to G, then # or b.")
    return (NATURALS[name[0]] + accidentals(name[1:])) % 12


def degree(text: str) -> int:
    """Semitones above the root, 0 to 11, of a scale degree such as '5', 'b3' or '#11'."""
    number = int(text.lstrip("#b"))
    return (DEGREES[(number - 1) % 7] + accidentals(text)) % 12


def parse_chord(label: str) -> tuple[int, str, int] | None:
    """Root, quality (a key of QUALITIES) and bass of a label, the first and last as pitch classes; None for no chord.

    Degrees in brackets are heard as ornaments and left out: 'C:sus4(b7)' is 'sus4'. CorpusError for anything else.
    """
    if label in NO_CHORD:
        return None
    match = LABEL.fullmatch(label)
    if match is None:
        raise CorpusError(f"chord {label!r} cannot be read: write it after Harte, such as C:maj or G:min7/b3.")
    root = pitch_class(match[1])
    quality = SYNONYMS.get(match[2] or "", match[2] or "maj")
    if quality not in QUALITIES:
        raise CorpusError(f"chord quality {quality!r} is unknown: use one of {', '.join(QUALITIES)}.")
    return root, quality, (root + degree(match[4] or "1")) % 12
