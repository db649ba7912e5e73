"""The noise schedule and the four forms of a noisy point."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler

from samuel.diffusion import (
    CosineSchedule,
    add_noise,
    eps_from_velocity,
    per_item,
    velocity,
    x0_from_velocity,
)
from samuel.errors import ConfigError


def noisy_points() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x0, eps = rng.normal(size=(2, 800, 4, 5))
    return x0, eps, np.array([CosineSchedule().alpha_bar(float(t)) for t in range(800)])[:, None, None]


def test_velocity_and_its_inverses_are_a_round_trip_at_every_step() -> None:
    x0, eps, alpha_bar = noisy_points()
    x_t, v = add_noise(x0, eps, alpha_bar), velocity(x0, eps, alpha_bar)
    np.testing.assert_allclose(x0_from_velocity(x_t, v, alpha_bar), x0, atol=1e-12)
    np.testing.assert_allclose(eps_from_velocity(x_t, v, alpha_bar), eps, atol=1e-12)


def test_the_round_trip_holds_in_single_precision_too() -> None:
    generator = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, 800, 4, 5, generator=generator)
    alpha_bar = per_item(CosineSchedule().alpha_bar(torch.arange(800.0)), x0)
    x_t, v = add_noise(x0, eps, alpha_bar), velocity(x0, eps, alpha_bar)
    torch.testing.assert_close(x0_from_velocity(x_t, v, alpha_bar), x0, atol=1e-5, rtol=0)
    torch.testing.assert_close(eps_from_velocity(x_t, v, alpha_bar), eps, atol=1e-5, rtol=0)


def test_velocity_is_noise_when_clean_and_minus_signal_when_pure_noise() -> None:
    x0, eps, _ = noisy_points()
    np.testing.assert_array_equal(velocity(x0, eps, 1.0), eps)
    np.testing.assert_array_equal(velocity(x0, eps, 0.0), -x0)


def test_velocity_is_the_derivative_of_the_noisy_point_by_its_angle() -> None:
    x0, eps, _ = noisy_points()
    angle, step = 0.7, 1e-6
    ahead, behind = (add_noise(x0, eps, np.cos(angle + sign * step) ** 2) for sign in (1, -1))
    np.testing.assert_allclose((ahead - behind) / (2 * step), velocity(x0, eps, np.cos(angle) ** 2), atol=1e-7)


def test_alpha_bar_is_that_of_diffusers_at_every_step() -> None:
    oracle = DDPMScheduler(num_train_timesteps=800, beta_schedule="squaredcos_cap_v2").alphas_cumprod
    ours = [CosineSchedule().alpha_bar(float(t)) for t in range(800)]
    np.testing.assert_allclose(ours, oracle.numpy(), rtol=1e-4)


def test_alpha_bar_falls_from_one_to_almost_nothing_and_never_reaches_it() -> None:
    levels = [CosineSchedule().alpha_bar(t / 4) for t in range(-4, 4 * 799 + 1)]
    assert levels[0] == 1
    assert all(after < before for before, after in pairwise(levels[:-3]))
    assert 0 < levels[-1] < 1e-8


def test_alpha_bar_of_a_tensor_is_that_of_its_numbers() -> None:
    t = torch.linspace(0, 799, 37, dtype=torch.float64)
    expected = torch.tensor([CosineSchedule().alpha_bar(float(x)) for x in t], dtype=torch.float64)
    torch.testing.assert_close(CosineSchedule().alpha_bar(t), expected)


@pytest.mark.parametrize("count", [1, 7, 30, 800])
def test_timesteps_start_at_the_last_and_fall(count: int) -> None:
    steps = CosineSchedule().timesteps(count)
    assert len(steps) == count
    assert steps[0] == 799
    assert sorted(set(steps), reverse=True) == steps
    assert steps[-1] >= 0


@pytest.mark.parametrize("count", [0, 801])
def test_a_step_count_that_the_schedule_lacks_is_refused(count: int) -> None:
    with pytest.raises(ConfigError, match=str(count)):
        CosineSchedule().timesteps(count)


def test_a_zero_terminal_schedule_is_algorithm_1_of_lin_et_al() -> None:
    plain, zero = CosineSchedule(), CosineSchedule(zero_terminal=True)
    root = np.sqrt([plain.alpha_bar(float(t)) for t in range(800)])
    expected = ((root - root[-1]) * root[0] / (root[0] - root[-1])) ** 2
    np.testing.assert_allclose([zero.alpha_bar(float(t)) for t in range(800)], expected, atol=1e-12)
    assert zero.alpha_bar(799.0) == 0
    assert zero.alpha_bar(-1.0) == 1
    t = torch.tensor([-1.0, 0.0, 400.0, 799.0], dtype=torch.float64)
    torch.testing.assert_close(zero.alpha_bar(t), torch.tensor([zero.alpha_bar(float(x)) for x in t]).double())
