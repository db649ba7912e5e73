"""How far a run is, and what learning rate that means: planned over steps or over a wall-clock budget."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from samuel.errors import ConfigError
from samuel.training.settings import OptimiserSettings

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}  # seconds


def parse_duration(text: str) -> float:
    """'90s', '50m', '2h' or '1h30m' in seconds. Raises ConfigError for anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh])", text)
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    if "".join(amount + unit for amount, unit in parts) != text or seconds <= 0:
        raise ConfigError(f"duration {text!r} is not understood: write it like 90s, 50m, 2h or 1h30m.")
    return seconds


@dataclass(frozen=True)
class Plan:
    """The end of a run: after `steps`, or, where there is a budget (seconds), when that is spent."""

    steps: int
    budget: float | None = None

    def progress(self, step: int, elapsed: float) -> float:
        """Part of the run that lies behind, 0 to 1, after `step` steps and `elapsed` seconds (resumed time counts)."""
        done = step / self.steps if self.budget is None else elapsed / self.budget
        return min(done, 1.0)

    def is_over(self, step: int, elapsed: float) -> bool:
        """Whether the run has reached its end."""
        return self.progress(step, elapsed) >= 1.0


def learning_rate(settings: OptimiserSettings, step: int, progress: float) -> float:
    """Rate of the step numbered from 0: linear warm-up times a cosine from 1 to `final` (Loshchilov & Hutter 2017)."""
    warm = min(1.0, (step + 1) / max(settings.warmup_steps, 1))
    cosine = settings.final + (1 - settings.final) * 0.5 * (1 + math.cos(math.pi * progress))
    return settings.learning_rate * warm * cosine
