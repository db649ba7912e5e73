"""What the denoiser is taught is what the samplers undo: the same velocity, of the normalised latents, as weighted."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from samuel.checkpoint import ChannelStatistics, LatentStatistics
from samuel.diffusion import CosineSchedule, LossConfig, loss_weight, per_item, x0_from_velocity
from samuel.model import DENOISER_PRESETS, Condition
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.recipes import DenoiserRecipe, preset_names, read_recipe
from samuel.training.settings import DenoiserObjectiveSettings

STATISTICS = LatentStatistics(
    ChannelStatistics(torch.full((64,), 2.0), torch.full((64,), 4.0)),
    ChannelStatistics(torch.full((64,), -3.0), torch.full((64,), 0.5)),
)
SETTINGS = {"condition_dropout": 0.0, "vocal_noise": 0.0, "plan_dropout": 0.0, "plan_part_dropout": 0.0}


class Oracle(nn.Module):
    """Knows the one clean point x0, and so the velocity of every noisy one; `error` is added to it."""

    config = DENOISER_PRESETS["debug"]

    def __init__(self, x0: Tensor, error: float = 0.0) -> None:
        super().__init__()
        self.x0, self.error = x0, error

    def forward(self, noisy: Tensor, timestep: Tensor, condition: Condition, drop: Tensor | None = None) -> Tensor:
        self.timestep, self.condition = timestep, condition
        alpha_bar = per_item(CosineSchedule().alpha_bar(timestep.float()), noisy)
        v = (alpha_bar.sqrt() * noisy - self.x0) / (1 - alpha_bar).sqrt()
        torch.testing.assert_close(x0_from_velocity(noisy, v, alpha_bar), self.x0, atol=1e-4, rtol=0)
        return v + self.error


def batch_of(count: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = {"vocal": 64, "band": 64, "features": 20, "truth": 27}
    return {name: torch.randn(count, size, 8, generator=generator) for name, size in sizes.items()}


def taught(error: float, loss: LossConfig) -> tuple[Oracle, Tensor, dict[str, Tensor]]:
    batch = batch_of(16)
    oracle = Oracle(STATISTICS.band.normalise(batch["band"]), error)
    objective = DenoiserObjective(oracle, STATISTICS, DenoiserObjectiveSettings(loss=loss, **SETTINGS))
    value, metrics = objective(batch, torch.Generator().manual_seed(0))
    return oracle, value, metrics


def test_the_velocity_that_leads_a_sampler_to_the_point_has_no_loss() -> None:
    _, loss, metrics = taught(0.0, LossConfig("uniform"))
    assert loss.item() < 1e-3
    assert metrics["v_loss"].item() < 1e-3


@pytest.mark.parametrize("weighting", ["snr", "min_snr", "uniform"])
def test_the_loss_is_the_weighted_error_of_each_noise_level(weighting: str) -> None:
    config = LossConfig(weighting)  # type: ignore[arg-type]
    oracle, loss, metrics = taught(1.0, config)
    weight = loss_weight(CosineSchedule().alpha_bar(oracle.timestep.float()), config)
    torch.testing.assert_close(loss, weight.mean(), rtol=1e-2, atol=1e-4)
    torch.testing.assert_close(metrics["v_loss"], torch.ones(()), rtol=1e-2, atol=0)


def test_the_vocal_is_normalised_by_its_own_statistics() -> None:
    oracle, _, _ = taught(0.0, LossConfig("uniform"))
    torch.testing.assert_close(oracle.condition.latents, (batch_of(16)["vocal"] - 2) / 4)


@pytest.mark.parametrize("name", [name for name in preset_names() if name.startswith("denoiser")])
def test_every_shipped_denoiser_learns_the_null_that_guidance_needs(name: str) -> None:
    assert 0.05 <= read_recipe(DenoiserRecipe, Path(name)).objective.condition_dropout <= 0.10
