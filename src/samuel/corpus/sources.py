"""What the songs of a corpus come from: our composer, collections of scores, the user's MIDI files; and how much each.

Shares are drawn one after another, and what no source takes is composed. Without the composer the same proportions fill
the whole corpus. A source that is not given draws nothing, so that adding one to the code changes no corpus without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from samuel.corpus.composer import compose
from samuel.corpus.errors import CorpusError
from samuel.corpus.hymns import draw_hymn
from samuel.corpus.lead_sheets import draw_lead_sheet
from samuel.corpus.lieder import draw_lied
from samuel.corpus.midi_folder import draw_midi_song
from samuel.corpus.song import Song

if TYPE_CHECKING:
    from samuel.corpus.build import CorpusSettings

COMPOSED, MIDI = "composed", "midi"
COLLECTIONS = ("openewld", "lieder", "openhymnal")  # as samuel corpus fetch names them
SOURCES = (COMPOSED, *COLLECTIONS, MIDI)
SHARES = {"midi": 0.5, "lieder": 0.2, "openhymnal": 0.2, "openewld": 0.2}  # each of what those before it leave
ARCHIVES = (".tar.xz", ".tar.gz", ".tar")
SCORES = Path("scores")  # where samuel corpus fetch puts collections

Draw = Callable[[Path, bool, np.random.Generator], Song]
_DRAWS: dict[str, Draw] = {"lieder": draw_lied, "openhymnal": draw_hymn, "openewld": draw_lead_sheet}


def choose_sources(
    names: Sequence[str] | None, given: Mapping[str, Path | None], scores: Path = SCORES
) -> dict[str, Path | None]:
    """The path of each source that a corpus is made of, None for the composer.

    names: SOURCES, or None for the composer and all that is given. given: paths of the sources that have one. A named
    collection without a path is looked for in the folder scores. Raises CorpusError for one that is not there, and for
    a path whose source is not named.
    """
    paths = {name: path for name, path in given.items() if path is not None}
    chosen = [COMPOSED, *paths] if names is None else list(dict.fromkeys(names))
    for name in chosen:
        if name not in SOURCES:
            raise CorpusError(f"there is no source {name!r}: name some of {', '.join(SOURCES)}.")
    if not chosen:
        raise CorpusError(f"a corpus needs a source: name some of {', '.join(SOURCES)}.")
    if unnamed := sorted(paths.keys() - set(chosen)):
        raise CorpusError(f"a path is given for {unnamed[0]}, which is not among the sources: name it too, or neither.")
    return {name: None if name == COMPOSED else paths.get(name) or find_collection(name, scores) for name in chosen}


def find_collection(name: str, scores: Path = SCORES) -> Path:
    """Folder or archive of a collection below the folder scores. Raises CorpusError with how to get it."""
    if name == MIDI:
        raise CorpusError("the source midi is a folder of your own: name it with --midi DIR.")
    places = [scores / name, *(scores / f"{name}{suffix}" for suffix in ARCHIVES)]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise CorpusError(f"{scores} holds no {name}: fetch it with samuel corpus fetch {name} --out {scores}.")
    return found


def paths_of(settings: CorpusSettings) -> dict[str, Path]:
    """The sources that have a path, in the order in which they are drawn."""
    paths = {
        "midi": settings.midi,
        "lieder": settings.lieder,
        "openhymnal": settings.openhymnal,
        "openewld": settings.lead_sheets,
    }
    return {name: path for name, path in paths.items() if path is not None}


def draw_song_of(settings: CorpusSettings, held_out: bool, rng: np.random.Generator) -> Song:
    """A composed song, or a score in a key and tempo of its own; held_out ones are never trained on."""
    for name, path, share in _shared(paths_of(settings), settings.composed):
        if rng.random() >= share:
            continue
        if name != MIDI:
            return _DRAWS[name](path, held_out, rng)
        song = draw_midi_song(path, settings.midi_licence, held_out, rng)
        if song is not None:
            return song
    if not settings.composed:
        split = "validation" if held_out else "training"
        raise CorpusError(
            f"{settings.midi} holds no usable file for {split}: add a source, or build the other --split alone."
        )
    return compose(int(rng.integers(2**31)))


def examine_sources(settings: CorpusSettings, splits: Iterable[bool]) -> None:
    """Raise CorpusError for a source without a usable score for one of the splits (held out or not).

    MIDI files may be too few for that where another source stands in for them.
    """
    paths = paths_of(settings)
    for held_out in splits:
        for name, path in paths.items():
            if name != MIDI:
                _DRAWS[name](path, held_out, np.random.default_rng(0))
        if paths.keys() == {MIDI} and not settings.composed:
            draw_song_of(settings, held_out, np.random.default_rng(0))


def _shared(paths: Mapping[str, Path], composed: bool) -> list[tuple[str, Path, float]]:
    """Sources with the share that each takes of what those before it leave; without the composer the last takes all."""
    left, whole = 1.0, []
    for name in paths:
        whole.append(left * SHARES[name])
        left -= whole[-1]
    shares = []
    for index, (name, path) in enumerate(paths.items()):
        shares.append((name, path, SHARES[name] if composed else whole[index] / sum(whole[index:])))
    return shares
