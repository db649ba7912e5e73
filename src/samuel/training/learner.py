"""An objective with its optimiser: one step of it, on however many micro-batches and processes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from samuel.errors import ConfigError
from samuel.training.data import Batch
from samuel.training.engine import Engine
from samuel.training.objectives.base import Objective
from samuel.training.settings import OptimiserSettings, RunSettings


class Learner:
    """Takes an objective's steps. `stream` keeps the random numbers of two learners of one run apart.

    The objective's parameters may have been replaced (FSDP), so take them after this was made.
    """

    def __init__(self, objective: Objective, settings: RunSettings, engine: Engine, stream: int = 0) -> None:
        loop = settings.loop
        if loop.batch_size < engine.processes * loop.accumulate:
            raise ConfigError(
                f"batch_size {loop.batch_size} does not reach for {engine.processes} processes of {loop.accumulate}"
                " micro-batches each: raise loop.batch_size."
            )
        self.objective, self.settings, self.engine, self.stream = objective, settings, engine, stream
        self.wrapped = engine.wrap(objective)
        self.optimiser = build_optimiser(objective.model, settings.optimiser)
        if loop.compiled:
            objective.model.compile()  # in place: the names of the weights stay

    @property
    def model(self) -> nn.Module:
        """What is trained."""
        return self.objective.model

    def step(self, batch: Batch, number: int, rate: float) -> dict[str, Tensor]:
        """One step, numbered from 0, on this process' share of its batch; figures that sum up over the processes."""
        engine, loop = self.engine, self.settings.loop
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        figures: dict[str, Tensor] = {}
        for part in range(loop.accumulate):
            micro = {name: values[part :: loop.accumulate] for name, values in batch.items()}
            weight = len(next(iter(micro.values()))) / loop.batch_size
            share = engine.share.part(part, loop.accumulate)
            generator = engine.generator(loop.seed, number, loop.batch_size, share, self.stream)
            torch.manual_seed(generator.initial_seed())  # for dropout, which knows no other generator
            with engine.synchronised(self.wrapped, part == loop.accumulate - 1):
                with engine.autocast():
                    loss, metrics = self.wrapped(micro, generator)
                (loss * weight * engine.processes).backward()  # gradients are averaged over the processes
            for name, value in {"loss": loss, **metrics}.items():
                figures[name] = figures.get(name, 0) + weight * value.detach().float()
        figures["gradient_norm"] = engine.clip(self.model, self.settings.optimiser.clip) / engine.processes
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return figures


def build_optimiser(model: nn.Module, settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019), fused; weight decay on matrices and kernels only."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0},
    ]
    first, second = settings.betas
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(first, second), fused=True)
