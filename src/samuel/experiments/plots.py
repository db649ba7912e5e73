"""Pictures of an experiment: differences from the reference with their intervals, and the course of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samuel.experiments.effects import Effect

_SMOOTHED = 20  # rows of the log in one mean


def draw_effects(effects: Mapping[str, Sequence[Effect]], metrics: Sequence[str], reference: str, path: Path) -> Path:
    """A panel for each metric: every arm's difference from the reference, with its interval."""
    from matplotlib.figure import Figure

    arms = [arm for arm in effects if arm != reference]
    figure = Figure(figsize=(3.4 * len(metrics), 1 + 0.4 * len(arms)), layout="constrained")
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        found = [next((e.difference for e in effects[arm] if e.metric == metric), None) for arm in arms]
        for height, interval in enumerate(found):
            if interval is not None:
                axes.plot([interval.low, interval.high], [height, height], color="#1f4e8c", linewidth=2)
                axes.plot(interval.value, height, "o", color="#1f4e8c")
        axes.axvline(0, color="#999999", linewidth=0.8)
        axes.set(title=metric, xlabel=f"minus {reference}", yticks=range(len(arms)), yticklabels=arms)
        axes.locator_params(axis="x", nbins=4)
    panels[0].invert_yaxis()  # all share it
    figure.savefig(path, dpi=110)
    return path


def draw_course(results: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> Path:
    """Training error of v over steps, smoothed, one line for each arm: the mean of its seeds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="step", ylabel="squared error of v in training, smoothed")
    for arm, each in results.items():
        course = np.mean([one["course"] for one in each], axis=0)  # the same steps for every seed
        width = max(1, min(_SMOOTHED, len(course) // 4))
        axes.plot(course[width - 1 :, 0], np.convolve(course[:, 1], np.ones(width) / width, "valid"), label=arm)
    axes.legend()
    figure.savefig(path, dpi=110)
    return path
