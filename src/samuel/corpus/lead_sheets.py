"""Lead sheets of OpenEWLD (Simonetta 2018; public domain by its own account) as songs in a random key and tempo."""

from __future__ import annotations

import logging
import re
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np

from samuel.corpus.drawing import draw_usable
from samuel.corpus.errors import CorpusError
from samuel.corpus.harmony import Mode
from samuel.corpus.keys import find_key
from samuel.corpus.musicxml import Sheet, SheetChord, SheetNote, read_sheet
from samuel.corpus.public_domain import is_public_domain
from samuel.corpus.score import Score, ScoreChord, ScoreNote, ScoreSection, draw_tempo_map, lay_out
from samuel.corpus.song import QUALITIES, Song
from samuel.corpus.syllables import NASAL, draw_syllables, syllable_of

LOWEST_CENTRE, HIGHEST_CENTRE = 53, 70  # where the median of the melody comes to lie, as in our own songs
TEMPI = {2: (60, 100), 3: (78, 180), 4: (66, 180)}  # beats per minute, by beats per bar
NOTES_PER_SECOND = (1.1, 2.4)
WIDEST = 24  # semitones; no singer of ours has more than two octaves
SHORTEST, LONGEST = 60.0, 150.0  # s: shorter sheets are sung again, longer ones end early
SWING_PROBABILITY = 0.4
MINOR_QUALITIES = ("min", "min6", "min7", "min9", "minmaj7", "dim", "dim7", "hdim7")

logger = logging.getLogger(__name__)


def read_lead_sheet(path: Path | str, rng: np.random.Generator) -> Song:
    """The song of one .mxl file, in a random key, tempo and register; CorpusError for a file that is no lead sheet."""
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path} is no file: name an .mxl lead sheet.")
    return song_of(read_sheet(path.read_bytes(), path.name), identify(path.as_posix()), rng)


def read_lead_sheets(source: Path | str, seed: int = 0) -> Iterator[Song]:
    """Every usable lead sheet of a folder or a tar archive, by name; unusable ones are logged.

    Each sheet has its own generator, seeded by its name: leaving one out changes no other.
    """
    for name, data in score_files(Path(source)):
        identifier = identify(name)
        try:
            yield song_of(
                read_sheet(data, name), identifier, np.random.default_rng([seed, zlib.crc32(identifier.encode())])
            )
        except CorpusError as error:
            logger.info("left out: %s", error)


def identify(name: str) -> str:
    """A stable identifier from the last two parts of a path: OpenEWLD's are authors/title/title.mxl."""
    path = PurePosixPath(name)
    title = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode().lower()
    authors = unicodedata.normalize("NFC", "/".join(path.parts[-3:-1]))
    return f"openewld-{re.sub('[^a-z0-9]+', '-', title).strip('-')}-{zlib.crc32(authors.encode()):08x}"


def score_files(source: Path, suffix: str = ".mxl") -> Iterator[tuple[str, bytes]]:
    """Path and content of every score of a folder or tar archive. Raises CorpusError for anything else."""
    if source.is_dir():
        for path in sorted(source.rglob(f"*{suffix}")):
            yield path.as_posix(), path.read_bytes()
    elif source.is_file() and tarfile.is_tarfile(source):
        yield from sorted(_members(source, suffix))
    else:
        raise CorpusError(f"{source} is neither a folder nor a tar archive: name one with {suffix} files.")


def _members(source: Path, suffix: str) -> Iterator[tuple[str, bytes]]:
    """In the archive's own order: going back in a compressed archive means unpacking it from the start."""
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(suffix) else None
            if content is not None:
                yield member.name, content.read()


