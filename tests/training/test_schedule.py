import pytest

from samuel.errors import ConfigError
from samuel.training.schedule import Plan, learning_rate, parse_duration
from samuel.training.settings import OptimiserSettings

SETTINGS = OptimiserSettings(learning_rate=1.0, warmup_steps=10, final=0.1)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("50m", 3000), ("2h", 7200), ("1h30m", 5400), ("1.5h", 5400)]
)
def test_a_duration_is_read_in_hours_minutes_and_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "50", "m", "0s", "5 m", "-5m", "1d"])
def test_a_duration_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write it like"):
        parse_duration(text)


def test_the_rate_warms_up_linearly_then_falls_to_its_final_share() -> None:
    assert [learning_rate(SETTINGS, step, 0.0) for step in (0, 4, 9, 50)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert learning_rate(SETTINGS, 100, 0.5) == pytest.approx(0.55)
    assert learning_rate(SETTINGS, 100, 1.0) == pytest.approx(0.1)


def test_without_a_budget_the_plan_ends_after_its_steps_however_long_they_took() -> None:
    plan = Plan(steps=10)
    assert plan.progress(5, 1e9) == 0.5
    assert not plan.is_over(9, 1e9)
    assert plan.is_over(10, 0.0)


def test_with_a_budget_the_plan_ends_on_time_however_many_steps_were_taken() -> None:
    plan = Plan(steps=10, budget=100.0)
    assert plan.progress(1_000, 25.0) == 0.25
    assert not plan.is_over(1_000, 99.0)
    assert plan.is_over(0, 100.0)
