"""Some frames kept, the others drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from samuel.diffusion import (
    CosineSchedule,
    add_noise,
    keeping,
    noise_source,
    sample,
    velocity_towards,
    x0_from_velocity,
)

SCHEDULE = CosineSchedule()
X0 = 2 * noise_source([7], 4, 30)()
KEEP = torch.ones(30)
KEEP[10:20] = 0


def drawn(name: str, denoiser: object, steps: int = 6) -> Tensor:
    draw = noise_source([3], 4, 30)
    return sample(name, denoiser, draw(), SCHEDULE, steps, draw)  # type: ignore[arg-type]


def pointwise(x: Tensor, t: float) -> Tensor:
    return x / 3


def mixing(x: Tensor, t: float) -> Tensor:
    """A denoiser whose every frame depends on all."""
    return x / 3 + x.mean(dim=2, keepdim=True)


@pytest.mark.parametrize("alpha_bar", [1e-4, 0.5, 0.999])
def test_velocity_towards_is_the_inverse_of_x0_from_velocity(alpha_bar: float) -> None:
    x_t, x0 = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(x0_from_velocity(x_t, velocity_towards(x_t, x0, alpha_bar), alpha_bar), x0, atol=1e-9)


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm++"])
def test_kept_frames_end_as_they_were_and_the_others_as_the_denoiser_has_them(name: str) -> None:
    result = drawn(name, keeping(pointwise, X0, KEEP, SCHEDULE))
    torch.testing.assert_close(result * KEEP, X0 * KEEP, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(result * (1 - KEEP), drawn(name, pointwise) * (1 - KEEP))


@pytest.mark.parametrize("name", ["ddim", "dpm++"])
def test_the_denoiser_sees_kept_frames_at_the_noise_of_the_step(name: str) -> None:
    eps = noise_source([3], 4, 30)()

    def watching(x: Tensor, t: float) -> Tensor:
        expected = add_noise(X0, eps, SCHEDULE.alpha_bar(t))
        # the sampler starts from noise alone, where the schedule's last step has a trace of signal
        torch.testing.assert_close(x * KEEP, expected * KEEP, atol=0.01, rtol=0.01)
        return x / 3

    drawn(name, keeping(watching, X0, KEEP, SCHEDULE))


def test_ddpm_gives_kept_frames_fresh_noise_of_the_right_power() -> None:
    powers: list[tuple[float, float]] = []

    def watching(x: Tensor, t: float) -> Tensor:
        alpha_bar = SCHEDULE.alpha_bar(t)
        noise = (x - alpha_bar**0.5 * 2) / (1 - alpha_bar) ** 0.5
        powers.append((float(noise.std()), float(noise.mean())))
        return x

    draw, known = noise_source([3], 64, 400), torch.full((1, 64, 400), 2.0)
    sample("ddpm", keeping(watching, known, torch.ones(400), SCHEDULE), draw(), SCHEDULE, 8, draw)
    np.testing.assert_allclose(powers, [(1, 0)] * 8, atol=0.03)


def test_what_is_kept_decides_what_is_drawn_beside_it() -> None:
    one, other = (drawn("dpm++", keeping(mixing, x0, KEEP, SCHEDULE)) for x0 in (X0, X0 + 1))
    assert (one - other)[..., 10:20].abs().max() > 0.1