@cache
def usable_sheets(source: Path) -> list[tuple[str, Sheet]]:
    """Identifiers and sheets of what is usable and in the public domain for certain. Raises CorpusError below two."""
    sheets = []
    for name, data in score_files(source):
        with suppress(CorpusError):  # a sheet without chords or melody
            if is_public_domain(name):
                sheets.append((identify(name), read_sheet(data, name)))
    if len(sheets) < 2:
        raise CorpusError(f"{source} holds {len(sheets)} usable public-domain lead sheets: give at least 2, or none.")
    return sheets


def draw_lead_sheet(source: Path, held_out: bool, rng: np.random.Generator) -> Song:
    """A lead sheet in a random key and tempo. Raises CorpusError where none can be sung."""
    chosen = [sheet for i, sheet in enumerate(usable_sheets(source)) if (i % 10 == 0) == held_out]
    song = draw_usable(chosen, lambda sheet: song_of(sheet[1], sheet[0], rng), rng)
    if song is None:
        raise CorpusError(f"{source} holds no melody that a singer could sing: give other lead sheets.")
    return song


def _tempo(sheet: Sheet, rng: np.random.Generator) -> float:
    """A tempo at which the melody moves at a singer's pace."""
    beats_per_note = float(sum(note.end - note.start for note in sheet.notes)) / len(sheet.notes)
    lowest, highest = TEMPI[sheet.beats_per_bar]
    low, high = (float(np.clip(60 * pace * beats_per_note, lowest, highest)) for pace in NOTES_PER_SECOND)
    return float(rng.uniform(min(low, 0.85 * highest), max(high, 1.15 * lowest)))


def _swing(sheet: Sheet, rng: np.random.Generator) -> float:
    """Swing where the sheet writes nothing finer than eighths, so that no triplet or sixteenth is bent."""
    even = all((2 * note.start).denominator == 1 for note in sheet.notes)
    if sheet.beats_per_bar == 2 or not even or rng.random() > SWING_PROBABILITY:
        return 0.5
    return float(rng.uniform(0.56, 0.68))


def _shortened(sheet: Sheet, bars: int) -> Sheet:
    """The first bars of a sheet."""
    length = min(sheet.length, bars * sheet.beats_per_bar)
    notes = tuple(replace(n, end=min(n.end, Fraction(length))) for n in sheet.notes if n.start < length)
    return replace(sheet, length=length, notes=notes, chords=tuple(c for c in sheet.chords if c.start < length))


def _key(sheet: Sheet) -> tuple[int, Mode]:
    histogram = np.zeros(12)
    for note in sheet.notes:
        histogram[note.pitch % 12] += float(note.end - note.start)
    ends = [chord.start for chord in sheet.chords[1:]] + [Fraction(sheet.length)]
    for chord, end in zip(sheet.chords, ends, strict=True):
        for interval in QUALITIES[chord.quality]:
            histogram[(chord.root + interval) % 12] += max(0.0, float(end - chord.start)) / 3
    last = sheet.chords[-1]
    return find_key(histogram, last.root, last.quality in MINOR_QUALITIES)


def _transposition(sheet: Sheet, rng: np.random.Generator) -> int:
    """Semitones to a random key in which the median of the melody lies near a random singer's centre."""
    median = float(np.median([note.pitch for note in sheet.notes]))
    interval = int(rng.integers(12))
    centre = rng.uniform(LOWEST_CENTRE, HIGHEST_CENTRE)
    return interval + 12 * round((centre - median - interval) / 12)


def _words(notes: tuple[SheetNote, ...], rng: np.random.Generator) -> list[str]:
    """The nearest morae of the lyrics; a note without lyrics in a sung sheet holds the vowel, others draw one."""
    drawn = draw_syllables(len(notes), rng)
    has_lyrics = sum(bool(note.lyric) for note in notes) > len(notes) / 2
    words: list[str] = []
    for note, fresh in zip(notes, drawn, strict=True):
        if has_lyrics and not note.lyric and words and words[-1] != NASAL:
            words.append(words[-1][-1])
        else:
            words.append(syllable_of(note.lyric) or fresh)
    return words


