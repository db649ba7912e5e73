"""POP909 as a set to be judged on: real melodies and chords, played and sung by what training never hears."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from samuel.corpus.build import perform_pair, write_rows
from samuel.corpus.errors import CorpusError
from samuel.corpus.pop909 import read_pop909

Progress = Callable[[int, int], None]


def build_pop909(source: Path, out: Path, pairs: int, seed: int = 0, progress: Progress | None = None) -> int:
    """Play and sing the first `pairs` songs of POP909 (a folder or archive) into out; returns how many are new.

    For evaluation only: the transcriptions are MIT-licensed, the songs are commercial. Every pair is of split "valid".
    """
    songs = read_pop909(source, pairs)
    if len(songs) < pairs:
        raise CorpusError(f"{source} holds {len(songs)} songs of the {pairs} asked for: ask for fewer.")
    folder = out / "pairs"
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*"):
        shutil.rmtree(leftover)
    made = 0
    for number, song in enumerate(songs):
        if not (folder / song.identifier).is_dir():
            rng = np.random.default_rng([seed, number, 909])
            perform_pair(folder, song.identifier, song, "valid", rng)
            made += 1
        if progress:
            progress(number + 1, pairs)
    write_rows(out, [song.identifier for song in songs])
    return made
