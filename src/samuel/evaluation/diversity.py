"""Do takes of one vocal differ, and do bands for different vocals differ more?

Conventions: `takes[clip][seed]` is the sound of one output, all clips having equally many seeds. Two distances:

* timbre: Euclidean, in dB, between the mean embeddings of two outputs (samuel.evaluation.timbre);
* chroma: 1 minus the mean correlation of their chroma in cells of half a second, over the twelve pitch classes: 0 for
  the same notes at the same times, about 1 for notes that have nothing to do with each other. A cell in which both are
  silent says nothing; one in which one is silent counts 1.

Over vocals, outputs are compared across seeds, as they are over seeds: outputs of one seed begin from the same noise
and may be alike for that alone. So a model that does not listen differs as much over seeds as over vocals. Where there
is a single seed, that one is compared.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation import timbre
from samuel.evaluation.judging import Sound
from samuel.evaluation.shuffle import Heard
from samuel.evaluation.signals import EMPTY_MESSAGE
from samuel.evaluation.statistics import Interval, paired_difference

CELL = 0.5  # s: a beat at 120 to the minute
SILENCE = 1e-3  # a cell 60 dB below the loudest is silent: its chroma is noise


def cells(heard: Heard) -> np.ndarray:
    """(12, cells) of the chroma in cells of half a second, each less its mean and of length 1; silent ones are zero."""
    count = max(int(heard.duration / CELL), 1)
    edges = np.round(np.linspace(0, min(count * CELL / heard.duration, 1) * heard.chroma.shape[1], count + 1))
    edges = edges.astype(int)
    means = [heard.chroma[:, a:b].mean(axis=1) if b > a else np.zeros(12) for a, b in itertools.pairwise(edges)]
    vectors = np.stack(means, axis=1)
    totals = vectors.sum(axis=0)
    vectors = vectors - vectors.mean(axis=0)
    norms = np.linalg.norm(vectors, axis=0)
    sounding = (totals > SILENCE * totals.max(initial=0.0)) & (norms > 0)
    return np.where(sounding, vectors / np.where(sounding, norms, 1.0), 0.0)


def chroma_distance(first: np.ndarray, second: np.ndarray) -> float:
    """1 minus the mean correlation of two (12, cells), over the cells of both; 0, with a warning, of silences."""
    shared = min(first.shape[1], second.shape[1])
    first, second = first[:, :shared], second[:, :shared]
    known = first.any(axis=0) | second.any(axis=0)
    if not known.any():
        warnings.warn("The chroma " + EMPTY_MESSAGE, stacklevel=2)
        return 0.0
    return float(1 - (first * second).sum(axis=0)[known].mean())


def validate(takes: Sequence[Sequence[Sound]], songs: Sequence[str]) -> None:
    """Raise ConfigError unless there is a song for each clip, and all clips have equally many takes."""
    if len(takes) != len(songs):
        raise ConfigError(f"{len(takes)} clips cannot come from {len(songs)} songs: name the song of each clip.")
    if len({len(each) for each in takes}) > 1:
        raise ConfigError("Diversity needs as many takes of each clip as of the others: generate the missing ones.")


def over_seeds(takes: Sequence[Sound]) -> dict[str, float]:
    """'take_distance', 'take_chroma' (mean distances of a clip's takes) and 'take_vendi'; nothing of one take."""
    if len(takes) < 2:
        return {}
    vectors = _vectors(takes)
    apart = ~np.eye(len(takes), dtype=bool)
    return {
        "take_distance": float(timbre.distances(vectors)[apart].mean()),
        "take_chroma": float(_chroma_distances([cells(sound.heard) for sound in takes])[apart].mean()),
        "take_vendi": timbre.vendi_score(timbre.similarities(vectors)),
    }


def over_vocals(takes: Sequence[Sequence[Sound]], songs: Sequence[str]) -> dict[str, np.ndarray]:
    """'timbre_distance' and 'chroma_distance' of each clip to all other songs, (clips,); NaN where there is none."""
    validate(takes, songs)
    seeds = len(takes[0])
    sounds = [sound for each in takes for sound in each]
    seed = np.tile(np.arange(seeds), len(takes))
    song = np.repeat(np.array(songs), seeds)
    compared = (song[:, None] != song[None, :]) & ((seed[:, None] != seed[None, :]) | (seeds == 1))
    distances = {
        "timbre_distance": timbre.distances(_vectors(sounds)),
        "chroma_distance": _chroma_distances([cells(sound.heard) for sound in sounds]),
    }
    return {name: _mean_where(table, compared, seeds) for name, table in distances.items()}


def evaluate(takes: Sequence[Sequence[Sound]], songs: Sequence[str]) -> dict[str, np.ndarray]:
    """All metrics of this family, each (clips,): over vocals, and over seeds where there are two or more."""
    validate(takes, songs)
    if not takes or not takes[0]:
        return {}
    by_clip = [over_seeds(each) for each in takes]
    return {**over_vocals(takes, songs), **{name: np.array([one[name] for one in by_clip]) for name in by_clip[0]}}


def beyond_seeds(spread: Mapping[str, np.ndarray]) -> dict[str, Interval]:
    """By how much other vocals change the output more than other seeds do, by timbre and by chroma; empty of one seed.

    `spread` is what evaluate returned; intervals are over clips.
    """
    kinds = {"timbre": ("timbre_distance", "take_distance"), "chroma": ("chroma_distance", "take_chroma")}
    return {
        f"{kind}: vocals beyond seeds": paired_difference(spread[vocals], spread[seeds])
        for kind, (vocals, seeds) in kinds.items()
        if seeds in spread and vocals in spread
    }


def _vectors(sounds: Sequence[Sound]) -> np.ndarray:
    return np.stack([timbre.clip_vector(sound.embedding) for sound in sounds])


def _chroma_distances(chromas: Sequence[np.ndarray]) -> np.ndarray:
    """(n, n) distances of all pairs, 0 of each to itself."""
    table = np.zeros((len(chromas), len(chromas)))
    for i, j in itertools.combinations(range(len(chromas)), 2):
        table[i, j] = table[j, i] = chroma_distance(chromas[i], chromas[j])
    return table


def _mean_where(distances: np.ndarray, compared: np.ndarray, seeds: int) -> np.ndarray:
    """(clips,) mean of the compared distances (clips × seeds, clips × seeds) of each clip; NaN where there are none."""
    sums = np.where(compared, distances, 0.0).sum(axis=1).reshape(-1, seeds).sum(axis=1)
    counts = compared.sum(axis=1).reshape(-1, seeds).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