def _placed_notes(sheet: Sheet, offset: int, shift: int, rng: np.random.Generator) -> list[ScoreNote]:
    """The melody some beats later and semitones higher; every other long note ends half a beat early, for a breath."""
    placed = []
    for note, word in zip(sheet.notes, _words(sheet.notes, rng), strict=True):
        breath = 0.5 if note.end - note.start >= 2 and rng.random() < 0.5 else 0.0
        placed.append(
            ScoreNote(float(note.start) + offset, float(note.end) + offset - breath, note.pitch + shift, word)
        )
    return placed


def _placed_chords(chords: list[SheetChord], length: int, shift: int) -> tuple[ScoreChord, ...]:
    """Contiguous chords from 0 to length: the first reaches back, the last on; of two at one place the later stays."""
    ordered = {max(chord.start, Fraction(0)): chord for chord in sorted(chords, key=lambda chord: chord.start)}
    starts = [0.0, *(float(start) for start in list(ordered)[1:]), float(length)]
    return tuple(
        ScoreChord(start, end, (c.root + shift) % 12, c.quality, (c.bass + shift) % 12)
        for c, start, end in zip(ordered.values(), starts, starts[1:], strict=False)
    )


def _sections(body: int, starts: list[int], length: int, bar: int) -> tuple[ScoreSection, ...]:
    """Intro, then per repeat a verse and a chorus of half the sheet each and a fill, and an outro."""
    half = body // bar // 2 * bar
    sections = [ScoreSection(0.0, float(starts[0]), "intro", 0.4)]
    for number, start in enumerate(starts):
        end = start + body
        following = starts[number + 1] if number + 1 < len(starts) else length
        lift = 0.1 * min(number, 2)
        parts = [(start, start + half, "verse", 0.5 + lift), (start + half, end, "chorus", 0.7 + lift)]
        parts.append((end, following, "fill" if following < length else "outro", 0.5))
        sections += [ScoreSection(float(a), float(b), name, energy) for a, b, name, energy in parts if b > a]
    return tuple(sections)


def song_of(
    sheet: Sheet,
    identifier: str,
    rng: np.random.Generator,
    source: str = "openewld",
    licence: str = "public domain",
) -> Song:
    """A performance of the sheet: an intro, the sheet once or more with a bar or two between, and a bar to end on."""
    pitches = [note.pitch for note in sheet.notes]
    if max(pitches) - min(pitches) > WIDEST:
        raise CorpusError(
            f"{identifier} spans {max(pitches) - min(pitches)} semitones: use a melody of up to {WIDEST}."
        )
    tempo, bar = _tempo(sheet, rng), sheet.beats_per_bar
    sheet = _shortened(sheet, int(LONGEST * tempo / 60) // bar)
    if not sheet.notes or not sheet.chords:
        raise CorpusError(f"{identifier} begins with {LONGEST:.0f} s of rests: cut them away.")
    tonic, mode = _key(sheet)
    shift = _transposition(sheet, rng)
    repeats = max(1, int(np.ceil(SHORTEST * tempo / 60 / sheet.length)))
    intro, gap = (int(bars) * bar for bars in rng.integers(1, 3, 2))
    starts = [intro + k * (sheet.length + gap) for k in range(repeats)]
    length = starts[-1] + sheet.length + bar
    chords = [replace(chord, start=chord.start + start) for start in starts for chord in sheet.chords]
    score = Score(
        identifier=identifier,
        source=source,
        licence=licence,
        tonic=(tonic + shift) % 12,
        mode=mode,
        beats_per_bar=bar,
        swing=_swing(sheet, rng),
        length=length,
        chords=_placed_chords(chords, length, shift),
        melody=tuple(note for start in starts for note in _placed_notes(sheet, start, shift, rng)),
        sections=_sections(sheet.length, starts, length, bar),
    )
    return lay_out(score, draw_tempo_map(length, tempo, score.swing, rng))
