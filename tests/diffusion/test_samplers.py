"""The samplers, on denoisers whose truth is known and against diffusers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from samuel.config import SAMPLERS, SamplerName
from samuel.diffusion import CosineSchedule, noise_source, sample, velocity_towards
from samuel.errors import ConfigError

SCHEDULE = CosineSchedule()
ORACLE: dict[str, Any] = {
    "num_train_timesteps": 800,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
}


def denoiser_of(x0: Any) -> Callable[[Any, float], Any]:
    """The true denoiser of a world with the one point x0: v = a eps - s x0 with eps = (x - a x0) / s."""

    def denoiser(x: Any, t: float) -> Any:
        alpha_bar = SCHEDULE.alpha_bar(t)
        a, s = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
        return (a * x - x0) * (1 / s)

    return denoiser


def denoiser_of_gaussian(mean: Tensor, variance: float) -> Callable[[Any, float], Any]:
    """The true denoiser of a Gaussian: a smooth function of x and t, so that the order of a solver matters."""

    def denoiser(x: Any, t: float) -> Any:
        alpha_bar = SCHEDULE.alpha_bar(t)
        a, s = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
        x0 = mean + a * variance / (a * a * variance + s * s) * (x - a * mean)
        return (a * x - x0) / s

    return denoiser


@pytest.mark.parametrize("steps", [1, 2, 9, 50])
@pytest.mark.parametrize("name", SAMPLERS)
def test_the_denoiser_of_one_point_leads_to_that_point(name: SamplerName, steps: int) -> None:
    rng = np.random.default_rng(1)
    x0, noise = rng.normal(size=(2, 2, 64, 12))
    out = sample(name, denoiser_of(x0), noise, SCHEDULE, steps, draw=lambda: rng.normal(size=noise.shape))
    np.testing.assert_allclose(out, x0, atol=1e-9)


@pytest.mark.parametrize("name", SAMPLERS)
def test_all_800_steps_lead_to_the_point_in_single_precision(name: SamplerName) -> None:
    x0 = noise_source([3], 4, 6)()
    draw = noise_source([4], 4, 6)
    torch.testing.assert_close(sample(name, denoiser_of(x0), draw(), SCHEDULE, 800, draw=draw), x0, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", SAMPLERS)
def test_one_seed_gives_one_result_whatever_the_batch(name: SamplerName) -> None:
    mean = noise_source([9], 4, 6)()[0]

    def run(seeds: list[int]) -> Tensor:
        draw = noise_source(seeds, 4, 6)
        out: Tensor = sample(name, denoiser_of_gaussian(mean, 0.3), draw(), SCHEDULE, 6, draw=draw)
        return out

    together = run([11, 12, 13, 14])
    for i, seed in enumerate((11, 12, 13, 14)):
        torch.testing.assert_close(run([seed])[0], together[i], atol=1e-5, rtol=0)


@pytest.mark.parametrize("steps", [4, 16])
def test_ddim_steps_as_in_diffusers(steps: int) -> None:
    check_against(DDIMScheduler(**ORACLE, clip_sample=False, set_alpha_to_one=True), "ddim", steps)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of diffusers on NumPy 2
@pytest.mark.parametrize("steps", [4, 16])
def test_dpm_solver_steps_as_in_diffusers(steps: int) -> None:
    check_against(DPMSolverMultistepScheduler(**ORACLE, final_sigmas_type="zero"), "dpm++", steps)


def check_against(oracle: Any, name: SamplerName, steps: int) -> None:
    """Run both from the same noise. Tolerance: diffusers keeps its noise levels in single precision."""
    mean, noise = noise_source([5, 6], 4, 6)()
    denoiser = denoiser_of_gaussian(mean, 0.3)
    oracle.set_timesteps(steps)
    x = noise
    for t in oracle.timesteps:
        x = oracle.step(denoiser(x, float(t)), t, x).prev_sample
    torch.testing.assert_close(sample(name, denoiser, noise, SCHEDULE, steps), x, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("steps", [8, 800])
def test_ddpm_steps_as_in_diffusers(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mean, noise = noise_source([5, 6], 4, 6)()
    denoiser = denoiser_of_gaussian(mean, 0.3)
    oracle = DDPMScheduler(**ORACLE, clip_sample=False)
    oracle.set_timesteps(steps)
    theirs = noise_source([7], 4, 6)
    monkeypatch.setattr(
        "diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda shape, **_: theirs()[0].reshape(shape)
    )
    x = noise
    for t in oracle.timesteps:
        x = oracle.step(denoiser(x, float(t)), t, x).prev_sample
    ours = noise_source([7], 4, 6)
    result = sample("ddpm", denoiser, noise, SCHEDULE, steps, draw=lambda: ours()[0])
    torch.testing.assert_close(result, x, atol=1e-3, rtol=1e-3)


def test_dpm_solver_comes_nearer_than_ddim_in_as_many_steps() -> None:
    mean, noise = noise_source([5, 6], 4, 6)()
    denoiser = denoiser_of_gaussian(mean, 0.3)
    exact = sample("ddim", denoiser, noise, SCHEDULE, 800)
    error = {
        name: float((sample(name, denoiser, noise, SCHEDULE, 20) - exact).abs().max()) for name in ("ddim", "dpm++")
    }
    assert error["dpm++"] < error["ddim"] / 2


def test_ddpm_draws_the_spread_of_the_data() -> None:
    draw = noise_source([1], 40, 100)
    out = sample("ddpm", denoiser_of_gaussian(torch.zeros(()), 0.3), draw(), SCHEDULE, 200, draw=draw)
    assert float(out.var()) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_progress_counts_every_step(name: SamplerName) -> None:
    seen: list[tuple[int, int]] = []
    noise = np.zeros((1, 2, 3))
    sample(name, denoiser_of(noise), noise, SCHEDULE, 3, lambda: noise, lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_ddpm_without_a_noise_source_is_refused() -> None:
    with pytest.raises(ConfigError, match="noise source"):
        sample("ddpm", denoiser_of(0.0), np.zeros((1, 2, 3)), SCHEDULE, 4)


def test_an_unknown_sampler_is_refused() -> None:
    with pytest.raises(ConfigError, match="euler"):
        sample("euler", denoiser_of(0.0), np.zeros((1, 2, 3)), SCHEDULE, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm++"])
def test_from_nothing_but_noise_every_sampler_finds_the_point_that_v_leads_to(name: SamplerName) -> None:
    schedule = CosineSchedule(zero_terminal=True)
    rng = np.random.default_rng(0)
    x0 = rng.normal(size=(1, 2, 3))

    def denoiser(x: np.ndarray, t: float) -> np.ndarray:
        return velocity_towards(x, x0, schedule.alpha_bar(t))

    found = sample(name, denoiser, rng.normal(size=x0.shape), schedule, 5, lambda: rng.normal(size=x0.shape))
    np.testing.assert_allclose(found, x0, atol=1e-9)
