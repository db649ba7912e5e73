"""Harmony without time: scales, chords in Roman numerals, and how a melody fits a chord.

A chord is written as a numeral of the major scale on the tonic in both modes (a minor song has bIII, bVI and bVII):
capitals are major, small letters minor, followed by a quality and by the bass as an interval above the root, as in
Harte et al. (2005): "V7", "bVIImaj7", "iihdim7", "I/3", "IV/2". Bars are divided by "|", chords of a bar by spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from samuel.corpus.song import QUALITIES

Mode = Literal["major", "minor"]

SCALES: dict[str, tuple[int, ...]] = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
MAJOR_DEGREES = {degree: SCALES["ionian"][(degree - 1) % 7] for degree in range(1, 10)}
NUMERALS = {numeral: degree for degree, numeral in enumerate(("I", "II", "III", "IV", "V", "VI", "VII"), start=1)}
MINOR_SUFFIXES = {"": "min", "7": "min7", "6": "min6", "9": "min9", "maj7": "minmaj7"}
MAJOR_SUFFIXES = {"": "maj", "6": "maj6"}
# of two tones that share a letter (major and minor third, …) a scale keeps the chord's own
RIVALS = {3: 4, 4: 3, 6: 7, 7: 6, 8: 7, 10: 11, 11: 10}
PATTERN = re.compile(r"(?P<accidental>[b#]?)(?P<numeral>[IV]+|[iv]+)(?P<suffix>[a-z]*\d?)(?:/(?P<bass>[b#]?[1-9]))?")


@dataclass(frozen=True)
class RelativeChord:
    """A chord in a key: root and bass in semitones above the tonic (0 to 11), quality a key of QUALITIES."""

    root: int
    quality: str
    bass: int

    @property
    def tones(self) -> tuple[int, ...]:
        """Semitones above the tonic modulo 12, root first, without a foreign bass."""
        return tuple((self.root + interval) % 12 for interval in QUALITIES[self.quality])


def _semitones(accidental: str, degree: int) -> int:
    return MAJOR_DEGREES[degree] + {"b": -1, "": 0, "#": 1}[accidental]


def parse_chord(text: str) -> RelativeChord:
    """The chord that a Roman numeral names; ValueError for a numeral, quality or bass that does not exist."""
    match = PATTERN.fullmatch(text)
    if match is None or match["numeral"].upper() not in NUMERALS:
        raise ValueError(f"{text!r} is no chord in Roman numerals, such as 'V7' or 'bVI/3'.")
    suffixes = MINOR_SUFFIXES if match["numeral"].islower() else MAJOR_SUFFIXES
    quality = suffixes.get(match["suffix"], match["suffix"])
    if quality not in QUALITIES:
        raise ValueError(f"{text!r} has the unknown quality {quality!r}; choose from {', '.join(QUALITIES)}.")
    root = _semitones(match["accidental"], NUMERALS[match["numeral"].upper()]) % 12
    bass = match["bass"] or "1"
    return RelativeChord(root, quality, (root + _semitones(bass[:-1], int(bass[-1]))) % 12)


def parse_progression(text: str) -> tuple[tuple[RelativeChord, ...], ...]:
    """Bars of chords, from "I | vi7 V/3 | IV"."""
    return tuple(tuple(parse_chord(chord) for chord in bar.split()) for bar in text.split("|"))


def melody_scale(scale: tuple[int, ...], chord: RelativeChord) -> frozenset[int]:
    """Pitch classes (relative to the tonic) that sing well over the chord: its tones, and the scale bent to them.

    A foreign chord tone replaces the scale tone of the same letter: over D7 in C the melody has F sharp, not F.
    """
    tones = set(chord.tones)
    rivals = {(chord.root + RIVALS[i % 12]) % 12 for i in QUALITIES[chord.quality] if i % 12 in RIVALS}
    if chord.root not in scale:  # a raised root bears a diminished chord, a lowered one anything else
        rivals.add((chord.root + (-1 if "dim" in chord.quality else 1)) % 12)
    fifth = (chord.root + 7) % 12
    if fifth in tones - set(scale):
        rivals.add((fifth + 1) % 12)
    return frozenset(tones | (set(scale) - rivals))
