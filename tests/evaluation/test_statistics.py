from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation.statistics import bootstrap, normalised_gain, paired_difference


def test_equal_values_have_an_interval_of_no_width() -> None:
    interval = bootstrap(np.full(10, 0.7))
    assert (interval.value, interval.low, interval.high, interval.count) == pytest.approx((0.7, 0.7, 0.7, 10))


def test_the_interval_of_a_mean_agrees_with_the_normal_theory() -> None:
    values = np.random.default_rng(0).normal(size=400)
    interval = bootstrap(values)
    assert interval.value == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_intervals_hold_the_truth_as_often_as_they_claim() -> None:
    rng = np.random.default_rng(1)
    intervals = [bootstrap(rng.normal(size=40), resamples=300) for _ in range(200)]
    assert 0.88 <= np.mean([i.low <= 0 <= i.high for i in intervals]) <= 0.99


def test_a_ratio_is_resampled_by_clips_and_not_averaged_over_them() -> None:
    rows = np.array([[0.5, 0.9, 0.3], [0.7, 0.8, 0.4]])
    assert bootstrap(rows, normalised_gain).value == pytest.approx((0.6 - 0.35) / (0.85 - 0.35))


def test_one_seed_gives_one_interval() -> None:
    values = np.random.default_rng(2).random(12)
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3) != bootstrap(values, seed=4)


def test_clips_that_could_not_be_judged_are_left_out_and_counted() -> None:
    interval = bootstrap(np.array([1.0, np.nan, 3.0]))
    assert (interval.value, interval.count) == (2.0, 2)


def test_no_clip_at_all_warns() -> None:
    with pytest.warns(UserWarning, match="No clip"):
        assert np.isnan(bootstrap(np.array([np.nan])).value)


def test_a_constant_gain_is_told_from_none() -> None:
    first = np.random.default_rng(3).random(20)
    gain = paired_difference(first + 0.1, first)
    assert gain.low == pytest.approx(gain.high) == pytest.approx(0.1)


def test_a_confidence_of_95_is_refused() -> None:
    with pytest.raises(ConfigError, match="confidence"):
        bootstrap(np.ones(3), confidence=95)


def test_means_drawn_at_once_are_those_drawn_one_by_one() -> None:
    rows = np.random.default_rng(0).standard_normal((9, 2))
    at_once, one_by_one = bootstrap(rows), bootstrap(rows, lambda values: float(values.mean()))
    assert (at_once.low, at_once.high) == pytest.approx((one_by_one.low, one_by_one.high))
