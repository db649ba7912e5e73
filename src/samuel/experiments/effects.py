"""How much an arm differs from the reference: paired over songs or clips, with 95 % bootstrap intervals.

Conventions: effects are arm minus reference. A score is (G - S) / (R - S) of means over clips, 0 for other songs'
takes and 1 for the real band, so its effect is the difference of two such ratios over the same resampled clips. Runs
with several seeds are averaged song by song before that: the interval is over songs, not over training runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from samuel.evaluation.listening import MEASURES
from samuel.evaluation.statistics import Interval, bootstrap, normalised_gain

Columns = dict[str, np.ndarray]  # by metric: (n,), or (n, 3) generated, real, shuffled


@dataclass(frozen=True)
class Effect:
    """One metric of one arm, its difference from the reference, and that difference for each seed alone."""

    metric: str
    value: Interval
    difference: Interval | None  # None for the reference itself
    by_seed: tuple[float, ...] = ()


def columns_of(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Metrics of one run by name, from its rows of songs and of clips; each in the order of its rows' names."""
    columns: Columns = {}
    for key, prefix in (("song", None), ("clip", "guidance")):
        chosen = sorted((row for row in rows if key in row), key=lambda row: str(row[key]))
        for setting in dict.fromkeys(str(row[prefix]) if prefix else "" for row in chosen):
            part = [row for row in chosen if not prefix or row[prefix] == setting]
            columns |= _columns(part, "" if setting in ("", "none") else f", guidance {setting}")
    return columns


def effects_of(runs: Sequence[Columns], reference: Sequence[Columns] | None) -> list[Effect]:
    """Effects of an arm's runs, one for each seed, against the reference's of the same seeds."""
    effects = []
    for metric in runs[0]:
        mean = _mean(runs, metric)
        difference: Interval | None = None
        by_seed: tuple[float, ...] = ()
        if reference is not None and metric in reference[0]:
            difference = _difference(mean, _mean(reference, metric))
            pairs = zip(runs, reference, strict=True)
            by_seed = tuple(_value(ours[metric]) - _value(theirs[metric]) for ours, theirs in pairs)
        effects.append(Effect(metric, _interval(mean), difference, by_seed))
    return effects


def _columns(rows: Sequence[Mapping[str, Any]], suffix: str) -> Columns:
    numbers = [name for name, value in rows[0].items() if isinstance(value, float)]
    scored = [name for name in MEASURES if name in numbers]
    used = {f"{name}{part}" for name in scored for part in ("", "_real", "_shuffled")}
    columns = {
        f"{name} score{suffix}": np.array(
            [[row[f"{name}{part}"] for part in ("", "_real", "_shuffled")] for row in rows]
        )
        for name in scored
    }
    plain = {f"{name}{suffix}": np.array([row[name] for row in rows]) for name in numbers if name not in used}
    return {**columns, **plain}


def _mean(runs: Sequence[Columns], metric: str) -> np.ndarray:
    return np.asarray(np.mean([run[metric] for run in runs], axis=0))


def _interval(values: np.ndarray) -> Interval:
    return bootstrap(values, normalised_gain) if values.ndim == 2 else bootstrap(values)


def _value(values: np.ndarray) -> float:
    return normalised_gain(values) if values.ndim == 2 else float(values.mean())


def _difference(ours: np.ndarray, theirs: np.ndarray) -> Interval:
    if ours.ndim == 1:
        return bootstrap(ours - theirs)
    return bootstrap(
        np.concatenate([ours, theirs], axis=1), lambda t: normalised_gain(t[:, :3]) - normalised_gain(t[:, 3:])
    )
