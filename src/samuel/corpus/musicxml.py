"""Compressed MusicXML lead sheets read as they stand: one voice of melody with chord symbols; repeats are not unfolded.

Only what a lead sheet needs of https://www.w3.org/2021/06/musicxml40/ is read: notes, rests, ties, harmony, the metre.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree import ElementTree

from samuel.corpus.errors import CorpusError

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# kinds of MusicXML to the qualities of song.py; what those lack becomes its nearest relative
KINDS = {
    "major": "maj", "minor": "min", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "min7", "diminished-seventh": "dim7", "augmented-seventh": "aug", "half-diminished": "hdim7",
    "major-minor": "minmaj7", "minor-major": "minmaj7", "major-sixth": "maj6", "minor-sixth": "min6",
    "dominant-ninth": "9", "major-ninth": "maj9", "minor-ninth": "min9", "augmented-ninth": "aug", "dominant-11th": "9",
    "minor-11th": "min9", "dominant-13th": "9", "minor-13th": "min9", "suspended-second": "sus2",
    "suspended-fourth": "sus4", "maj69": "maj6", "power": "maj", "": "maj",
}  # fmt: skip
ALTERED = {("7", "5", "1"): "aug", ("9", "5", "1"): "aug", ("min7", "5", "-1"): "hdim7", ("min", "5", "-1"): "dim"}
# metre to the beat (quarter notes) and the beats of a bar; simple duple metres are counted in fours
METRES = {
    ("4", "4"): (Fraction(1), 4), ("2", "2"): (Fraction(1), 4), ("2", "4"): (Fraction(1), 4),
    ("3", "4"): (Fraction(1), 3), ("6", "4"): (Fraction(1), 3), ("3", "2"): (Fraction(2), 3),
    ("6", "8"): (Fraction(3, 2), 2), ("12", "8"): (Fraction(3, 2), 2),
}  # fmt: skip


@dataclass(frozen=True)
class SheetNote:
    """A note from start to end (beats); lyric is the syllable of the first verse, or empty."""

    start: Fraction
    end: Fraction
    pitch: int
    lyric: str


@dataclass(frozen=True)
class SheetChord:
    """A chord symbol at a place (beats); root and bass are pitch classes."""

    start: Fraction
    root: int
    quality: str
    bass: int


@dataclass(frozen=True)
class Sheet:
    """A lead sheet in beats. The first whole bar starts at 0, a pick-up before it; length is a whole number of bars."""

    beats_per_bar: int
    length: int
    notes: tuple[SheetNote, ...]
    chords: tuple[SheetChord, ...]


@dataclass
class _Reader:
    """Walks through the measures of a part; times are quarter notes from the start of the file."""

    bar: Fraction
    divisions: int = 1
    now: Fraction = Fraction(0)
    notes: list[SheetNote] = field(default_factory=list)
    chords: list[SheetChord] = field(default_factory=list)
    irregular: int = 0

    def measure(self, element: ElementTree.Element, origin: Fraction) -> None:
        """Reads a measure; a whole one first waits for the next bar line, which mends a short one before it."""
        length = self._length(element)
        past = (self.now - origin) % self.bar
        if past and length >= self.bar:
            self.now += self.bar - past
            self.irregular += 1
        for child in element:
            if child.tag == "attributes":
                self.divisions = int(child.findtext("divisions") or self.divisions)
            elif child.tag == "harmony":
                self._harmony(child)
            elif child.tag == "note" and child.find("chord") is None:
                self._note(child)

    def _length(self, element: ElementTree.Element) -> Fraction:
        divisions = int(element.findtext("attributes/divisions") or self.divisions)
        return Fraction(sum(_duration(note) for note in element.iter("note")), divisions)

    def _note(self, element: ElementTree.Element) -> None:
        start, self.now = self.now, self.now + Fraction(_duration(element), self.divisions)
        pitch = element.find("pitch")
        if pitch is None or self.now == start:  # a rest or a grace note
            return
        number = 12 * (int(pitch.findtext("octave") or 4) + 1) + step_of(pitch, "step", "alter")
        if is_tied_back(element) and self.notes and self.notes[-1].end == start and self.notes[-1].pitch == number:
            start, lyric = self.notes[-1].start, self.notes.pop().lyric
        else:
            lyric = element.findtext("lyric/text") or ""
        self.notes.append(SheetNote(start, self.now, number, lyric))

    def _harmony(self, element: ElementTree.Element) -> None:
        root = element.find("root")
        kind = element.findtext("kind") or ""
        if root is None or kind not in KINDS:  # "no chord" and figured basses: the chord before holds on
            return
        quality = KINDS[kind]
        for degree in element.findall("degree"):
            key = (quality, degree.findtext("degree-value") or "", degree.findtext("degree-alter") or "")
            quality = ALTERED.get(key, quality)
        number, bass = step_of(root, "root-step", "root-alter") % 12, element.find("bass")
        low = number if bass is None else step_of(bass, "bass-step", "bass-alter") % 12
        start = self.now + Fraction(int(element.findtext("offset") or 0), self.divisions)
        self.chords.append(SheetChord(start, number, quality, low))


def _duration(note: ElementTree.Element) -> int:
    return 0 if note.find("chord") is not None else int(note.findtext("duration") or 0)


def step_of(element: ElementTree.Element, step: str, alter: str) -> int:
    """Semitones above C of a step and its alteration, by the names of their elements."""
    return STEPS[element.findtext(step) or "C"] + round(float(element.findtext(alter) or 0))


def is_tied_back(note: ElementTree.Element) -> bool:
    """Whether a note goes on with the one before."""
    return any(tie.get("type") == "stop" for tie in note.findall("tie"))


def read_score(data: bytes, name: str) -> ElementTree.Element:
    """The root of the compressed score in the bytes of an .mxl file. Raises CorpusError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # not by META-INF/container.xml, which is malformed where a title of OpenEWLD has an apostrophe
            score = next(n for n in archive.namelist() if n.endswith("xml") and not n.startswith("META-INF"))
            return ElementTree.fromstring(archive.read(score))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, StopIteration, SyntaxError) as error:
        # a ParseError is a SyntaxError, an archive with a password a RuntimeError
        raise CorpusError(f"{name} is not compressed MusicXML: export it as .mxl.") from error


