"""What the trainer asks of an objective: a loss for training, and named figures for validation."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from samuel.training.data import Batch

Metrics = dict[str, Tensor]  # scalars, still on the device so that no step waits for them


class Objective(nn.Module, ABC):
    """A model and what it is trained for. Only `model` has parameters; `forward` is the loss, for DDP to wrap."""

    model: nn.Module

    @abstractmethod
    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """The loss (scalar) of one batch and further figures. All randomness comes from generator."""

    @abstractmethod
    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """Figures of a validation batch, `loss` among them. Called without gradients, on the averaged weights."""


def happens(count: int, probability: float, generator: torch.Generator) -> Tensor:
    """(count,) booleans, each true with the given probability."""
    return torch.rand(count, generator=generator, device=generator.device) < probability


def normal_like(values: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise of the shape and type of values."""
    return torch.randn(values.shape, generator=generator, device=values.device, dtype=values.dtype)


def uniform(count: int, generator: torch.Generator) -> Tensor:
    """(count,) numbers from 0 up to 1."""
    return torch.rand(count, generator=generator, device=generator.device)
