"""Effects: paired, with the sign of arm minus reference, and scores as ratios over the same clips."""

from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.experiments import Arm, Experiment
from samuel.experiments.effects import columns_of, effects_of
from samuel.experiments.schedule import Cost, plan_steps


def run_of(errors: list[float], own: list[float]) -> dict[str, np.ndarray]:
    songs = [{"song": f"s{k}", "v_loss": error} for k, error in enumerate(errors)]
    clips = [
        {"clip": f"c{k}", "guidance": "3", **{f"{name}_real": 1.0 for name in ("harmony", "beat_f1", "beat_amlt")},
         **{f"{name}_shuffled": 0.0 for name in ("harmony", "beat_f1", "beat_amlt")},
         **dict.fromkeys(("harmony", "beat_f1", "beat_amlt"), value)}
        for k, value in enumerate(own)
    ]  # fmt: skip
    return columns_of([*songs, *clips])


def test_pairing_sees_a_small_effect_beneath_large_differences_of_songs() -> None:
    base = [0.1, 0.9, 0.4, 0.7]
    reference, arm = run_of(base, [0.2, 0.4]), run_of([error - 0.01 for error in base], [0.3, 0.5])
    found = {effect.metric: effect for effect in effects_of([arm], [reference])}
    loss = found["v_loss"]
    assert loss.difference is not None
    assert loss.difference.value == pytest.approx(-0.01)
    assert loss.difference.high < 0 < loss.value.high - loss.value.low
    score = found["harmony score, guidance 3"].difference
    assert score is not None
    assert (score.value, score.low, score.high) == pytest.approx((0.1, 0.1, 0.1))


def test_seeds_are_averaged_before_the_clips_are_resampled_and_shown_one_by_one() -> None:
    reference = [run_of([0.5, 0.5], [0.5, 0.5])] * 2
    arms = [run_of([0.4, 0.4], [0.5, 0.5]), run_of([0.6, 0.6], [0.5, 0.5])]
    loss = effects_of(arms, reference)[0]
    assert loss.difference is not None
    assert loss.difference.value == pytest.approx(0)
    assert loss.by_seed == pytest.approx((-0.1, 0.1))


def test_rows_are_paired_by_name_whatever_their_order() -> None:
    rows = [{"song": "a", "v_loss": 1.0}, {"song": "b", "v_loss": 2.0}]
    np.testing.assert_array_equal(columns_of(rows)["v_loss"], columns_of(rows[::-1])["v_loss"])


def test_all_arms_with_their_judging_fit_into_the_budget() -> None:
    costs = {"cheap": Cost(0.1, 2.0), "dear": Cost(0.4, 2.0)}
    steps = plan_steps(100.0, costs, judging=10.0, seeds=2)
    spent = 2 * sum(cost.overhead + 10.0 + steps * cost.step for cost in costs.values())
    assert spent <= 100.0 < spent + 2 * 0.5
    with pytest.raises(ConfigError, match=r"leaves 2 steps for each arm: give at least 1\.0 minutes"):
        plan_steps(50.0, costs, judging=10.0, seeds=2)


def test_a_definition_without_its_reference_is_refused() -> None:
    with pytest.raises(ConfigError, match="with 'c' among them"):
        Experiment("x", "?", (Arm("a"), Arm("b")), "c")
    with pytest.raises(ConfigError, match="hidden"):
        Arm("a", hidden=("plan",))
