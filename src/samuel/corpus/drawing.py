"""Songs drawn from a collection of scores of which some cannot be used, and of which some are for validation alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from samuel.corpus.errors import CorpusError
from samuel.corpus.musicxml import Sheet
from samuel.corpus.song import Song

Name = TypeVar("Name")

HELD_OUT_EVERY = 10  # every tenth score, drawn by its name, is for validation alone
REMEMBERED = 2048  # sheets


def is_held_out(name: str) -> bool:
    """Whether the score of this name is for validation alone."""
    return zlib.crc32(name.encode()) % HELD_OUT_EVERY == 0


def draw_usable(names: Sequence[Name], song: Callable[[Name], Song], rng: np.random.Generator) -> Song | None:
    """The song of the first name, in a random order, for which song raises no CorpusError; None without any."""
    for index in rng.permutation(len(names)):
        with suppress(CorpusError):  # a changing metre, a melody too wide for a singer: take another
            return song(names[index])
    return None


def remembered(read: Callable[[Path, str], Sheet]) -> Callable[[Path, str], Sheet]:
    """A reader of (collection, name) that reads a score once, and remembers too what was wrong with it."""

    @lru_cache(maxsize=REMEMBERED)
    def outcome(source: Path, name: str) -> Sheet | CorpusError:
        try:
            return read(source, name)
        except CorpusError as error:
            return error

    def sheet(source: Path, name: str) -> Sheet:
        found = outcome(source, name)
        if isinstance(found, CorpusError):
            raise CorpusError(str(found))
        return found

    return sheet
