"""From answers to scores: means with intervals, and which system is better, as far as the listeners can tell.

Conventions: as in samuel.evaluation.listening_test.answers. Intervals are 95 % bootstrap in which listeners and trials
are both drawn anew, since both stand for others like them (Owen, "The Pigeonhole Bootstrap", 2007). p is Wilcoxon's
over the listeners' means, beside it the one after Holm.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation.comparison import SIGNIFICANT, holm
from samuel.evaluation.listening_test.answers import Key, read_answers, read_key, screen
from samuel.evaluation.statistics import RESAMPLES, Interval, paired_p_value
from samuel.evaluation.table import Table

QUANTILES = (0.025, 0.975)


def evaluate_answers(paths: Sequence[Path | str], key: Path | str) -> Table:
    """Rows per listener, scores per condition, a section of the clips and one of the systems pair by pair.

    Files that are no answers and listeners whom the post-screening leaves out are skipped and counted. ConfigError
    where none remains.
    """
    known = read_key(key)
    answers, broken = read_answers(paths, known)
    kept, screened = screen(answers)
    skipped = (*broken, *screened)
    if not kept:
        raise ConfigError(f"None of {len(paths)} files can be used; the first: {skipped[0].reason}.")
    ratings = np.stack([one.ratings for one in kept])
    rows = tuple({"listener": one.listener, **_by_condition(known, one.ratings.mean(axis=0))} for one in kept)
    summary = {name: crossed_bootstrap(ratings[:, :, k]) for k, name in enumerate(known.conditions)}
    settings = {"listeners": len(kept), "screened out": len(screened), "trials": len(known.trials), "test": known.test}
    sections = {"Pair by pair": tuple(_tests(known, ratings)), "By clip": tuple(_clips(known, ratings))}
    return Table("listening-test", settings, rows, summary, skipped, sections)


def crossed_bootstrap(ratings: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Mean of (listeners, trials) with its 95 % interval; `count` is the number of listeners."""
    rng = np.random.default_rng(seed)
    listeners, trials = (rng.integers(0, size, (resamples, size)) for size in ratings.shape)
    draws = ratings[listeners[:, :, None], trials[:, None, :]].mean(axis=(1, 2))
    low, high = np.quantile(draws, QUANTILES)
    return Interval(float(ratings.mean()), float(low), float(high), len(ratings))


def _by_condition(key: Key, values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(key.conditions, values, strict=True)}


def _clips(key: Key, ratings: np.ndarray) -> list[dict[str, Any]]:
    """A row per trial: the mean rating of every condition over the listeners."""
    means = ratings.mean(axis=0)
    return [{"clip": key.clips[trial], **_by_condition(key, means[k])} for k, trial in enumerate(key.trials)]


def _tests(key: Key, ratings: np.ndarray) -> list[dict[str, Any]]:
    """A row for every two conditions: the difference with its interval, p, and who is better where that is sure."""
    pairs = list(itertools.combinations(range(len(key.conditions)), 2))
    differences = [ratings[:, :, one] - ratings[:, :, other] for one, other in pairs]
    p_values = np.array([paired_p_value(difference.mean(axis=1)) for difference in differences])
    rows = []
    for (one, other), difference, p, adjusted in zip(pairs, differences, p_values, holm(p_values), strict=True):
        interval = crossed_bootstrap(difference)
        better = key.conditions[one if interval.value > 0 else other] if adjusted < SIGNIFICANT else ""
        rows.append(
            {
                "first": key.conditions[one],
                "second": key.conditions[other],
                "difference": f"{interval.value:.1f} [{interval.low:.1f}, {interval.high:.1f}]",
                "p": f"{p:.3g}",
                "p after Holm": f"{adjusted:.3g}",
                "better": better,
            }
        )
    return rows
