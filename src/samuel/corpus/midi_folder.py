"""A folder of the user's own MIDI files as a source of songs."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from samuel.corpus.drawing import draw_usable, is_held_out, remembered
from samuel.corpus.errors import CorpusError
from samuel.corpus.lead_sheets import song_of
from samuel.corpus.midi import read_midi
from samuel.corpus.musicxml import Sheet
from samuel.corpus.song import Song
from samuel.corpus.workers import mapped

Progress = Callable[[int, int], None]

SUFFIXES = (".mid", ".midi", ".kar")


@cache
def midi_files(folder: Path) -> tuple[Path, ...]:
    """The MIDI files below a folder, by name. Raises CorpusError where there is none."""
    files = tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()))
    if not files:
        raise CorpusError(f"{folder} holds no MIDI file: name a folder with files that end in {', '.join(SUFFIXES)}.")
    return files


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents: what a corpus that was drawn from the folder hangs on."""
    whole = hashlib.sha256()
    for path in midi_files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{content}  {_place(path, folder)}\n".encode())
    return whole.hexdigest()


def examine_midi(folder: Path, workers: int = 1) -> list[tuple[str, str]]:
    """The files that cannot be used, each with the reason. Raises CorpusError where none can."""
    files = midi_files(folder)
    reasons = mapped(_reason, [(path, folder) for path in files], workers, ordered=True)
    left_out = [(_place(path, folder), why) for path, why in zip(files, reasons, strict=True) if why]
    if len(left_out) == len(files):
        raise CorpusError(f"none of {len(files)} MIDI files in {folder} can be used; {left_out[0][1]}")
    return left_out


def draw_midi_song(folder: Path, licence: str, held_out: bool, rng: np.random.Generator) -> Song | None:
    """A file of the folder as a song in a random key and tempo; None where this split has no usable file."""
    chosen = [path for path in midi_files(folder) if is_held_out(_place(path, folder)) == held_out]
    return draw_usable(chosen, lambda path: _song(path, folder, licence, rng), rng)


def _song(path: Path, folder: Path, licence: str, rng: np.random.Generator) -> Song:
    place = _place(path, folder)
    slug = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40]
    identifier = f"midi-{slug}-{zlib.crc32(place.encode()):08x}"
    return song_of(_remembered(folder, place), identifier, rng, source="midi", licence=licence)


def _place(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


@remembered
def _remembered(folder: Path, place: str) -> Sheet:
    path = folder / place
    try:
        return read_midi(path.read_bytes(), path.name)
    except OSError as error:
        raise CorpusError(str(error)) from error


def _reason(job: tuple[Path, Path]) -> str:
    """Why a file (path, folder) cannot be used; empty where it can."""
    path, folder = job
    try:
        song_of(_remembered(folder, _place(path, folder)), path.name, np.random.default_rng(0))
    except CorpusError as error:
        return str(error)
    return ""


def describe(left_out: Sequence[tuple[str, str]], shown: int = 10) -> list[str]:
    """Lines for a screen."""
    lines = [f"left out {name}: {reason}" for name, reason in left_out[:shown]]
    return lines + ([f"left out {len(left_out) - shown} more"] if len(left_out) > shown else [])
