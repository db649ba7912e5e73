from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation.comparison import compare, holm
from samuel.evaluation.statistics import paired_p_value
from samuel.evaluation.table import Table


def table(values: dict[str, float], metric: str = "beat_f1") -> Table:
    return Table("set", {}, tuple({"clip": clip, metric: value} for clip, value in values.items()))


CLIPS = [f"clip-{k}" for k in range(12)]


def test_a_table_does_not_differ_from_itself() -> None:
    same = table({clip: k / 12 for k, clip in enumerate(CLIPS)})
    result = compare(same, same)
    assert result.summary["beat_f1"].value == 0
    assert result.sections["Pair by pair"][0]["p"] == "1"
    assert result.sections["Pair by pair"][0]["better"] == ""


def test_the_better_of_two_is_named_whichever_end_is_better() -> None:
    low, high = ({clip: k + shift for k, clip in enumerate(CLIPS)} for shift in (0.0, 0.5))
    for metric, expected in (("beat_f1", "b"), ("log_mel_db", "a"), ("loudness_lufs", "")):
        result = compare(table(low, metric), table(high, metric), ("a", "b"))
        assert result.sections["Pair by pair"][0]["better"] == expected
        assert result.summary[metric].value == pytest.approx(-0.5)


def test_clips_that_one_side_lacks_are_counted_and_left_out() -> None:
    result = compare(table({"a": 0.5, "b": 1.0}), table({"b": 0.5, "c": 0.0}))
    assert [item.identifier for item in result.skipped] == ["a", "c"]
    assert [row["clip"] for row in result.rows] == ["b"]


def test_tables_without_a_common_clip_are_refused() -> None:
    with pytest.raises(ConfigError, match="share no clip"):
        compare(table({"a": 1.0}), table({"b": 1.0}))


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    adjusted = holm(np.array([0.04, 0.01, np.nan, 0.03]))
    assert adjusted[[0, 1, 3]] == pytest.approx([0.06, 0.03, 0.06])
    assert np.isnan(adjusted[2])


def test_six_differences_of_one_sign_have_the_exact_p_of_one_in_32() -> None:
    assert paired_p_value(np.arange(1.0, 7.0)) == pytest.approx(2 / 2**6)
    assert np.isnan(paired_p_value(np.array([1.0])))
