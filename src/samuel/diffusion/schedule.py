"""The noise schedule and the four forms of one noisy point, each beside its inverse.

Symbols, here and in the samplers (Ho et al. 2020; Salimans & Ho 2022; Lu et al. 2022):

    x0         clean latents                       eps     Gaussian noise of unit variance
    t          step, 0 (least noise) to steps - 1; -1 is clean
    alpha_bar  signal power left at t              a = sqrt(alpha_bar), s = sqrt(1 - alpha_bar)
    x_t        a x0 + s eps                        v       a eps - s x0
    snr        alpha_bar / (1 - alpha_bar)         lam     log(a / s), half the log-SNR

Arrays pass only through + - * and powers of scalars, so NumPy arrays serve as well as tensors. `alpha_bar` is a float,
or an array that broadcasts against x0 (per_item makes one from a batch of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from samuel.config import require_range
from samuel.cosine import DIFFUSION_STEPS, cosine_alpha_bar

Array = Any  # a NumPy array, a tensor: whatever has + - * and powers


@dataclass(frozen=True)
class CosineSchedule:
    """Cosine schedule with offset 0.008 and clipped betas (Nichol & Dhariwal 2021, eq. 17).

    zero_terminal: rescaled so that nothing of x0 is left at the last step, step 0 staying as it is (Lin et al. 2024,
    algorithm 1). This schedule ends at an SNR of 1e-9 anyway, so it changes little more than that.
    """

    steps: int = DIFFUSION_STEPS
    zero_terminal: bool = False

    def __post_init__(self) -> None:
        require_range("steps", self.steps, 2, 100_000)

    def alpha_bar(self, t: Any) -> Any:
        """alpha_bar at t, a float or a tensor of any shape; t need not be whole."""
        alpha_bar = cosine_alpha_bar(t, self.steps)
        return self._rescaled(alpha_bar) if self.zero_terminal else alpha_bar

    def _rescaled(self, alpha_bar: Any) -> Any:
        """sqrt(alpha_bar) moved to end at 0 and stretched to leave step 0, and what is cleaner, where it was."""
        first, last = (cosine_alpha_bar(float(t), self.steps) ** 0.5 for t in (0, self.steps - 1))
        a = alpha_bar**0.5
        moved = ((a - last) * (first / (first - last))) ** 2
        if isinstance(alpha_bar, float):
            return alpha_bar if a >= first else moved
        return moved.where(a < first, alpha_bar)

    def timesteps(self, count: int) -> list[int]:
        """`count` steps from the last to near the first, evenly spaced from the noisy end ("trailing").

        Sampling starts from pure noise, so its first step must be the schedule's last (Lin et al. 2024, section 3.3).
        """
        require_range("sampling steps", count, 1, self.steps)
        return [round(self.steps - i * self.steps / count) - 1 for i in range(count)]


def per_item(alpha_bar: Any, like: Any) -> Any:
    """(b,) noise levels -> (b, 1, 1 ...), to broadcast against `like` (b, ...)."""
    return alpha_bar.reshape(-1, *[1] * (like.ndim - 1))


def add_noise(x0: Array, eps: Array, alpha_bar: Any) -> Array:
    """x_t = a x0 + s eps (Ho et al. 2020, eq. 4)."""
    return _combine(x0, eps, alpha_bar, 1.0)


def velocity(x0: Array, eps: Array, alpha_bar: Any) -> Array:
    """v = a eps - s x0 (Salimans & Ho 2022, appendix D)."""
    return _combine(eps, x0, alpha_bar, -1.0)


def x0_from_velocity(x_t: Array, v: Array, alpha_bar: Any) -> Array:
    """x0 = a x_t - s v, the inverse of add_noise and velocity together."""
    return _combine(x_t, v, alpha_bar, -1.0)


def velocity_towards(x_t: Array, x0: Array, alpha_bar: Any) -> Array:
    """v = (a x_t - x0) / s, x0_from_velocity solved for v: what to predict at x_t so that x0 is where it leads."""
    return (alpha_bar**0.5 * x_t - x0) / (1 - alpha_bar) ** 0.5


def eps_from_velocity(x_t: Array, v: Array, alpha_bar: Any) -> Array:
    """eps = a v + s x_t, the other half of the inverse."""
    return _combine(v, x_t, alpha_bar, 1.0)


def _combine(first: Any, second: Any, alpha_bar: Any, sign: float) -> Any:
    """a first + sign s second: each of the four forms is a rotation of (x0, eps) by the angle whose cosine is a."""
    return alpha_bar**0.5 * first + sign * (1 - alpha_bar) ** 0.5 * second
