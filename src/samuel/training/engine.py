"""Where a run computes: device, precision and, later, processes that share the work. The loop knows none of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from samuel.device import has_fast_bf16
from samuel.training.data import Batch
from samuel.training.settings import Precision


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies matrices in bfloat16 faster than in float32: ask it, do not guess."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and has_fast_bf16()


class Engine:
    """One process on one device. Another engine (Accelerate's, for many) needs only these methods."""

    def __init__(self, device: torch.device, precision: Precision) -> None:
        self.device = device
        self._low = precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16(device))

    @property
    def precision(self) -> str:
        """The type of matrix products: float32 or bfloat16."""
        return "bfloat16" if self._low else "float32"

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """Matrix products in bfloat16 where wanted; weights and sums stay float32."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._low):
            yield

    def to_device(self, batch: Batch) -> Batch:
        """The batch on the device, still float16: half the bytes travel."""
        return {name: values.to(self.device, non_blocking=True) for name, values in batch.items()}

    def generator(self, seed: int, step: int) -> torch.Generator:
        """Randomness of one step: a function of seed and step, so nothing of it needs saving."""
        return torch.Generator(self.device).manual_seed((seed * 1_000_003 + step) % (1 << 63))

    def backward(self, loss: Tensor) -> None:
        """Accumulate gradients."""
        loss.backward()  # type: ignore[no-untyped-call]

    def clip(self, module: nn.Module, norm: float) -> Tensor:
        """Scale the gradients to at most norm; returns the norm that they had."""
        return nn.utils.clip_grad_norm_(module.parameters(), norm)
