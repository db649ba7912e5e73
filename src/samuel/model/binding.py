"""A denoiser tied to one vocal, in the form that samplers and guidance ask for: functions of (x, t)."""

from __future__ import annotations

import torch
from torch import Tensor

from samuel.model.condition import Condition, FrameGrid, Pyramid
from samuel.model.denoiser import Denoiser


class BoundDenoiser:
    """v with the vocal, without it, or both at once; the vocal is encoded once, not once a step."""

    def __init__(self, denoiser: Denoiser, condition: Condition) -> None:
        batch = condition.shape[0]
        self.denoiser = denoiser
        with torch.no_grad():
            self.vocal = denoiser.encode(condition)
            everyone = torch.ones(batch, dtype=torch.bool, device=condition.latents.device)
            self.silence = denoiser.encode(condition, everyone)

    def conditional(self, x: Tensor, t: float) -> Tensor:
        """v (b, 64, t) given the vocal."""
        with torch.no_grad():
            return self.denoiser.predict(x, t, self.vocal)

    def null(self, x: Tensor, t: float) -> Tensor:
        """v (b, 64, t) given the learned null vocal."""
        with torch.no_grad():
            return self.denoiser.predict(x, t, self.silence)

    def both(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """(conditional, null) from one batch of twice the size."""
        with torch.no_grad():
            conditional, null = self.denoiser.predict(torch.cat((x, x)), t, _doubled(self.vocal, self.silence)).chunk(2)
        return conditional, null


def _doubled(first: Pyramid, second: Pyramid) -> Pyramid:
    grid: FrameGrid = first.grid
    return Pyramid(tuple(torch.cat(pair) for pair in zip(first.levels, second.levels, strict=True)), grid)
