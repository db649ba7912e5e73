"""Cosine noise levels. Both the diffusion and the denoiser's attention mix need them, and neither imports the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from torch import Tensor

DIFFUSION_STEPS = 800
OFFSET = 0.008  # s of Nichol & Dhariwal (2021), eq. 17: keeps the first steps from being too small
MAX_BETA = 0.999  # their clip: no single step destroys everything, so the last alpha_bar stays above 0


def _last_alpha_bar(steps: int) -> float:
    """The clipped noise level of the last step: (1 - MAX_BETA) times that of the step before it."""
    before = math.cos(((steps - 1) / steps + OFFSET) / (1 + OFFSET) * math.pi / 2)
    return (1 - MAX_BETA) * (before / math.cos(OFFSET / (1 + OFFSET) * math.pi / 2)) ** 2


@overload
def cosine_alpha_bar(t: float, steps: int = ...) -> float: ...


@overload
def cosine_alpha_bar(t: Tensor, steps: int = ...) -> Tensor: ...


def cosine_alpha_bar(t: float | Tensor, steps: int = DIFFUSION_STEPS) -> float | Tensor:
    """Share of signal power left at step t, for any real t in [-1, steps - 1]; t = -1 is clean and gives exactly 1.

    Step i of the discrete chain ends at (i + 1) / steps, hence the + 1. Nichol & Dhariwal (2021), eq. 17; at whole
    steps it equals the running product of their clipped 1 - beta.
    """
    angle = ((t + 1) / steps + OFFSET) / (1 + OFFSET) * (math.pi / 2)
    start = math.cos(OFFSET / (1 + OFFSET) * math.pi / 2)
    low = _last_alpha_bar(steps)
    if isinstance(angle, float):
        return min(1.0, max(low, (math.cos(angle) / start) ** 2))
    return ((angle.cos() / start) ** 2).clamp(low, 1.0)
