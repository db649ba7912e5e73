"""How far is a set of sounds from a set of real ones, as distributions of embeddings?

Conventions: embeddings are (windows, d), see samuel.evaluation.timbre; distances are 0 for equal Gaussians, otherwise
positive, in squared units of the embedding.

Sources: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017 (the distance); Kilgour et al., "Fréchet
Audio Distance", 2019; Gui et al., "Adapting Frechet Audio Distance for Generative Music Evaluation", 2023 (one song
against a set, and the extrapolation to endless samples, after Chong & Forsyth, "Effectively Unbiased FID", 2020).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation.statistics import Interval, jackknife

STEPS = 15  # sample sizes through which the line is drawn
SMALLEST = 0.25  # the least of them, as a share of all windows


@dataclass(frozen=True)
class Gaussian:
    """Mean (d,) and covariance (d, d)."""

    mean: np.ndarray
    covariance: np.ndarray


def validate(embedding: np.ndarray) -> None:
    """Raise ConfigError unless an embedding is (windows, d), finite, with two windows or more."""
    if embedding.ndim != 2 or len(embedding) < 2 or not np.isfinite(embedding).all():
        raise ConfigError(f"An embedding of shape {embedding.shape} has no covariance: give two finite rows or more.")


def fit(embedding: np.ndarray) -> Gaussian:
    """The Gaussian of an embedding (windows, d); warns where all rows are alike."""
    validate(embedding)
    if not np.ptp(embedding, axis=0).any():
        warnings.warn("All windows are alike, so the distance is that of a point.", stacklevel=2)
    return Gaussian(embedding.mean(axis=0), np.cov(embedding, rowvar=False).reshape(2 * (embedding.shape[1],)))


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½).

    The trace of the root is the sum of the roots of the eigenvalues of C1^½ C2 C1^½, which is symmetric and so safe
    where a covariance is singular.
    """
    root = _root(first.covariance)
    eigenvalues = np.linalg.eigvalsh(root @ second.covariance @ root)
    shared = np.sqrt(np.maximum(eigenvalues, 0.0)).sum()
    apart = float(((first.mean - second.mean) ** 2).sum())
    return max(apart + float(np.trace(first.covariance) + np.trace(second.covariance) - 2 * shared), 0.0)


def frechet_infinity(reference: np.ndarray, embedding: np.ndarray, rng: np.random.Generator) -> float:
    """The distance that endless samples of the set would have: few samples seem farther away than they are.

    A line through the distance of random subsets over 1/n, read at 0 (Gui et al. 2023, section 3.3). The subsets are
    drawn without replacement: drawn with it, they lead back to the distance of the set that they are drawn from.
    """
    target = fit(reference)
    sizes = np.linspace(max(2, SMALLEST * len(embedding)), len(embedding), STEPS).astype(int)
    picks = [rng.choice(len(embedding), size, replace=False) for size in sizes]
    found = [frechet_distance(target, fit(embedding[pick])) for pick in picks]
    return float(np.polyfit(1 / sizes, found, 1)[1])


def set_distance(references: Sequence[np.ndarray], embeddings: Sequence[np.ndarray]) -> Interval:
    """Distance of all windows of a set to all of the reference, with a 95 % jackknife interval over the clips."""
    target = fit(np.concatenate(references))

    def distance(chosen: Sequence[np.ndarray]) -> float:
        return frechet_distance(target, fit(np.concatenate(chosen)))

    return jackknife(distance(embeddings), len(embeddings), lambda k: distance([*embeddings[:k], *embeddings[k + 1 :]]))


def infinity_interval(references: Sequence[np.ndarray], embeddings: Sequence[np.ndarray], draws: int = 10) -> Interval:
    """The extrapolated distance of a set; its interval is that of the draws of subsets, not of clips."""
    pools = np.concatenate(references), np.concatenate(embeddings)
    found = [frechet_infinity(*pools, np.random.default_rng(seed)) for seed in range(draws)]
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(np.mean(found)), float(low), float(high), len(embeddings))


def song_distances(
    references: Sequence[np.ndarray], embeddings: Sequence[np.ndarray], songs: Sequence[str]
) -> np.ndarray:
    """(clips,) distance of each clip to the references of all other songs; NaN where there is no other.

    Without the song itself, or a copy of its real band would score better than another band as real; the band of one of
    the other songs still does. `references`, `embeddings` and `songs` are in the same order.
    """
    return np.array(
        [_to_others(references, embedding, songs, song) for embedding, song in zip(embeddings, songs, strict=True)]
    )


def _to_others(references: Sequence[np.ndarray], embedding: np.ndarray, songs: Sequence[str], song: str) -> float:
    others = [reference for reference, name in zip(references, songs, strict=True) if name != song]
    return frechet_distance(fit(np.concatenate(others)), fit(embedding)) if others else float("nan")


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
