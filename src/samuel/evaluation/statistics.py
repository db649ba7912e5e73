"""How sure a figure is: percentile bootstrap intervals over clips.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. The clip is the unit that is
resampled: beats or frames of one clip are not independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from samuel.config import require_range

RESAMPLES = 2_000
CONFIDENCE = 0.95

Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds of its confidence interval, over `count` clips."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def column_mean(rows: np.ndarray) -> float:
    """Mean of all values."""
    return float(rows.mean())


def bootstrap(
    rows: np.ndarray,
    statistic: Statistic = column_mean,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The statistic of rows (n,) or (n, k), one per clip, with its percentile interval.

    Rows with a NaN are clips that could not be judged: they are left out, and `count` says how many remain. Without
    any the values are NaN, with a warning; with one clip the interval is that value. ConfigError unless 0 <
    confidence < 1.
    """
    require_range("confidence", confidence, 1e-6, 1 - 1e-6)
    table = np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)
    table = table[~np.isnan(table).any(axis=1)]
    if not len(table):
        warnings.warn("No clip could be judged, so the interval is NaN.", stacklevel=2)
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    draws = _resampled(table, statistic, resamples, seed)
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail]) if np.isfinite(draws).any() else (np.nan, np.nan)
    return Interval(statistic(table), float(low), float(high), len(table))


def paired_difference(first: np.ndarray, second: np.ndarray, *, seed: int = 0) -> Interval:
    """Mean of first - second over the same clips (n,) in the same order; an interval without 0 is a difference."""
    return bootstrap(np.asarray(first) - np.asarray(second), seed=seed)


def paired_p_value(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test over clips (n,); NaN with fewer than two, 1 where all are 0.

    Source: Wilcoxon, "Individual Comparisons by Ranking Methods", 1945, by scipy, exact for few clips without ties.
    """
    from scipy.stats import wilcoxon  # takes a second to import

    known = differences[np.isfinite(differences)]
    if len(known) < 2:
        return float("nan")
    return float(wilcoxon(known).pvalue) if known.any() else 1.0


def jackknife(value: float, count: int, without: Callable[[int], float]) -> Interval:
    """`value` of `count` clips with its 95 % interval, `without(k)` being the value of all clips but the k-th.

    For statistics that depend on how different the clips are: a bootstrap draws clips twice and so always finds less
    diversity (Efron & Tibshirani 1993, chapter 11). NaN bounds of fewer than three clips.
    """
    if count < 3:
        return Interval(value, float("nan"), float("nan"), count)
    values = np.array([without(k) for k in range(count)])
    error = float(np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum()))
    return Interval(value, value - 1.96 * error, value + 1.96 * error, count)


def normalised_gain(table: np.ndarray) -> float:
    """(G - S) / (R - S) of the column means of (n, 3) rows [generated G, real R, shuffled S]; NaN where R equals S."""
    generated, real, shuffled = table.mean(axis=0)
    spread = real - shuffled
    return float((generated - shuffled) / spread) if abs(spread) > 1e-9 else float("nan")


def _resampled(table: np.ndarray, statistic: Statistic, resamples: int, seed: int) -> np.ndarray:
    """The statistic of `resamples` tables, each of as many clips drawn with replacement."""
    picks = np.random.default_rng(seed).integers(0, len(table), size=(resamples, len(table)))
    if statistic is column_mean:  # by far the most frequent, and a hundred times as fast at once
        return np.asarray(table[picks].mean(axis=(1, 2)))
    return np.array([statistic(table[pick]) for pick in picks])
