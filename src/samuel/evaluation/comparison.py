"""Two results, clip by clip: how much they differ, how surely, and whether chance would do the same.

Conventions: differences are first minus second over the clips that both have. p is two-sided, by Wilcoxon's
signed-rank test; beside it the p that Holm ("A Simple Sequentially Rejective Multiple Test Procedure", 1979) asks
for, since twenty metrics at 5 % find one difference by chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation.metrics import BY_NAME
from samuel.evaluation.pairs import Skipped
from samuel.evaluation.statistics import bootstrap, paired_p_value
from samuel.evaluation.table import Row, Table

SIGNIFICANT = 0.05


def compare(first: Table, second: Table, names: tuple[str, str] = ("first", "second")) -> Table:
    """Differences per clip, their means with intervals, and a section with p and winner of each metric.

    A clip that only one table has is skipped and counted. ConfigError where the tables share none.
    """
    ours, theirs = _by_clip(first), _by_clip(second)
    shared = [key for key in ours if key in theirs]
    if not shared:
        raise ConfigError(f"{names[0]} and {names[1]} share no clip: evaluate both on the same pairs.")
    metrics = [
        name for name, value in ours[shared[0]].items() if isinstance(value, float) and name in theirs[shared[0]]
    ]
    columns = {
        name: np.array([[rows[key].get(name, np.nan) for rows in (ours, theirs)] for key in shared]) for name in metrics
    }
    columns = {name: values for name, values in columns.items() if np.isfinite(values).all(axis=1).any()}
    differences = {name: values[:, 0] - values[:, 1] for name, values in columns.items()}
    rows = [
        {**_labels(ours[key]), **{name: float(values[k]) for name, values in differences.items()}}
        for k, key in enumerate(shared)
    ]
    only_one = [key for key in (*ours, *theirs) if (key in ours) != (key in theirs)]
    skipped = [Skipped(" ".join(key), f"only one of {names[0]} and {names[1]} has it") for key in only_one]
    summary = {name: bootstrap(values) for name, values in differences.items()}
    sections = {"Pair by pair": tuple(_tests(columns, names))}
    return Table("comparison", {"difference": " - ".join(names)}, tuple(rows), summary, tuple(skipped), sections)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p (n,) of n tests: the k-th smallest times those not yet decided, never falling; NaN stays."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known])]
    scaled = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(order) else scaled
    return adjusted


def _tests(columns: dict[str, np.ndarray], names: tuple[str, str]) -> list[dict[str, Any]]:
    """A row per metric: both means, the difference with its interval, p, and who is better where that is sure."""
    p_values = np.array([paired_p_value(values[:, 0] - values[:, 1]) for values in columns.values()])
    rows = []
    for (metric, values), p, adjusted in zip(columns.items(), p_values, holm(p_values), strict=True):
        both = values[np.isfinite(values).all(axis=1)]
        difference = bootstrap(both[:, 0] - both[:, 1])
        rows.append(
            {
                "metric": metric,
                names[0]: float(both[:, 0].mean()),
                names[1]: float(both[:, 1].mean()),
                "difference": str(difference),
                "clips": difference.count,
                "p": f"{p:.3g}",
                "p after Holm": f"{adjusted:.3g}",
                "better": _winner(metric, difference.value, adjusted, names),
            }
        )
    return rows


def _winner(metric: str, difference: float, p: float, names: tuple[str, str]) -> str:
    """The better of the two where p is small and the metric has a better end."""
    known = BY_NAME.get(metric)
    if known is None or known.higher_is_better is None or not p < SIGNIFICANT:
        return ""
    return names[0] if (difference > 0) == known.higher_is_better else names[1]


def _by_clip(table: Table) -> dict[tuple[str, ...], Row]:
    return {tuple(_labels(row).values()): row for row in table.rows}


def _labels(row: Row) -> dict[str, str]:
    """What names a row: the clip, and its setting or control where there is one."""
    return {name: value for name, value in row.items() if isinstance(value, str)}


def is_comparable(tables: Sequence[Table]) -> bool:
    """Whether these are two results of one kind."""
    return len(tables) == 2 and tables[0].name == tables[1].name