def metre_of(element: ElementTree.Element, name: str) -> tuple[str, str]:
    """The one metre, a key of METRES, of all that lies below. Raises CorpusError for another, and for several."""
    metres = {(e.findtext("beats") or "", e.findtext("beat-type") or "") for e in element.iter("time")} or {("4", "4")}
    if len(metres) > 1 or not metres <= METRES.keys():
        found = ", ".join(sorted("/".join(metre) for metre in metres))
        raise CorpusError(f"{name} is in {found}: use one of 4/4, 2/2, 2/4, 3/4, 6/4, 3/2, 6/8 and 12/8 throughout.")
    return metres.pop()


def read_sheet(data: bytes, name: str) -> Sheet:
    """The lead sheet in the bytes of an .mxl file; name is for messages.

    Raises CorpusError for what is not compressed MusicXML, has no melody or chords, or changes its metre.
    """
    try:
        return _sheet(data, name)
    except (ValueError, KeyError, ArithmeticError) as error:  # numbers and steps that are none
        raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): export it again.") from error


def _sheet(data: bytes, name: str) -> Sheet:
    part = read_score(data, name).find("part")
    if part is None:
        raise CorpusError(f"{name} has no part: export a score with a melody.")
    numerator, denominator = metre_of(part, name)
    beat, beats_per_bar = METRES[numerator, denominator]
    reader = _Reader(bar=Fraction(int(numerator) * 4, int(denominator)))
    measures = part.findall("measure")
    origin = Fraction(0)
    for number, element in enumerate(measures):
        reader.measure(element, origin)
        if number == 0 and reader.now < reader.bar:
            origin = reader.now  # a pick-up
    if not reader.notes or not reader.chords:
        lack = "chord symbols" if reader.notes else "melody"
        raise CorpusError(f"{name} has no {lack}: use a lead sheet with a melody and chord symbols.")
    if reader.irregular > max(2, len(measures) // 6):
        raise CorpusError(f"{name} has {reader.irregular} measures that do not fill a bar: correct its metre.")
    length = -(-(reader.now - origin) // (beat * beats_per_bar)) * beats_per_bar
    return Sheet(
        beats_per_bar,
        int(length),
        tuple(SheetNote((n.start - origin) / beat, (n.end - origin) / beat, n.pitch, n.lyric) for n in reader.notes),
        tuple(SheetChord((c.start - origin) / beat, c.root, c.quality, c.bass) for c in reader.chords),
    )
