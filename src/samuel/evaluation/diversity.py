"""Do takes of one vocal differ, and do bands for different vocals differ more?

Conventions: `takes[clip][seed]` is the sound of one output, all clips having equally many seeds. Two distances:

* timbre: Euclidean, in dB, between the mean embeddings of two outputs (samuel.evaluation.timbre);
* chroma: 1 minus the mean cosine of their chroma in cells of half a second, 0 for the same notes at the same times and
  1 for no note in common. A cell in which both are silent says nothing; one in which one is silent counts 1.

A model that plays the same whatever the seed has a distance of 0 over seeds; one that does not listen differs as much
over seeds as over vocals.
"""

from __future__ import annotations

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
    """(12, cells) unit vectors of the chroma in cells of half a second; silent cells are zero."""
    count = max(int(heard.duration / CELL), 1)
    edges = np.round(np.linspace(0, min(count * CELL / heard.duration, 1) * heard.chroma.shape[1], count + 1))
    parts = np.split(heard.chroma, edges[1:-1].astype(int), axis=1)
    means = np.stack([part.mean(axis=1) if part.size else np.zeros(12) for part in parts], axis=1)
    norms = np.linalg.norm(means, axis=0)
    sounding = norms > SILENCE * norms.max(initial=0.0)
    return np.where(sounding, means / np.where(sounding, norms, 1.0), 0.0)


def chroma_distance(first: np.ndarray, second: np.ndarray) -> float:
    """1 minus the mean cosine of two (12, cells), over the cells that both last; 0, with a warning, of two silences."""
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


def evaluate(takes: Sequence[Sequence[Sound]], songs: Sequence[str]) -> dict[str, np.ndarray]:
    """All metrics of this family, each (clips,): mean distances of each clip's takes.

    'take_distance' and 'take_chroma' to each other, where there are two takes or more; 'timbre_distance' and
    'chroma_distance' to the takes of all other songs by the same seed, NaN where there is no other song.
    """
    validate(takes, songs)
    if not takes or not takes[0]:
        return {}
    vectors = np.array([[timbre.clip_vector(sound.embedding) for sound in each] for each in takes])
    chromas = [[cells(sound.heard) for sound in each] for each in takes]
    names = np.array(songs)
    other = names[:, None] != names[None, :]
    seeds = range(len(takes[0]))
    found = {
        "timbre_distance": np.mean([_of_others(timbre.distances(vectors[:, s]), other) for s in seeds], axis=0),
        "chroma_distance": np.mean(
            [_of_others(_chroma_distances([c[s] for c in chromas]), other) for s in seeds], axis=0
        ),
    }
    if len(seeds) > 1:
        apart = ~np.eye(len(seeds), dtype=bool)
        found["take_distance"] = np.array([timbre.distances(each)[apart].mean() for each in vectors])
        found["take_chroma"] = np.array([_chroma_distances(each)[apart].mean() for each in chromas])
    return found


def beyond_seeds(spread: Mapping[str, np.ndarray]) -> dict[str, Interval]:
    """By how much other vocals change the output more than other seeds do, by timbre and by chroma; empty of one seed.

    `spread` is what evaluate returned; intervals are over clips.
    """
    kinds = {"timbre": ("timbre_distance", "take_distance"), "chroma": ("chroma_distance", "take_chroma")}
    return {
        f"{kind}: vocals beyond seeds": paired_difference(spread[vocals], spread[seeds])
        for kind, (vocals, seeds) in kinds.items()
        if seeds in spread
    }


def _chroma_distances(chromas: Sequence[np.ndarray]) -> np.ndarray:
    """(n, n) distances of all pairs."""
    return np.array([[chroma_distance(one, two) for two in chromas] for one in chromas])


def _of_others(distances: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) mean of each row of distances (n, n) where `other` holds; NaN where it never does."""
    counts = other.sum(axis=1)
    sums = np.where(other, distances, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
