"""OpenScore Lieder (Gotham & Jonas 2022; CC0): a voice with words over a piano, as a source of songs.

Melody and words are the voice's, chords are found in the piano, which our band does not play. Repeats are not unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np

from samuel.corpus.accompanied import FEWEST, accompanied_sheet, single_line
from samuel.corpus.chord_finding import Sounding
from samuel.corpus.drawing import draw_usable, is_held_out, remembered
from samuel.corpus.errors import CorpusError
from samuel.corpus.lead_sheets import score_files, song_of
from samuel.corpus.musicxml import METRES, Sheet, SheetNote, is_tied_back, metre_of, read_score, step_of
from samuel.corpus.song import Song

LICENCE = "CC0-1.0"
MOST_IRREGULAR = 6  # one measure in so many may not fill its bar


@dataclass
class _Staff:
    """A part as it is read; times are quarter notes from the start."""

    divisions: int = 1
    notes: list[SheetNote] = field(default_factory=list)

    def measure(self, element: ElementTree.Element, start: Fraction) -> Fraction:
        """Read a measure that begins at start; returns how long it is."""
        now = onset = longest = Fraction(0)
        for child in element:
            if child.tag == "attributes":
                self.divisions = int(child.findtext("divisions") or self.divisions)
            elif child.tag in ("backup", "forward"):
                step = Fraction(int(child.findtext("duration") or 0), self.divisions)
                now += step if child.tag == "forward" else -step
            elif child.tag == "note" and child.find("grace") is None:
                length = Fraction(int(child.findtext("duration") or 0), self.divisions)
                if child.find("chord") is None:
                    onset, now = now, now + length
                self._note(child, start + onset, start + onset + length)
            longest = max(longest, now)
        return longest

    def _note(self, element: ElementTree.Element, start: Fraction, end: Fraction) -> None:
        pitch = element.find("pitch")
        if pitch is None or end <= start:
            return
        number = 12 * (int(pitch.findtext("octave") or 4) + 1) + step_of(pitch, "step", "alter")
        if is_tied_back(element):
            for index in range(len(self.notes) - 1, max(-1, len(self.notes) - 24), -1):
                if self.notes[index].end == start and self.notes[index].pitch == number:
                    self.notes[index] = replace(self.notes[index], end=end)
                    return
        self.notes.append(SheetNote(start, end, number, element.findtext("lyric/text") or ""))


def read_lied(data: bytes, name: str) -> Sheet:
    """The sheet in the bytes of an .mxl file: one voice with words, and what accompanies it; name is for messages.

    Raises CorpusError for what is not compressed MusicXML, has not exactly one voice with words or no other part, or
    changes its metre.
    """
    try:
        return _sheet(read_score(data, name), name)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): export it again.") from error


def _sheet(score: ElementTree.Element, name: str) -> Sheet:
    parts = score.findall("part")
    voices = [part for part in parts if sum(1 for _ in part.iter("lyric")) >= FEWEST]
    if len(voices) != 1 or len(parts) < 2:
        raise CorpusError(
            f"{name} has {len(voices)} voices with words in {len(parts)} parts: one and a piano are used."
        )
    numerator, denominator = metre_of(score, name)
    beat, beats_per_bar = METRES[numerator, denominator]
    staves, origin = _read(parts, Fraction(int(numerator) * 4, int(denominator)), name)
    sung = staves[parts.index(voices[0])]
    notes = [replace(n, start=(n.start - origin) / beat, end=(n.end - origin) / beat) for n in single_line(sung.notes)]
    others = [
        Sounding(float((n.start - origin) / beat), float((n.end - origin) / beat), n.pitch)
        for staff in staves
        if staff is not sung
        for n in staff.notes
    ]
    return accompanied_sheet(notes, others, beats_per_bar)


def _read(parts: list[ElementTree.Element], bar: Fraction, name: str) -> tuple[list[_Staff], Fraction]:
    """All parts, measure by measure, and where the first whole bar begins.

    A whole measure waits for the next bar line, which mends a short one before it.
    """
    staves = [_Staff() for _ in parts]
    columns = list(zip(*(part.findall("measure") for part in parts), strict=False))
    now, origin, irregular = Fraction(0), Fraction(0), 0
    for number, column in enumerate(columns):
        before = [len(staff.notes) for staff in staves]
        length = max(staff.measure(element, now) for staff, element in zip(staves, column, strict=True))
        past = (now - origin) % bar
        if past and length >= bar:
            wait = bar - past
            for staff, count in zip(staves, before, strict=True):
                moved = [replace(n, start=n.start + wait, end=n.end + wait) for n in staff.notes[count:]]
                staff.notes[count:] = moved
            now += wait
            irregular += 1
        now += length
        if number == 0 and length < bar:
            origin = length  # a pick-up
    if irregular > max(2, len(columns) // MOST_IRREGULAR):
        raise CorpusError(f"{name} has {irregular} measures that do not fill a bar: correct its metre.")
    return staves, origin


def draw_lied(source: Path, held_out: bool, rng: np.random.Generator) -> Song:
    """A song of the collection in a random key and tempo. Raises CorpusError where it holds none that can be sung."""
    chosen = [name for name in _files(source) if is_held_out(identify(name)) == held_out]
    song = draw_usable(
        chosen, lambda name: song_of(_remembered(source, name), identify(name), rng, "openscore-lieder", LICENCE), rng
    )
    if song is None:
        raise CorpusError(
            f"{source} holds no song that a singer could sing: name OpenScore Lieder's folder or archive."
        )
    return song


def identify(name: str) -> str:
    """A stable identifier: files of the collection are named by their number at MuseScore."""
    return f"lieder-{PurePosixPath(name).stem}"


def read_lieder(source: Path) -> Iterator[tuple[str, Sheet | CorpusError]]:
    """Every file's name with its sheet, or with what is wrong with it."""
    for name, data in _files(source).items():
        try:
            yield name, read_lied(data, name)
        except CorpusError as error:
            yield name, error


@cache
def _files(source: Path) -> dict[str, bytes]:
    """Paths below the collection and contents, by name."""
    return dict(sorted(score_files(source)))


@remembered
def _remembered(source: Path, name: str) -> Sheet:
    return read_lied(_files(source)[name], name)
