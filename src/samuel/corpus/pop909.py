"""POP909 read into lead sheets: 909 Chinese pop songs with melody, beats, chords and key. For evaluation only.

Source: Wang et al., "POP909: A Pop-song Dataset for Music Arrangement Generation", ISMIR 2020. The transcriptions are
MIT; the compositions are commercial, so nothing that is shipped may be trained on them.

One folder per song, named by its number: NNN.mid (tracks MELODY, BRIDGE, PIANO), beat_midi.txt (time, strong beat,
downbeat), chord_midi.txt (start, end, label) and key_audio.txt (start, end, key). All times are seconds. The
strong-beat column alternates in twos; only the third column marks the bar.
"""

from __future__ import annotations

import itertools
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from samuel.corpus.errors import CorpusError
from samuel.corpus.harte import parse_chord, pitch_class
from samuel.corpus.song import Chord, Section, Song, SungNote
from samuel.corpus.syllables import draw_syllables
from samuel.errors import MissingExtraError

SOURCE = "pop909"
LICENCE = "MIT transcription of a commercial song: evaluation only"
SHORTEST_NOTE = 0.06  # s; what overlap leaves shorter than this cannot be sung

Row = tuple[float, float, str]


def read_pop909(path: Path | str, limit: int | None = None) -> list[Song]:
    """The songs below a folder or inside a .tar archive, in the order of their numbers; the first `limit` where given.

    Raises CorpusError where the path is missing or holds no song, and MissingExtraError without pretty_midi.
    """
    with _unpacked(Path(path)) as folder:
        songs = [read_song(file.parent) for file in sorted(folder.rglob("beat_midi.txt"))[:limit]]
    if not songs:
        raise CorpusError(f"{path} holds no POP909 song: name the folder that holds 001, 002 and so on.")
    return songs


def read_song(folder: Path) -> Song:
    """One song, cut to the span of its chords: the count-in and the tail without harmony go, and time starts at 0."""
    beats, downbeats = _read_beats(folder / "beat_midi.txt")
    chords = read_chords(_rows(folder / "chord_midi.txt"))
    start, end = chords[0].start, chords[-1].end
    tonic, mode = _main_key(_rows(folder / "key_audio.txt"))
    melody = _shifted_melody(_melody(folder / f"{folder.name}.mid"), start, end)
    kept = _span(beats, start, end)
    bars = _span(downbeats, start, end)
    return Song(
        identifier=f"{SOURCE}-{folder.name}",
        source=SOURCE,
        licence=LICENCE,
        tonic=tonic,
        mode=mode,
        beats_per_bar=beats_per_bar(beats, downbeats),
        tempo=float(60 / np.median(np.diff(kept))),
        swing=0.5,
        beats=tuple(kept),
        downbeats=tuple(bars),
        chords=tuple(Chord(c.start - start, c.end - start, c.root, c.quality, c.bass) for c in chords),
        melody=melody,
        sections=_sections(melody, end - start),
        duration=end - start,
    )


def read_chords(rows: list[Row]) -> list[Chord]:
    """Contiguous chords. 'No chord' at either end is left out; between chords, the chord before it holds on."""
    chords: list[Chord] = []
    for start, end, label in rows:
        parsed = parse_chord(label)
        if parsed is not None:
            chords.append(Chord(start, end, *parsed))
    if not chords:
        raise CorpusError("A POP909 chord file holds no chord: check that chord_midi.txt is complete.")
    ends = [after.start for after in chords[1:]] + [chords[-1].end]
    return [Chord(c.start, end, c.root, c.quality, c.bass) for c, end in zip(chords, ends, strict=True)]


def beats_per_bar(beats: np.ndarray, downbeats: np.ndarray) -> int:
    """The commonest count of beats from one downbeat to the next; 4 where fewer than two downbeats are marked."""
    if len(downbeats) < 2:
        return 4
    counts = np.diff(np.searchsorted(beats, downbeats - 1e-6))
    return int(np.bincount(counts).argmax())


def monophonic(notes: list[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """Notes (start, end, pitch) in order, each cut where the next begins; of simultaneous onsets the highest stays."""
    ordered = sorted(notes, key=lambda note: (round(note[0], 3), -note[2]))
    tops = [next(group) for _, group in itertools.groupby(ordered, key=lambda note: round(note[0], 3))]
    nexts = [note[0] for note in tops[1:]] + [float("inf")]
    cut = [(start, min(end, after), pitch) for (start, end, pitch), after in zip(tops, nexts, strict=True)]
    return [note for note in cut if note[1] - note[0] >= SHORTEST_NOTE]


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The folder itself, or a temporary one with the archive's files."""
    if path.is_dir():
        yield path
        return
    if not path.is_file() or not tarfile.is_tarfile(path):
        raise CorpusError(f"{path} is neither a folder nor a tar archive: name POP909's folder or its archive.")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
        archive.extractall(folder)
        yield Path(folder)


def _rows(path: Path) -> list[Row]:
    """Start, end and label of each line."""
    fields = (line.split() for line in path.read_text().splitlines() if line.strip())
    return [(float(start), float(end), label) for start, end, label in fields]


def _read_beats(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times of the beats and of the downbeats (s)."""
    table = np.loadtxt(path, ndmin=2)
    return table[:, 0], table[table[:, 2] > 0.5, 0]


def _main_key(rows: list[Row]) -> tuple[int, Literal["major", "minor"]]:
    """Tonic and mode of the key that holds longest."""
    _, _, label = max(rows, key=lambda row: row[1] - row[0])
    name, _, mode = label.partition(":")
    return pitch_class(name), "minor" if mode == "min" else "major"


def _melody(path: Path) -> list[tuple[float, float, int]]:
    """The sung line: start, end (s) and pitch of each note."""
    try:
        import pretty_midi
    except ImportError as error:
        raise MissingExtraError("pretty_midi", "corpus") from error
    tracks = [track for track in pretty_midi.PrettyMIDI(str(path)).instruments if track.name == "MELODY"]
    return monophonic([(float(n.start), float(n.end), int(n.pitch)) for track in tracks for n in track.notes])


def _shifted_melody(notes: list[tuple[float, float, int]], start: float, end: float) -> tuple[SungNote, ...]:
    """The notes that begin within the span, on its own clock, with a syllable each."""
    inside = [note for note in notes if start <= note[0] < end]
    syllables = draw_syllables(len(inside), np.random.default_rng(len(notes)))  # the dataset has no lyrics
    return tuple(
        SungNote(onset - start, min(offset, end) - start, pitch, syllable)
        for (onset, offset, pitch), syllable in zip(inside, syllables, strict=True)
    )


def _span(times: np.ndarray, start: float, end: float) -> list[float]:
    """Times from start up to end, on the span's own clock."""
    return [max(0.0, float(time - start)) for time in times if start - 1e-3 <= time < end - 1e-3]


def _sections(melody: tuple[SungNote, ...], duration: float) -> tuple[Section, ...]:
    """Intro, verse and outro as the voice enters and leaves; POP909's own phrase labels are a separate annotation."""
    sung = (melody[0].start, melody[-1].end) if melody else (0.0, duration)
    spans = ((0.0, sung[0], "intro", 0.4), (*sung, "verse", 0.6), (sung[1], duration, "outro", 0.4))
    return tuple(Section(*span) for span in spans if span[1] > span[0])
