"""MIDI files as sheets: a sung line, and chords found in what accompanies it.

Beats and bars are the file's own: tick 0 is a downbeat, as sequencers write it, and a file whose notes do not keep to
its beats (a performance without a click) is refused, for its beats would be no truth.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from samuel.corpus.accompanied import FEWEST, accompanied_sheet
from samuel.corpus.chord_finding import Sounding
from samuel.corpus.errors import CorpusError
from samuel.corpus.musicxml import METRES, Sheet, SheetNote
from samuel.errors import MissingExtraError

if TYPE_CHECKING:
    from mido import MidiFile

DRUMS = 9  # channel
BASSES = range(32, 40)  # programs
LARGEST = 8 << 20  # bytes; scores have some hundred thousand
SUNG = re.compile(r"melod|vocal|voice|vox|sing|lead v|gesang|canto|chant|lyric", re.IGNORECASE)
UNSUNG = re.compile(r"back|choir|chorus|harmon|bgv|second|2nd|pad", re.IGNORECASE)
LONGEST = 4000  # beats: half an hour at a usual pace; more is damage, or a whole evening
SINGLE = 0.85  # of a melody's time one note sounds alone, at least
REGISTER = (50, 84)  # MIDI pitch where the median of a melody may lie
GRID = 12  # places in a beat that a melody's notes begin and end at: sixteenths and triplets
STEADY = 0.3  # length of the mean vector of the notes' places in the beat: 0 at random, 1 on a grid


@dataclass
class Part:
    """The notes of a channel in a track, times in beats."""

    name: str
    channel: int
    program: int = 0
    notes: list[Sounding] = field(default_factory=list)

    @property
    def is_pitched(self) -> bool:
        """Whether it is no drum kit."""
        return self.channel != DRUMS


def read_midi(data: bytes, name: str) -> Sheet:
    """The sheet in the bytes of a standard MIDI file; name is for messages.

    Raises CorpusError for what is no MIDI file, has no melody, nothing to take chords from, an odd or changing metre,
    or notes that do not keep to its beats; MissingExtraError without mido.
    """
    file = _parsed(data, name)
    beat, beats_per_bar = _metre(file, name)
    parts, lyrics = _parts(file, float(file.ticks_per_beat * beat))
    pitched = [part for part in parts if part.is_pitched and part.notes]
    melody = find_melody(pitched, lyrics)
    if melody is None:
        raise CorpusError(f"{name} has no melody that can be told: name its track Melody or Vocal.")
    others = [note for part in pitched if part is not melody for note in part.notes]
    if not others:
        raise CorpusError(f"{name} has nothing but a melody: chords are taken from an accompaniment.")
    if steadiness([note.start for note in (*melody.notes, *others)]) < STEADY:
        raise CorpusError(f"{name} does not keep to its own beats: quantise it, or record it to a click.")
    if (end := max(note.end for note in (*melody.notes, *others))) > LONGEST:
        raise CorpusError(f"{name} lasts {end:.0f} beats: cut it to one song of up to {LONGEST}.")
    return accompanied_sheet(_line(melody.notes, lyrics), others, beats_per_bar)


def find_melody(parts: Sequence[Part], lyrics: dict[float, str]) -> Part | None:
    """The part that is sung: by its name, by the words that go with its notes, or as the single line on top."""
    singable = [part for part in parts if _is_singable(part)]
    named = [part for part in singable if SUNG.search(part.name) and not UNSUNG.search(part.name)]
    if named:
        return max(named, key=lambda part: len(part.notes))
    if lyrics and singable:
        best = max(singable, key=lambda part: _worded(part, lyrics))
        if _worded(best, lyrics) > 0.6:
            return best
    lines = [part for part in singable if part.program not in BASSES and not UNSUNG.search(part.name)]
    return max(lines, key=_prominence, default=None) if len(parts) > 1 else None


def steadiness(beats: Sequence[float]) -> float:
    """How well onsets (beats) keep to sixteenths or to triplets, 0 (at random) to 1."""
    places = np.asarray(beats)
    return max(float(abs(np.exp(2j * np.pi * grid * places).mean())) for grid in (4, 3))


def _parsed(data: bytes, name: str) -> MidiFile:
    try:
        import mido
    except ImportError as error:
        raise MissingExtraError("mido", "corpus") from error
    if len(data) > LARGEST:
        raise CorpusError(f"{name} has {len(data) >> 20} MB: a MIDI file of a song has less than {LARGEST >> 20}.")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except Exception as error:  # mido has errors of its own that share no class with each other
        raise CorpusError(f"{name} is no MIDI file that can be read ({error or type(error).__name__}).") from error
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 1 << 15 or file.type == 2:
        raise CorpusError(f"{name} has no beats or no common time: export it as MIDI of type 0 or 1, in ticks a beat.")
    return file


def _metre(file: MidiFile, name: str) -> tuple[Fraction, int]:
    """The beat (quarter notes) and the beats of a bar."""
    signatures = {
        (str(message.numerator), str(message.denominator))
        for track in file.tracks
        for message in track
        if message.type == "time_signature"
    } or {("4", "4")}
    if len(signatures) > 1 or not signatures <= METRES.keys():
        found = ", ".join(sorted("/".join(signature) for signature in signatures))
        raise CorpusError(f"{name} is in {found}: use one of {', '.join('/'.join(m) for m in METRES)} throughout.")
    return METRES[signatures.pop()]


def _parts(file: MidiFile, ticks: float) -> tuple[list[Part], dict[float, str]]:
    """All parts, and the lyrics by their time; ticks a beat."""
    parts: dict[tuple[int, int], Part] = {}
    lyrics: dict[float, str] = {}
    for number, track in enumerate(file.tracks):
        now, programs = 0, defaultdict[int, int](int)
        open_notes: dict[tuple[int, int], int] = {}
        for message in track:
            now += message.time
            if message.type == "lyrics":
                lyrics[now / ticks] = message.text
            elif message.type == "program_change":
                programs[message.channel] = message.program
            elif message.type in ("note_on", "note_off"):
                key = (message.channel, message.note)
                part = parts.setdefault((number, message.channel), Part(track.name, message.channel))
                if (start := open_notes.pop(key, None)) is not None and now > start:
                    part.notes.append(Sounding(start / ticks, now / ticks, message.note))
                if message.type == "note_on" and message.velocity > 0:
                    part.program = programs[message.channel]
                    open_notes[key] = now
    for part in parts.values():
        part.notes.sort(key=lambda note: (note.start, note.pitch))
    return list(parts.values()), lyrics


def _is_singable(part: Part) -> bool:
    """Enough notes, one at a time, in the register of voices."""
    if len(part.notes) < FEWEST or not REGISTER[0] <= np.median([note.pitch for note in part.notes]) <= REGISTER[1]:
        return False
    total = sum(note.end - note.start for note in part.notes)
    shared = sum(max(0.0, a.end - b.start) for a, b in zip(part.notes, part.notes[1:], strict=False))
    return 1 - shared / total >= SINGLE


def _worded(part: Part, lyrics: dict[float, str]) -> float:
    """Share of the words that begin with a note of the part."""
    starts = {round(note.start * GRID) for note in part.notes}
    return sum(round(time * GRID) in starts for time in lyrics) / max(len(lyrics), 1)


def _prominence(part: Part) -> float:
    """How much a line sounds like the tune: it has many notes, and lies high."""
    height = float(np.median([note.pitch for note in part.notes])) / 24
    return float(np.log2(len(part.notes))) + height


def _line(melody: Sequence[Sounding], lyrics: dict[float, str]) -> list[SheetNote]:
    """One note at a time on the grid, of simultaneous ones the highest, each ended by the next."""
    words = {round(time * GRID): text for time, text in lyrics.items()}
    tops = {round(note.start * GRID): note for note in melody}  # sorted: the highest comes last
    starts = sorted(tops)
    line = []
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        end = max(start + 1, round(tops[start].end * GRID))
        end = end if after is None else min(end, after)
        word = words.get(start, "").strip(" -/\\\r\n")
        line.append(SheetNote(Fraction(start, GRID), Fraction(end, GRID), tops[start].pitch, word))
    return line
