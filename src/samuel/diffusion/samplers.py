"""Three samplers, each a pure function of a denoiser that predicts v. Symbols: see diffusion/schedule.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Protocol

from samuel.config import SAMPLERS, SamplerName, require_choice
from samuel.diffusion.schedule import Array, CosineSchedule, eps_from_velocity, x0_from_velocity
from samuel.errors import ConfigError

DenoiserFunction = Callable[[Array, float], Array]  # (x_t, t) -> v; t is one float for the whole batch
NoiseSource = Callable[[], Array]  # fresh unit Gaussian noise of the shape of x_t
OnStep = Callable[[int, int], None]  # (steps done, steps in all)

CLEAN = -1  # the step after which nothing is left to remove: alpha_bar = 1


class Sampler(Protocol):
    """What every sampler looks like."""

    def __call__(
        self,
        denoiser: DenoiserFunction,
        noise: Array,
        schedule: CosineSchedule,
        steps: int,
        draw: NoiseSource | None = None,
        on_step: OnStep | None = None,
    ) -> Array:
        """Turn noise into latents."""


def sample(
    name: SamplerName,
    denoiser: DenoiserFunction,
    noise: Array,
    schedule: CosineSchedule,
    steps: int,
    draw: NoiseSource | None = None,
    on_step: OnStep | None = None,
) -> Array:
    """Draw latents of the shape of `noise`, which is the pure noise to start from.

    `draw` gives the noise that ddpm adds at each step (the others need none); with one generator per item inside it,
    an item's result does not depend on its batch. Raises ConfigError for an unknown name, steps outside
    1 to schedule.steps, or ddpm without `draw`.
    """
    require_choice("sampler", name, SAMPLERS)
    return _SAMPLERS[name](denoiser, noise, schedule, steps, draw, on_step)


def ddpm(
    denoiser: DenoiserFunction,
    noise: Array,
    schedule: CosineSchedule,
    steps: int,
    draw: NoiseSource | None = None,
    on_step: OnStep | None = None,
) -> Array:
    """Ancestral: draw from q(x_u | x_t, x0) with x0 predicted (Ho et al. 2020, eq. 6 and 7), u being the next step."""
    if draw is None and steps > 1:
        raise ConfigError("The ddpm sampler was given no noise source: pass draw, or choose ddim or dpm++.")
    x = noise
    for t, u in _pairs(schedule, steps, on_step):
        now, following = schedule.alpha_bar(float(t)), schedule.alpha_bar(float(u))
        x0 = x0_from_velocity(x, denoiser(x, float(t)), now)
        kept = now / following  # alpha of this step, over however many training steps it spans
        x = following**0.5 * (1 - kept) / (1 - now) * x0 + kept**0.5 * (1 - following) / (1 - now) * x
        if u != CLEAN and draw is not None:
            x = x + ((1 - following) / (1 - now) * (1 - kept)) ** 0.5 * draw()
    return x


def ddim(
    denoiser: DenoiserFunction,
    noise: Array,
    schedule: CosineSchedule,
    steps: int,
    draw: NoiseSource | None = None,
    on_step: OnStep | None = None,
) -> Array:
    """Deterministic: keep the predicted noise and lower its share (Song et al. 2021, eq. 12 with eta = 0)."""
    x = noise
    for t, u in _pairs(schedule, steps, on_step):
        now, following = schedule.alpha_bar(float(t)), schedule.alpha_bar(float(u))
        v = denoiser(x, float(t))
        x = following**0.5 * x0_from_velocity(x, v, now) + (1 - following) ** 0.5 * eps_from_velocity(x, v, now)
    return x


def dpm_solver_2m(
    denoiser: DenoiserFunction,
    noise: Array,
    schedule: CosineSchedule,
    steps: int,
    draw: NoiseSource | None = None,
    on_step: OnStep | None = None,
) -> Array:
    """DPM-Solver++(2M): x0 extrapolated in log-SNR from the last two predictions (Lu et al. 2022, algorithm 2)."""
    x = noise
    previous: Array | None = None
    last_h = 0.0
    for t, u in _pairs(schedule, steps, on_step):
        now, following = schedule.alpha_bar(float(t)), schedule.alpha_bar(float(u))
        x0 = x0_from_velocity(x, denoiser(x, float(t)), now)
        if u == CLEAN:  # h is infinite here; first order, as in the paper's reference code, gives x0 itself
            x = x0
            continue
        h = _half_log_snr(following) - _half_log_snr(now)
        # at the first step there is no history: first order
        aim = x0 if previous is None else x0 + 0.5 * h / last_h * (x0 - previous)
        x = ((1 - following) / (1 - now)) ** 0.5 * x - following**0.5 * math.expm1(-h) * aim
        previous, last_h = x0, h
    return x


_SAMPLERS: dict[SamplerName, Sampler] = {"ddpm": ddpm, "ddim": ddim, "dpm++": dpm_solver_2m}


def _half_log_snr(alpha_bar: float) -> float:
    """lam = log(a / s); minus infinity where nothing of x0 is left, from where the first step is first order."""
    if alpha_bar == 0:
        return -math.inf
    return 0.5 * math.log(alpha_bar / (1 - alpha_bar))


def _pairs(schedule: CosineSchedule, steps: int, on_step: OnStep | None) -> Iterator[tuple[int, int]]:
    """Each step and the one after it, down to CLEAN; reports a step when the sampler comes back for the next."""
    ladder = [*schedule.timesteps(steps), CLEAN]
    for done, pair in enumerate(pairwise(ladder), start=1):
        yield pair
        if on_step is not None:
            on_step(done, steps)
