"""Keeping some frames as they are while others are drawn anew."""

from __future__ import annotations

from samuel.diffusion.samplers import DenoiserFunction
from samuel.diffusion.schedule import Array, CosineSchedule, velocity_towards


def keeping(denoiser: DenoiserFunction, x0: Array, keep: Array, schedule: CosineSchedule) -> DenoiserFunction:
    """The denoiser, but wherever keep is 1 its v leads to the known x0; keep, of 0 and 1, broadcasts against x0.

    The known x0 takes the predicted one's place (DDNM, Wang et al. 2022, arXiv 2212.00490, eq. 13, the mask being the
    linear operator). Every sampler then carries the known frames at the noise of each step by itself, so that the
    network sees them as RePaint's do (Lugmayr et al. 2022, arXiv 2201.09865, eq. 8), and ends on x0 there.
    """

    def kept(x: Array, t: float) -> Array:
        return keep * velocity_towards(x, x0, schedule.alpha_bar(float(t))) + (1 - keep) * denoiser(x, t)

    return kept
