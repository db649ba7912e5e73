"""What a corpus consists of: hours, keys, tempi, styles, metres, chords, voices, soundfonts, sung time, loudness."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from samuel.audio import integrated_loudness, read_audio
from samuel.corpus.build import CorpusSettings, draw_song, plan_pair, split_of
from samuel.corpus.errors import CorpusError
from samuel.corpus.song import is_known
from samuel.corpus.workers import mapped

Progress = Callable[[int, int], None]
Truth = dict[str, Any]  # what truth.json of a pair holds

TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
METRES = {2: "6/8", 3: "3/4", 4: "4/4"}  # by beats per bar
UNKNOWN = "unknown"
TEMPO_STEP = 20  # beats per minute of one class


@dataclass(frozen=True)
class Range:
    """Count, mean, and the 5th, 50th and 95th percentiles of some values."""

    count: int
    mean: float
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Range | None:
        """The range of the finite ones of the values; None without any."""
        finite = np.asarray([value for value in values if np.isfinite(value)])
        if not len(finite):
            return None
        low, median, high = (round(float(value), 3) for value in np.percentile(finite, (5, 50, 95)))
        return cls(len(finite), round(float(finite.mean()), 3), low, median, high)


@dataclass(frozen=True)
class CorpusStatistics:
    """Pairs, hours, and for each table its classes with their share of the time (0 to 1), the largest first.

    `chords` counts how long each quality sounds; `ranges` holds tempo (beats per minute), sung share (0 to 1) and, of
    the pairs that were heard, vocal and band loudness (LUFS).
    """

    pairs: int
    songs: int
    hours: float
    tables: dict[str, dict[str, float]] = field(default_factory=dict)
    ranges: dict[str, Range | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON."""
        return asdict(self)


def corpus_statistics(corpus: Path, heard: int = 40, progress: Progress | None = None) -> CorpusStatistics:
    """Of all pairs of a corpus; loudness of `heard` of them, evenly spread. Raises CorpusError without any pair."""
    folders = sorted(path.parent for path in (corpus / "pairs").glob("[!.]*/truth.json"))
    if not folders:
        raise CorpusError(f"{corpus} holds 0 pairs: build some with samuel corpus build.")
    truths = [json.loads((folder / "truth.json").read_text(encoding="utf-8")) for folder in folders]
    chosen = sorted({int(index) for index in np.linspace(0, len(folders) - 1, min(heard, len(folders)))})
    levels = []
    for done, index in enumerate(chosen, start=1):
        levels.append((_loudness(folders[index] / "vocal.flac"), _loudness(folders[index] / "accompaniment.flac")))
        if progress:
            progress(done, len(chosen))
    return summarise(truths, levels)


def imagined_statistics(
    settings: CorpusSettings, workers: int = 1, progress: Progress | None = None
) -> CorpusStatistics:
    """Of the very pairs that samuel corpus build makes of these settings, composed and arranged without a sound."""
    truths = []
    for truth in mapped(_plan, [(settings, number) for number in settings.numbers], workers, ordered=True):
        truths.append(truth)
        if progress:
            progress(len(truths), settings.pairs)
    return summarise(truths)


def summarise(truths: Sequence[Truth], levels: Iterable[tuple[float, float]] = ()) -> CorpusStatistics:
    """Statistics of the truths of pairs, and of their loudness [vocal, band] (LUFS) where measured."""
    weights = [float(truth["duration"]) for truth in truths]
    tables = {name: _shares(zip(map(key, truths), weights, strict=True)) for name, key in TABLES.items()}
    tables["chords"] = _shares(pair for truth in truths for pair in _chords(truth))
    measured = list(levels)
    return CorpusStatistics(
        pairs=len(truths),
        songs=len({truth["identifier"] for truth in truths}),
        hours=round(sum(weights) / 3600, 3),
        tables=tables,
        ranges={
            "tempo": Range.of([truth["tempo"] for truth in truths if is_known(truth)]),
            "sung": Range.of([sung_share(truth) for truth in truths]),
            "vocal loudness": Range.of([vocal for vocal, _ in measured]),
            "band loudness": Range.of([band for _, band in measured]),
        },
    )


def sung_share(truth: Truth) -> float:
    """Share of a pair's time in which the melody sounds; what was measured, for a real recording."""
    if not is_known(truth):
        return float(truth["sung"])
    return float(sum(note["end"] - note["start"] for note in truth["melody"])) / float(truth["duration"])


def _loudness(path: Path) -> float:
    return integrated_loudness(read_audio(path))


def _key(truth: Truth) -> str:
    return f"{TONICS[truth['tonic']]} {truth['mode']}" if is_known(truth) else UNKNOWN


def _metre(truth: Truth) -> str:
    beats = truth["beats_per_bar"]
    return METRES.get(beats, f"{beats} beats") if is_known(truth) else UNKNOWN


def _tempo(truth: Truth) -> str:
    if not is_known(truth):
        return UNKNOWN
    low = int(truth["tempo"] // TEMPO_STEP) * TEMPO_STEP
    return f"{low}-{low + TEMPO_STEP}"


def _named(name: str) -> Callable[[Truth], str]:
    return lambda truth: str(truth[name] or UNKNOWN)


TABLES: dict[str, Callable[[Truth], str]] = {
    "split": _named("split"),
    "source": _named("source"),
    "licence": _named("licence"),
    "style": _named("style"),
    "key": _key,
    "mode": _named("mode"),
    "metre": _metre,
    "tempo": _tempo,
    "voice": _named("voice"),
    "soundfont": _named("soundfont"),
}


def _chords(truth: Truth) -> Iterator[tuple[str, float]]:
    """Qualities with the seconds that they sound; inversions are classes of their own, marked by a stroke."""
    for chord in truth["chords"] or ():
        yield chord["quality"] + ("/" if chord["bass"] != chord["root"] else ""), chord["end"] - chord["start"]


def _shares(weighted: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Share of each class in the whole weight, the largest first."""
    total: dict[str, float] = {}
    for name, weight in weighted:
        total[name] = total.get(name, 0.0) + weight
    whole = sum(total.values()) or 1
    return {name: round(weight / whole, 4) for name, weight in sorted(total.items(), key=lambda item: -item[1])}


def _plan(job: tuple[CorpusSettings, int]) -> Truth:
    """The truth of a pair, by the same draws as make_pair."""
    settings, number = job
    rng = np.random.default_rng([settings.seed, number])
    return plan_pair(draw_song(settings, number, rng), split_of(number), rng, settings.min_sung).truth
