"""The weighted loss on v."""

import pytest
import torch

from samuel.diffusion import LossConfig, add_noise, loss_weight, velocity, velocity_loss, x0_from_velocity
from samuel.errors import ConfigError

LEVELS = torch.tensor([0.0, 0.2, 0.5, 0.8, 0.999, 1.0], dtype=torch.float64)


def test_the_snr_weight_is_the_snr_up_to_its_clamp() -> None:
    weight = loss_weight(LEVELS, LossConfig("snr", clamp=3.0))
    expected = torch.tensor([0.0, 0.25, 1.0, 3.0, 3.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(weight, expected)


def test_the_uniform_weight_is_one() -> None:
    torch.testing.assert_close(loss_weight(LEVELS, LossConfig("uniform")), torch.ones_like(LEVELS))


def test_min_snr_on_v_is_the_clipped_snr_on_x0() -> None:
    generator = torch.Generator().manual_seed(0)
    x0, eps, wrong = torch.randn(3, 4, 2, 5, generator=generator, dtype=torch.float64)
    alpha_bar = LEVELS[1:5]
    level = alpha_bar[:, None, None]
    x_t, v = add_noise(x0, eps, level), velocity(x0, eps, level)
    error_of_x0 = (x0_from_velocity(x_t, wrong, level) - x0).square().mean(dim=(1, 2))
    snr = alpha_bar / (1 - alpha_bar)
    loss = velocity_loss(wrong, v, alpha_bar, LossConfig("min_snr", gamma=2.0))
    torch.testing.assert_close(loss, snr.clamp(max=2.0) * error_of_x0)


def test_the_loss_of_the_truth_is_zero_and_is_finite_at_both_ends() -> None:
    v = torch.randn(6, 2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for name in ("snr", "min_snr", "uniform"):
        assert velocity_loss(v, v, LEVELS, LossConfig(name)).abs().max() == 0
        assert velocity_loss(v + 1, v, LEVELS, LossConfig(name)).isfinite().all()


def test_masked_frames_do_not_count() -> None:
    v = torch.zeros(1, 2, 4)
    predicted = torch.tensor([1.0, 1.0, 9.0, 9.0]).expand(1, 2, 4)
    mask = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert velocity_loss(predicted, v, torch.tensor([0.5]), LossConfig("uniform"), mask).item() == 1


def test_an_unknown_weighting_is_refused() -> None:
    with pytest.raises(ConfigError, match="p2"):
        LossConfig("p2")  # type: ignore[arg-type]
