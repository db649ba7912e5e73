"""How far a run has come: one fraction over all stages, each weighted by its share of the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What is being done, and the fraction (0 to 1) of the whole run that is behind."""

    stage: str
    fraction: float


ProgressCallback = Callable[[Progress], None]


class Stages:
    """Turns "half of stage x" into a fraction of the whole. shares: stage -> any unit of work, in order."""

    def __init__(self, shares: Mapping[str, float], callback: ProgressCallback | None) -> None:
        self._shares = dict(shares)
        self._callback = callback

    def report(self, stage: str, fraction: float) -> None:
        """Tell the callback that this fraction (0 to 1) of stage is done, and all of the stages before it."""
        if self._callback is None:
            return
        names = list(self._shares)
        before = sum(self._shares[name] for name in names[: names.index(stage)])
        done = (before + fraction * self._shares[stage]) / sum(self._shares.values())
        self._callback(Progress(stage, min(1.0, done)))
