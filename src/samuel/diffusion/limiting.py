"""A bound on what a denoiser may promise, so that no guided sampler runs away."""

from __future__ import annotations

from samuel.diffusion.samplers import DenoiserFunction
from samuel.diffusion.schedule import Array, CosineSchedule, x0_from_velocity


def limited(denoiser: DenoiserFunction, schedule: CosineSchedule, limit: float) -> DenoiserFunction:
    """The denoiser, but no frame of the x0 that its v (b, c, t) leads to has an rms over its channels above limit.

    A louder frame is scaled down to it. Guidance can push a prediction beyond anything seen in training, and the next
    step starts from there; Imagen bounds x0 for the same reason (Saharia et al. 2022, section 2.3), pixel by pixel
    and by the picture's own percentile. Here a frame keeps its direction, and other frames keep everything.
    """

    def bounded(x: Array, t: float) -> Array:
        v, alpha_bar = denoiser(x, t), schedule.alpha_bar(float(t))
        x0 = x0_from_velocity(x, v, alpha_bar)
        rms = (x0 * x0).mean(axis=1, keepdims=True) ** 0.5
        excess = 1 - limit / rms.clip(limit)  # 0 exactly for every frame within the limit
        return v + excess * x0 / (1 - alpha_bar) ** 0.5

    return bounded
