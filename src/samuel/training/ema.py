"""An exponential moving average of the weights: what is validated and shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from samuel.training.engine import spread_like


class Ema:
    """Averages of a module's parameters, in float32. Buffers are not averaged: they are tables, not weights."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self._names = [name for name, _ in module.named_parameters()]
        self._live = [parameter for _, parameter in module.named_parameters()]
        self._average = [parameter.detach().clone() for parameter in self._live]

    def decay_at(self, step: int) -> float:
        """The decay grows to its full value, so that early averages forget the random start (step from 0)."""
        return min(self.decay, (1 + step) / (10 + step))

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move the averages towards the weights after the step numbered from 0."""
        torch._foreach_lerp_(self._average, [p.detach() for p in self._live], 1 - self.decay_at(step))

    def tensors(self) -> dict[str, Tensor]:
        """The averages by parameter name."""
        return dict(zip(self._names, self._average, strict=True))

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take the averages from tensors, the inverse of `tensors`. Raises KeyError if one is absent."""
        for name, average in zip(self._names, self._average, strict=True):
            average.copy_(spread_like(tensors[name], average))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within the block the module computes with the averages; afterwards its own weights stand again."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for live, average in zip(self._live, self._average, strict=True):
            kept = live.detach().clone()
            live.copy_(average)
            average.copy_(kept)
