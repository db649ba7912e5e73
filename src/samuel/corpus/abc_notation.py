"""Scores in ABC notation, as far as hymns in four parts need it: voices, notes, chords, ties, tuplets, the first verse.

After the standard 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1). Every line of music begins with its voice, as
in [V: S1V1]. An accidental holds to the end of its bar, in its own octave. Repeats are not unfolded, and grace notes
not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from samuel.corpus.errors import CorpusError
from samuel.corpus.musicxml import STEPS, SheetNote

# sharps of the major keys, flats negative
KEYS = {"Cb": -7, "Gb": -6, "Db": -5, "Ab": -4, "Eb": -3, "Bb": -2, "F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4,
        "B": 5, "F#": 6, "C#": 7}  # fmt: skip
SHARPENED = "FCGDAEB"  # the order in which keys sharpen the steps; they flatten them from its end
ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # so many notes in the time of how many, where the score does not say

_PITCH = r"(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)"
_LENGTH = r"(\d*)(/*)(\d*)"
_NOTE = re.compile(_PITCH + _LENGTH + r"\.?(-?)")
_REST = re.compile("[xz]" + _LENGTH)
_CHORD = re.compile(r"\[((?:[\^_=]*[A-Ga-g][,']*[\d/]*-?)+)\]" + _LENGTH + r"\.?(-?)")
_TUPLET = re.compile(r"\((\d)(?::(\d*))?(?::(\d*))?")
_BAR = re.compile(r"\[\||[:|]*\|[:|\]]*|::")
# texts, decorations, grace notes, numbers of endings, fields that change no note, slurs, room
_SKIPPED = re.compile(r'\[?"[^"]*"|![^!]*!|\{[^}]*\}|\[?\d[-,\d]*|\[[^MKLV]:[^\]]*\]|[\s.()~\\y]')
_SYLLABLE = re.compile(r"[^\s\-*_|]+|[*_]")


@dataclass(frozen=True)
class AbcVoice:
    """Notes in order of their start, in quarter notes, and where bars begin; the last is where the voice ends."""

    notes: tuple[SheetNote, ...]
    bars: tuple[Fraction, ...]


@dataclass(frozen=True)
class AbcScore:
    """The voices in the order in which they appear, and the metre as it is written ("4/4")."""

    voices: tuple[AbcVoice, ...]
    metre: str


def read_abc(text: str, name: str) -> AbcScore:
    """The score of one tune; name is for messages.

    Raises CorpusError for what is no such score, holds what is not read here, or changes its metre, key or unit.
    """
    lines = [line.partition("%")[0].rstrip() for line in text.splitlines()]
    header = {line[0]: line[2:].strip() for line in reversed(lines) if re.match("[MLK]:", line)}
    if header.keys() != {"M", "L", "K"}:
        raise CorpusError(f"{name} is no ABC score with metre, unit and key (M:, L:, K:): export it again.")
    readers: dict[str, _Reader] = {}
    sung: _Reader | None = None
    for line in lines:
        music = re.match(r"\[V:\s*(\w+)[^\]]*\](.*)", line)
        if music:
            new = _Reader(name, 4 * _fraction(header["L"], name), _signature(header["K"], name))
            sung = readers.setdefault(music[1], new)
            try:
                sung.line(music[2])
            except ArithmeticError as error:  # a note of length /0
                raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): export it again.") from error
        elif line.startswith("w:") and sung is not None:
            sung.words(line[2:])
            sung = None  # the verses that follow are not read
    if not readers:
        raise CorpusError(f"{name} has no line of music that begins with its voice, as in [V: S1V1]: export it again.")
    return AbcScore(tuple(reader.voice() for reader in readers.values()), header["M"])


@dataclass
class _Head:
    """A note as it is written, before ties."""

    start: Fraction
    end: Fraction
    pitch: int
    tied: bool
    lyric: str = ""


@dataclass
class _Reader:
    """Walks through the lines of a voice; times are quarter notes from the start of the tune."""

    name: str
    unit: Fraction
    signature: dict[str, int]
    now: Fraction = Fraction(0)
    bars: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    events: list[list[_Head]] = field(default_factory=list)  # the heads of each note or chord
    altered: dict[tuple[str, str], int] = field(default_factory=dict)  # by step and octave, in this bar
    tuplet: tuple[Fraction, int] = (Fraction(1), 0)  # what lengths are multiplied with, and for how many notes more
    line_begins: int = 0

    def line(self, music: str) -> None:
        """Read one line of music."""
        self.line_begins, place = len(self.events), 0
        while place < len(music):
            place = self._token(music, place)

    def _token(self, music: str, place: int) -> int:
        """Read what stands at a place of a line; returns the place after it."""
        if match := _TUPLET.match(music, place):
            notes = int(match[1])
            time = int(match[2] or TUPLETS.get(notes, notes))
            self.tuplet = Fraction(time, notes), int(match[3] or notes)
        elif match := _BAR.match(music, place):
            self.altered.clear()
            if self.now > self.bars[-1]:
                self.bars.append(self.now)
        elif match := _CHORD.match(music, place):
            self._chord([*_NOTE.finditer(match[1])], self._length(*match.group(2, 3, 4)), bool(match[5]))
        elif match := _NOTE.match(music, place):
            self._chord([match], Fraction(1), False)
        elif match := _REST.match(music, place):
            self.now += self._length(*match.groups()) * self._step()
        elif music[place] == "&":  # a second voice from where the bar begins
            self.now = self.bars[-1]
            return place + 1
        elif not (match := _SKIPPED.match(music, place)):
            raise CorpusError(f"{self.name} holds {music[place : place + 8]!r}, which is not read: leave it out.")
        return match.end()

    def _length(self, over: str, strokes: str, under: str) -> Fraction:
        """What a note's unit is multiplied with: 3/2, 2, /2, /, //."""
        return Fraction(int(over or 1), int(under) if under else 2 ** len(strokes))

    def _step(self) -> Fraction:
        """The unit of the next note or rest, quarter notes."""
        factor, left = self.tuplet
        self.tuplet = factor if left > 1 else Fraction(1), max(left - 1, 0)
        return self.unit * factor

    def _chord(self, heads: list[re.Match[str]], times: Fraction, tied: bool) -> None:
        step, start = self._step(), self.now
        ends = [start + self._length(*head.group(4, 5, 6)) * times * step for head in heads]
        pitches = [self._pitch(*head.group(1, 2, 3)) for head in heads]
        ties = [tied or bool(head[7]) for head in heads]
        self.events.append([_Head(start, *note) for note in zip(ends, pitches, ties, strict=True)])
        self.now = ends[0]

    def _pitch(self, accidental: str | None, step: str, octave: str) -> int:
        if accidental is not None:
            self.altered[step, octave] = ALTERATIONS[accidental]
        alteration = self.altered.get((step, octave), self.signature.get(step.upper(), 0))
        height = (6 if step.islower() else 5) + octave.count("'") - octave.count(",")
        return 12 * height + STEPS[step.upper()] + alteration

    def words(self, text: str) -> None:
        """Give the syllables of a verse to the notes of the line; * and _ hold the syllable before."""
        syllables = (syllable for syllable in _SYLLABLE.findall(re.sub(r"^\s*\d+\.~?", "", text)))
        for event, syllable in zip(self.events[self.line_begins :], syllables, strict=False):
            for head in event:
                head.lyric = "" if syllable in "*_" else syllable.replace("~", " ")

    def voice(self) -> AbcVoice:
        """What was read, with tied heads as one note."""
        notes: list[SheetNote] = []
        open_ties: dict[int, int] = {}  # by pitch, the note that goes on
        for head in _by_start(self.events):
            index = open_ties.pop(head.pitch, None)
            if index is not None and notes[index].end == head.start:
                notes[index] = replace(notes[index], end=head.end)
            else:
                index = len(notes)
                notes.append(SheetNote(head.start, head.end, head.pitch, head.lyric))
            if head.tied:
                open_ties[head.pitch] = index
        last = [self.now] if self.now > self.bars[-1] else []
        return AbcVoice(tuple(notes), (*self.bars, *last))


def _by_start(events: list[list[_Head]]) -> Iterator[_Head]:
    yield from sorted((head for event in events for head in event if head.end > head.start), key=lambda h: h.start)


def _signature(key: str, name: str) -> dict[str, int]:
    """Alterations of the steps in a key, as in "Eb", "F#m"."""
    match = re.fullmatch(r"([A-G][b#]?)\s*(m|min|minor|maj|major)?", key)
    if not match or match[1] not in KEYS:
        raise CorpusError(f"{name} is in the key {key!r}, which is not read: give a major or minor key.")
    sharps = KEYS[match[1]] - (3 if match[2] in ("m", "min", "minor") else 0)
    return dict.fromkeys(SHARPENED[:sharps], 1) if sharps >= 0 else dict.fromkeys(SHARPENED[sharps:], -1)


def _fraction(text: str, name: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise CorpusError(f"{name} has the unit {text!r}: give one as in L: 1/4.") from error
