"""Diffusion: schedule, samplers, guidance and loss. A model is only ever seen as a callable (x, t) -> v."""

from samuel.diffusion.fusion import fused
from samuel.diffusion.guidance import guide, guided, guided_together
from samuel.diffusion.inpainting import keeping
from samuel.diffusion.limiting import limited
from samuel.diffusion.loss import LossConfig, loss_weight, velocity_loss
from samuel.diffusion.noise import noise_source
from samuel.diffusion.samplers import ddim, ddpm, dpm_solver_2m, sample
from samuel.diffusion.schedule import (
    CosineSchedule,
    add_noise,
    eps_from_velocity,
    per_item,
    velocity,
    velocity_towards,
    x0_from_velocity,
)

__all__ = [
    "CosineSchedule",
    "LossConfig",
    "add_noise",
    "ddim",
    "ddpm",
    "dpm_solver_2m",
    "eps_from_velocity",
    "fused",
    "guide",
    "guided",
    "guided_together",
    "keeping",
    "limited",
    "loss_weight",
    "noise_source",
    "per_item",
    "sample",
    "velocity",
    "velocity_loss",
    "velocity_towards",
    "x0_from_velocity",
]
