"""Pairs on disk: DIR/manifest.jsonl, and DIR/pairs/<identifier>/ with vocal.flac, accompaniment.flac and truth.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from samuel.audio.files import read_audio
from samuel.audio.waveform import Waveform
from samuel.corpus.song import Song, song_from_dict
from samuel.corpus.workers import mapped
from samuel.errors import ConfigError, MissingExtraError, SamuelError

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pair:
    """One excerpt with its truth; audio is read when asked for. `details` holds style, voice and soundfont."""

    identifier: str
    folder: Path
    song: Song
    details: dict[str, Any]

    @property
    def vocal_file(self) -> Path:
        """The file of the sung line."""
        return self.folder / "vocal.flac"

    @property
    def accompaniment_file(self) -> Path:
        """The file of the real band."""
        return self.folder / "accompaniment.flac"

    def vocal(self) -> Waveform:
        """The sung line."""
        return read_audio(self.vocal_file)

    def accompaniment(self) -> Waveform:
        """The real band."""
        return read_audio(self.accompaniment_file)


@dataclass(frozen=True)
class Skipped:
    """A pair that could not be judged, and why."""

    identifier: str
    reason: str


def read_pairs(corpus: Path | str, split: str | None = None, limit: int | None = None) -> list[Pair]:
    """The pairs of a corpus in the manifest's order; of one split, and the first `limit`, where given.

    Real recordings whose truth is not known are left out: there is nothing to judge them by.
    Raises ConfigError where the manifest is missing, or a row or truth file cannot be read, or nothing remains.
    """
    corpus = Path(corpus)
    manifest = corpus / "manifest.jsonl"
    if not manifest.is_file():
        raise ConfigError(f"{manifest} does not exist: name a folder made by `samuel corpus build`.")
    rows = [_row(line, number, manifest) for number, line in enumerate(_lines(manifest), 1) if line.strip()]
    known = [row for row in rows if row.get("truth", True)]
    chosen = [row for row in known if split is None or row.get("split") == split][:limit]
    if not chosen:
        raise ConfigError(f"{corpus} has no pair of split {split!r}: name a split that its manifest holds.")
    return [read_pair(corpus / "pairs" / row["identifier"]) for row in chosen]


def _lines(manifest: Path) -> list[str]:
    try:
        return manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{manifest} cannot be read ({error}): build the corpus again.") from error


def _row(line: str, number: int, manifest: Path) -> dict[str, Any]:
    """A row of a manifest, which names its pair."""
    try:
        row = json.loads(line)
        str(row["identifier"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{manifest}, line {number} names no pair: mend it, or build the corpus again.") from error
    return cast(dict[str, Any], row)


def read_pair(folder: Path) -> Pair:
    """The pair in a folder; ConfigError where its truth.json is missing or incomplete."""
    try:
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        song = song_from_dict(truth)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder}/truth.json cannot be read ({error}): build the corpus again.") from error
    details = {name: value for name, value in truth.items() if isinstance(value, str)}
    return Pair(folder.name, folder, song, details)


def for_each_pair(
    pairs: Sequence[Pair],
    judge: Callable[[Pair], Result],
    on_step: Callable[[], None] | None = None,
    workers: int = 1,
) -> tuple[list[Result], list[Skipped]]:
    """What judge returns for each pair; a pair that raises a SamuelError is skipped and counted, with the reason.

    MissingExtraError passes: what one pair lacks, all lack. ConfigError where no pair is left. With several workers
    judge is pickled.
    """
    results: list[Result] = []
    skipped: list[Skipped] = []
    for result, reason in mapped(partial(_attempt, judge), pairs, workers, ordered=True):
        if reason is not None:
            skipped.append(reason)
        else:
            results.append(cast(Result, result))
        if on_step is not None:
            on_step()
    if skipped and not results:
        raise ConfigError(f"None of {len(pairs)} pairs could be judged; the first: {skipped[0].reason}")
    return results, skipped


def _attempt(judge: Callable[[Pair], Result], pair: Pair) -> tuple[Result | None, Skipped | None]:
    try:
        return judge(pair), None
    except MissingExtraError:
        raise
    except SamuelError as error:
        return None, Skipped(pair.identifier, str(error))


def require_songs(pairs: Sequence[Pair], count: int = 2) -> None:
    """Raise ConfigError unless the pairs come from at least `count` songs: a shuffle needs another song."""
    songs = {pair.song.identifier for pair in pairs}
    if len(songs) < count:
        raise ConfigError(f"{len(songs)} song is too few to shuffle: give pairs of at least {count} different songs.")
