"""Real recordings into the corpus: pairs like the synthetic ones, except that nobody knows their chords and beats.

A song is cut into clips, its pairs are made in a hidden folder and renamed when whole, and a record of the song is
written last: a killed import begins again at the song it was at, and one bad file costs no more than its song.
"""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from samuel.audio import Waveform, read_audio, write_audio
from samuel.config import HOP, SAMPLE_RATE, require_range
from samuel.corpus.build import REAL, VALIDATION_EVERY, write_rows
from samuel.corpus.errors import CorpusError
from samuel.corpus.excerpt import CLIP_SECONDS
from samuel.corpus.public_domain import UNSTATED
from samuel.corpus.real_audio import LONGEST, Clip, cut_clip, find_clips, read_song
from samuel.corpus.separation import load_separator, separate
from samuel.corpus.song import Song
from samuel.corpus.stem_layouts import LICENCES, FoundSong, find_songs, sort_stems
from samuel.corpus.workers import mapped
from samuel.errors import MissingExtraError, SamuelError

Progress = Callable[[int, int], None]  # songs done, songs in all
Split = Literal["train", "valid"]

_VALID_FOLDERS = {"test", "valid", "validation"}


@dataclass(frozen=True)
class ImportSettings:
    """How to import. licence and source: None for what the layout tells. separator: a Demucs model, None for stems."""

    licence: str | None = None
    source: str | None = None
    min_sung: float = 0.5
    vocal_stems: tuple[str, ...] = ()
    separator: str | None = None
    separator_folder: Path | None = None

    def __post_init__(self) -> None:
        require_range("min_sung", self.min_sung, 0, 1)

    @property
    def record(self) -> dict[str, Any]:
        """What decides the bytes of a pair, for the record of its song."""
        noted = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "separator_folder"}
        return {**noted, "vocal_stems": list(self.vocal_stems)}


@dataclass(frozen=True)
class LeftOut:
    """A song that gave no pair, and why."""

    song: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """Pairs made now, pairs in all from these songs, songs found, and those that were left out."""

    made: int
    pairs: int
    songs: int
    left_out: tuple[LeftOut, ...]


def import_corpus(
    source: Path, out: Path, settings: ImportSettings, workers: int = 1, progress: Progress | None = None
) -> ImportReport:
    """Import the songs below source that are not in out yet, and write the manifest of all that out holds.

    Raises CorpusError where source holds no song, all were left out, or out holds one under other settings.
    """
    songs = find_songs(source, whole=settings.separator is not None)
    for name in ("pairs", "imports"):
        (out / name).mkdir(parents=True, exist_ok=True)
    if settings.separator:
        load_separator(settings.separator, settings.separator_folder)  # what all songs lack is told before the first
    done = {song.name: pairs for song in songs if (pairs := _recorded(out, song, source, settings)) is not None}
    jobs = [(song, source, out, settings) for song in songs if song.name not in done]
    before, left_out = sum(map(len, done.values())), []
    made = 0
    for finished, result in enumerate(mapped(_import_or_leave, jobs, workers), start=1):
        if isinstance(result, LeftOut):
            left_out.append(result)
        else:
            made += result
        if progress:
            progress(len(done) + finished, len(songs))
    if made + before == 0:
        raise CorpusError(f"none of {len(songs)} songs could be imported; {left_out[0].song}: {left_out[0].reason}")
    write_rows(out, sorted(folder.name for folder in (out / "pairs").iterdir() if not folder.name.startswith(".")))
    return ImportReport(made, made + before, len(songs), tuple(left_out))


def identify(song: FoundSong, source: Path) -> str:
    """A stable identifier: readable, and unique by a checksum of the song's name and the imported folder's."""
    slug = re.sub("[^a-z0-9]+", "-", Path(song.name).name.lower()).strip("-")[:40]
    return f"{REAL}{slug}-{zlib.crc32(f'{source.resolve().name}/{song.name}'.encode()):08x}"


def split_of(song: FoundSong, identifier: str) -> Split:
    """By the collection's own folders (train, test) where it has them, else every twentieth song is for validation."""
    folders = {part.casefold() for part in Path(song.name).parts[:-1]}
    if "train" in folders or folders & _VALID_FOLDERS:
        return "train" if "train" in folders else "valid"
    return "valid" if zlib.crc32(identifier.encode()) % VALIDATION_EVERY == 0 else "train"


def _recorded(out: Path, song: FoundSong, source: Path, settings: ImportSettings) -> list[str] | None:
    """Names of a song's pairs; None where it is not imported. Raises CorpusError for other settings."""
    path = out / "imports" / f"{identify(song, source)}.json"
    if not path.is_file():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["settings"] != settings.record:
        raise CorpusError(f"{out} holds {song.name} imported with {record['settings']}: choose another folder.")
    pairs: list[str] = record["pairs"]
    return pairs


def _import_or_leave(job: tuple[FoundSong, Path, Path, ImportSettings]) -> int | LeftOut:
    song, source, out, settings = job
    try:
        return import_song(song, source, out, settings)
    except MissingExtraError:
        raise
    except SamuelError as error:
        return LeftOut(song.name, str(error))


def import_song(song: FoundSong, source: Path, out: Path, settings: ImportSettings) -> int:
    """Write the pairs of one song and its record; returns how many. Raises a SamuelError for a song that gives none."""
    vocal, band, collection = _voices(song, settings)
    identifier = identify(song, source)
    facts = {
        "identifier": identifier,
        "recording": song.name,
        "source": settings.source or collection or source.resolve().name,
        "licence": settings.licence or LICENCES.get(collection or "", UNSTATED),
        "split": split_of(song, identifier),
        "separated_by": settings.separator,
    }
    hidden = out / "pairs" / f".{identifier}"
    shutil.rmtree(hidden, ignore_errors=True)
    names = []
    try:
        for number, clip in enumerate(find_clips(vocal, settings.min_sung)):
            names.append(f"{identifier}-{number:02d}")
            _write_pair(hidden / names[-1], cut_clip(vocal, band, clip), clip, facts)
        for name in names:
            shutil.rmtree(out / "pairs" / name, ignore_errors=True)  # from an import that was killed before its record
            (hidden / name).rename(out / "pairs" / name)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    _write_json(out / "imports" / f"{identifier}.json", {"settings": settings.record, "pairs": names})
    return len(names)


def _voices(song: FoundSong, settings: ImportSettings) -> tuple[Waveform, Waveform, str | None]:
    """Singer (1, n) and band (2, n) at 44.1 kHz, and the known collection that the song belongs to."""
    if settings.separator:
        model = load_separator(settings.separator, settings.separator_folder)
        vocal, band = separate(read_audio(song.path, LONGEST), model)
        return vocal.resample(SAMPLE_RATE), band.resample(SAMPLE_RATE), None
    stems = sort_stems(song, settings.vocal_stems)
    return *read_song(stems), stems.collection


def _write_pair(folder: Path, voices: tuple[Waveform, Waveform], clip: Clip, facts: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    for name, waveform in zip(("vocal", "accompaniment"), voices, strict=True):
        write_audio(folder / f"{name}.flac", waveform)
    unknown = dict.fromkeys([*Song.__dataclass_fields__, "style", "voice", "soundfont"])
    known = {"duration": CLIP_SECONDS, "cut_from": clip.start * HOP / SAMPLE_RATE, "sung": round(clip.sung, 4)}
    _write_json(folder / "truth.json", {**unknown, **facts, **known})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)
