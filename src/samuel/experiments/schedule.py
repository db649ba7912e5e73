"""From a budget to a number of steps that is the same for every arm: a few steps of each tell what they cost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from samuel.errors import ConfigError
from samuel.training.log import read_log
from samuel.training.settings import LoopSettings

_PROBE_STEPS = 6
FEWEST_STEPS = 10  # fewer say nothing of any arm

Train = Callable[[Mapping[str, Any]], None]  # trains an arm with overrides of its recipe


@dataclass(frozen=True)
class Cost:
    """Seconds of one step of an arm, and of beginning and ending its run (reading, validating, saving)."""

    step: float
    overhead: float


def probe(train: Callable[[Mapping[str, Any], Path], LoopSettings], folder: Path) -> Cost:
    """What a run costs, by a few steps of it in `folder`, which is left for its weights to be tried."""
    shutil.rmtree(folder, ignore_errors=True)
    overrides = {"loop.steps": _PROBE_STEPS, "loop.log_every": 1, "loop.validate_every": _PROBE_STEPS}
    start = time.monotonic()
    loop = train(overrides, folder)
    whole = time.monotonic() - start
    rows = [row for row in read_log(folder) if row["split"] == "train"]
    steps = [loop.batch_size / row["samples_per_second"] for row in rows]
    return Cost(median(steps[1:]), whole - sum(steps))


def plan_steps(budget: float, costs: Mapping[str, Cost], judging: float, seeds: int) -> int:
    """Steps of each arm so that all arms, `judging` seconds each for judging them, end within `budget` seconds.

    Every arm gets the same number, so an arm with dearer steps takes more of the time. Raises ConfigError for too
    small a budget, with one that suffices.
    """
    fixed = seeds * sum(cost.overhead + judging for cost in costs.values())
    each = seeds * sum(cost.step for cost in costs.values())
    steps = int((budget - fixed) / each)
    if steps < FEWEST_STEPS:
        least = (fixed + FEWEST_STEPS * each) / 60
        raise ConfigError(
            f"a budget of {budget / 60:.1f} minutes leaves {max(steps, 0)} steps for each arm:"
            f" give at least {least:.1f} minutes, fewer clips or a smaller preset."
        )
    return steps
