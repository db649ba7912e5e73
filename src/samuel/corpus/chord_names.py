"""Chords as musicians write them over a lyric, such as 'F#m7' or 'C/G', to and from root, quality and bass.

Roots and basses are pitch classes 0 (C) to 11 (B), qualities keys of song.QUALITIES. Harte's syntax (harte.py), which
tells itself by its colon, is read as well. What QUALITIES lacks becomes its nearest relative there that has no other
third or fifth: C13 is C9, C7#9 is C7, Cadd9 and C5 are C, C7#5 is C+.
"""

from __future__ import annotations

import re

from samuel.corpus.errors import CorpusError
from samuel.corpus.harte import parse_chord, pitch_class
from samuel.corpus.song import QUALITIES

# of the two names of a black key the one that is met more often under a major, and under a minor third
ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
NO_CHORD = "N"

# what stands behind the root; the first spelling of a quality is the one that is written
SUFFIXES: dict[str, tuple[str, ...]] = {
    "maj": ("", "maj", "M", "5", "add9", "(add9)", "add2", "add11", "2"),
    "min": ("m", "min", "-", "madd9", "m(add9)", "madd2"),
    "dim": ("dim", "°"),
    "aug": ("aug", "+", "7#5", "+7", "aug7", "maj7#5", "+maj7"),
    "sus2": ("sus2",),
    "sus4": ("sus4", "sus", "7sus4", "7sus", "9sus4", "9sus"),
    "maj6": ("6", "69", "maj6"),
    "min6": ("m6", "min6", "-6", "m69"),
    "7": ("7", "7b9", "7#9", "7#11"),
    "maj7": ("maj7", "M7", "Δ", "Δ7", "j7", "maj7#11"),
    "min7": ("m7", "min7", "-7", "m7b9"),
    "minmaj7": ("mM7", "mmaj7", "minmaj7", "m(maj7)"),
    "dim7": ("dim7", "°7", "o7"),
    "hdim7": ("m7b5", "hdim7", "ø", "ø7", "-7b5"),
    "9": ("9", "11", "13"),
    "maj9": ("maj9", "M9", "Δ9", "maj11", "maj13"),
    "min9": ("m9", "min9", "-9", "m11", "m13"),
}
_QUALITIES = {spelling: quality for quality, spellings in SUFFIXES.items() for spelling in spellings}
_SILENT = (NO_CHORD, "NC", "N.C.", "X")
_LONGEST = 24  # letters
_NAME = re.compile(r"([A-G][#b]?)([^/]*)(?:/([A-G][#b]?))?")


def read_chord_name(name: str) -> tuple[int, str, int] | None:
    """Root, quality and bass of a chord's name; None for 'N', no chord. Raises CorpusError for any other text."""
    if len(name) > _LONGEST:
        raise CorpusError(f"chord {name[:_LONGEST]!r}... is longer than {_LONGEST} letters: write it as C or F#m7/E.")
    plain = name.replace("♯", "#").replace("♭", "b").replace("º", "°").replace("6/9", "69")
    if plain in _SILENT:
        return None
    if ":" in plain:
        return parse_chord(plain)
    match = _NAME.fullmatch(plain)
    if match is None or match[2] not in _QUALITIES:
        german = " (the German H is B, and B is Bb)" if plain.startswith("H") else ""
        raise CorpusError(
            f"chord {name!r} cannot be read{german}: write it as C, F#m, Bb7, Dm7/G or Asus4, or N for none."
        )
    root = pitch_class(match[1])
    return root, _QUALITIES[match[2]], pitch_class(match[3]) if match[3] else root


def chord_name(root: int, quality: str, bass: int | None = None) -> str:
    """The name of a chord, 'Dm7/G' for 2, 'min7' and 7: the inverse of read_chord_name."""
    under = "" if bass is None or bass == root else f"/{ROOTS[bass]}"
    has_minor_third = 3 in QUALITIES[quality]
    return (MINOR_ROOTS if has_minor_third else ROOTS)[root] + SUFFIXES[quality][0] + under
