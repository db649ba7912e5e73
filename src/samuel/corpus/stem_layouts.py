"""Real songs as they lie on disk: which of their files are the singer and which the band.

Known layouts: a folder of stems per song (MUSDB18-HQ is one), MUSDB18's .stem.mp4 (Rafii et al. 2017: mixture, drums,
bass, other, vocals, in this order) and MoisesDB (Pereira et al., ISMIR 2023: folders of stems, told by data.json).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from samuel.corpus.errors import CorpusError

Layout = Literal["stems", "musdb18", "moisesdb", "song"]
Role = Literal["vocal", "other singers", "accompaniment", "mixture", "instrument"]

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aif", ".aiff")
MUSDB18_SUFFIX = ".stem.mp4"
MUSDB18_BAND, MUSDB18_VOCAL = (1, 2, 3), 4  # audio tracks; 0 is the mixture
MUSDB18_HQ = {"mixture", "drums", "bass", "other", "vocals"}

# parts of file names, in lower case; the first role that fits is taken
NAMES: dict[Role, tuple[str, ...]] = {
    "accompaniment": ("no_vocal", "no vocal", "novocal", "no-vocal", "instrumental", "accomp", "karaoke",
                      "backing track", "backing_track", "minus one"),
    "mixture": ("mixture", "fullmix", "full mix", "full_mix", "master"),
    "other singers": ("backing v", "backing_v", "backingv", "background v", "background_v", "bgv", "choir", "harmony v",
                      "harmony_v"),
    "vocal": ("vocal", "vox", "voice", "singer", "singing", "capella"),
}  # fmt: skip
LICENCES = {
    "musdb18": "MUSDB18: most songs for education alone (see its page)",
    "musdb18-hq": "MUSDB18-HQ: most songs for education alone (see its page)",
    "moisesdb": "CC BY-NC-SA 4.0",
}


@dataclass(frozen=True)
class FoundSong:
    """A song that waits to be sorted: its name below the folder of the import, its path, and how it lies there."""

    name: str
    path: Path
    layout: Layout


@dataclass(frozen=True)
class Stem:
    """An audio file, and the number of its track where it holds several."""

    path: Path
    track: int = 0


@dataclass(frozen=True)
class SortedStems:
    """The stems of the one singer and of the band; `collection` is the known collection, if it is one.

    Where `ends_differ` a stem may stop before the song does: what it lacks is silence.
    """

    vocal: tuple[Stem, ...]
    band: tuple[Stem, ...]
    collection: str | None = None
    ends_differ: bool = False


def find_songs(source: Path, whole: bool = False) -> list[FoundSong]:
    """The songs below a folder, by name: where `whole`, each audio file is one; else each folder of stems.

    Raises CorpusError where source is no folder or holds no song.
    """
    if not source.is_dir():
        raise CorpusError(f"{source} is no folder: name one that holds recordings.")
    songs = list(_whole_songs(source) if whole else _stem_songs(source))
    if not songs:
        raise CorpusError(f"{source} holds 0 songs: name a folder of stems, MUSDB18 or MoisesDB.")
    return songs


def sort_stems(song: FoundSong, vocal_stems: tuple[str, ...] = ()) -> SortedStems:
    """Which files are singer and band; `vocal_stems` names the vocal files (without suffix) of a folder of stems.

    Raises CorpusError where names do not tell, or something is missing.
    """
    if song.layout == "musdb18":
        band = tuple(Stem(song.path, track) for track in MUSDB18_BAND)
        return SortedStems((Stem(song.path, MUSDB18_VOCAL),), band, "musdb18")
    if song.layout == "moisesdb":
        return _sort_moisesdb(song.path)
    return _sort_by_name(song.path, _audio_files(song.path), {name.casefold() for name in vocal_stems})


def role_of(name: str) -> Role:
    """What a stem is by its file name, without suffix."""
    lower = name.casefold()
    return next((role for role, parts in NAMES.items() if any(part in lower for part in parts)), "instrument")


def _whole_songs(source: Path) -> Iterator[FoundSong]:
    for path in sorted(source.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            yield FoundSong(path.relative_to(source).with_suffix("").as_posix(), path, "song")


def _stem_songs(source: Path) -> Iterator[FoundSong]:
    for folder, folders, files in os.walk(source):
        folders.sort()
        path = Path(folder)
        name = path.relative_to(source).as_posix() if path != source else source.resolve().name
        if "data.json" in files and _stems_told(path) is not None:
            folders.clear()  # what is below are its stems
            yield FoundSong(name, path, "moisesdb")
            continue
        for file in sorted(file for file in files if file.endswith(MUSDB18_SUFFIX)):
            whole = (path / file).relative_to(source).as_posix()
            yield FoundSong(whole.removesuffix(MUSDB18_SUFFIX), path / file, "musdb18")
        if _audio_files(path):
            yield FoundSong(name, path, "stems")


def _audio_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _sort_by_name(folder: Path, files: list[Path], named: set[str]) -> SortedStems:
    roles = {path: "vocal" if path.stem.casefold() in named else role_of(path.stem) for path in files}
    vocal = [path for path in files if (path.stem.casefold() in named if named else roles[path] == "vocal")]
    if not vocal or (len(vocal) > 1 and not named):
        several = "which of them is the singer" if vocal else "none of which is named as a vocal"
        raise CorpusError(
            f"{folder} holds {', '.join(path.name for path in files)}, {several}: say so with --vocal-stem NAME, or use"
            " --separate if these are whole songs."
        )
    band = [path for path in files if roles[path] == "accompaniment" and path not in vocal]
    if len(band) > 1:
        raise CorpusError(
            f"{folder} holds {len(band)} whole accompaniments ({band[0].name}, {band[1].name}): keep one."
        )
    band = band or [path for path in files if roles[path] == "instrument"]
    if not band:
        raise CorpusError(f"{folder} holds a vocal ({vocal[0].name}) but no band: add its stems or an accompaniment.")
    is_musdb = {path.stem for path in files} == MUSDB18_HQ
    return SortedStems(tuple(map(Stem, vocal)), tuple(map(Stem, band)), "musdb18-hq" if is_musdb else None)


def _stems_told(folder: Path) -> list[dict[str, Any]] | None:
    """The list of stems of MoisesDB's data.json; None where it is another file of that name."""
    try:
        told = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    stems = told.get("stems") if isinstance(told, dict) else None
    return stems if isinstance(stems, list) else None


def _sort_moisesdb(folder: Path) -> SortedStems:
    """Lead singers against everything but the voices and the click."""
    singers: list[Stem] = []
    band: list[Stem] = []
    try:
        for stem in _stems_told(folder) or []:
            for track in stem["tracks"]:
                file = Stem(folder / stem["stemName"] / f"{track['id']}.{track['extension']}")
                if stem["stemName"] != "vocals":
                    band += [file] * (track["trackType"] != "click track")
                elif track["trackType"].startswith("lead"):
                    singers.append(file)
    except (KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{folder}/data.json lacks {error}: unpack MoisesDB again.") from error
    if not singers or not band:
        raise CorpusError(f"{folder} has {len(singers)} lead singers and {len(band)} instruments: both are needed.")
    return SortedStems(tuple(singers), tuple(band), "moisesdb", ends_differ=True)
