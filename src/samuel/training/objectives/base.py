"""What the trainer asks of an objective: a loss for training, and named figures for validation."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from samuel.training.data import Batch
from samuel.training.share import drawn

Metrics = dict[str, Tensor]  # scalars, still on the device so that no step waits for them
Sounds = list[dict[str, Tensor]]  # for each item, stereo sounds (2, n) at 44.1 kHz by name


class Objective(nn.Module, ABC):
    """A model and what it is trained for. Only `model` is trained; `forward` is the loss, for DDP to wrap.

    Random numbers come from the generator by the functions below: then item i of a batch gets the same ones however
    many processes or micro-batches share it.
    """

    model: nn.Module

    @abstractmethod
    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """The loss (scalar) of one batch and further figures. All randomness comes from generator."""

    @abstractmethod
    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """Figures of a validation batch, `loss` among them. Called without gradients, on the averaged weights."""

    def render(self, batch: Batch, generator: torch.Generator) -> Sounds:
        """What a listener would compare, for each item the sounds by name; called like evaluate. By default nothing."""
        return []


def happens(count: int, probability: float, generator: torch.Generator) -> Tensor:
    """(count,) booleans, each true with the given probability."""
    return uniform(count, generator) < probability


def normal_like(values: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape and type of values (b, ...)."""

    def draw(count: int, source: torch.Generator) -> Tensor:
        return torch.randn((count, *values.shape[1:]), generator=source, device=values.device, dtype=values.dtype)

    return drawn(len(values), generator, draw)


def uniform(count: int, generator: torch.Generator) -> Tensor:
    """(count,) numbers from 0 up to 1."""
    return drawn(count, generator, lambda n, source: torch.rand(n, generator=source, device=source.device))


def stratified(count: int, generator: torch.Generator) -> Tensor:
    """(count,) numbers from 0 up to 1, one from each of as many equal strata as the whole batch has items."""

    def draw(n: int, source: torch.Generator) -> Tensor:
        order = torch.randperm(n, generator=source, device=source.device)
        return (order + torch.rand(n, generator=source, device=source.device)) / n

    return drawn(count, generator, draw)


def integers(count: int, low: int, high: int, generator: torch.Generator) -> Tensor:
    """(count,) whole numbers from low up to, not including, high."""

    def draw(n: int, source: torch.Generator) -> Tensor:
        return torch.randint(low, high, (n,), generator=source, device=source.device)

    return drawn(count, generator, draw)
