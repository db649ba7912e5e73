"""The bound on predicted x0."""

from typing import Any

import numpy as np
import pytest

from samuel.diffusion import CosineSchedule, limited, velocity_towards, x0_from_velocity

SCHEDULE = CosineSchedule()
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 64, 6))
AIM = RNG.normal(size=(2, 64, 6))
AIM[0, :, 2] *= 5  # a frame that runs away


def towards_the_aim(x: Any, t: float) -> Any:
    return velocity_towards(x, AIM, SCHEDULE.alpha_bar(t))


@pytest.mark.parametrize("t", [0.0, 400.0, 799.0])
def test_a_frame_that_runs_away_is_scaled_to_the_limit_in_its_own_direction(t: float) -> None:
    x0 = x0_from_velocity(X, limited(towards_the_aim, SCHEDULE, 2.0)(X, t), SCHEDULE.alpha_bar(t))
    frame, aim = x0[0, :, 2], AIM[0, :, 2]
    assert np.sqrt((frame**2).mean()) == pytest.approx(2.0, rel=1e-4)
    np.testing.assert_allclose(frame / np.linalg.norm(frame), aim / np.linalg.norm(aim), atol=1e-5)


def test_every_other_frame_is_bit_for_bit_as_it_was() -> None:
    before, after = towards_the_aim(X, 400.0), limited(towards_the_aim, SCHEDULE, 2.0)(X, 400.0)
    others = np.arange(6) != 2
    np.testing.assert_array_equal(after[0][:, others], before[0][:, others])
    np.testing.assert_array_equal(after[1], before[1])


def test_the_limit_can_be_set() -> None:
    tight = x0_from_velocity(X, limited(towards_the_aim, SCHEDULE, 0.5)(X, 400.0), SCHEDULE.alpha_bar(400.0))
    np.testing.assert_allclose(np.sqrt((tight**2).mean(axis=1)), 0.5, rtol=1e-6)
