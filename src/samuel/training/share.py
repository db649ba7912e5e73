"""Which items of a batch one process or micro-batch computes, and random numbers that do not depend on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Share:
    """Every `of`-th item of a batch, from item `index` on."""

    index: int = 0
    of: int = 1

    @property
    def items(self) -> slice:
        """The share as a slice of the batch."""
        return slice(self.index, None, self.of)

    def size(self, total: int) -> int:
        """How many of `total` items it holds."""
        return len(range(total)[self.items])

    def part(self, index: int, of: int) -> Share:
        """Every `of`-th item of this share, as a share of the whole batch."""
        return Share(self.index + self.of * index, self.of * of)


class ShareGenerator(torch.Generator):
    """Random numbers of one share of a batch; `drawn` makes those that item i gets however the batch is split.

    Whoever draws from it directly gets a stream that no other share has.
    """

    whole: torch.Generator
    share: Share
    total: int

    @classmethod
    def of_step(
        cls, device: torch.device, seed: int, step: int, total: int, share: Share | None = None, stream: int = 0
    ) -> ShareGenerator:
        """A function of its arguments alone, so nothing of it needs saving. total: items of the whole batch."""
        share = share or Share()
        made = cls(device)
        made.manual_seed(_number(seed, step, stream, 1 + share.index))
        made.whole = torch.Generator(device).manual_seed(_number(seed, step, stream, 0))
        made.share, made.total = share, total
        return made

    @property
    def count(self) -> int:
        """Items of the share."""
        return self.share.size(self.total)


def drawn(count: int, generator: torch.Generator, draw: Callable[[int, torch.Generator], Tensor]) -> Tensor:
    """draw(count, generator), where `draw` gives one row per item: of a share's items, their rows of the whole batch.

    Numbers that are not one per item of the share come from the share's own stream.
    """
    if isinstance(generator, ShareGenerator) and count == generator.count:
        return draw(generator.total, generator.whole)[generator.share.items]
    return draw(count, generator)


def _number(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0] >> np.uint64(1))
