from __future__ import annotations

from samuel.evaluation import page
from samuel.evaluation.statistics import Interval


def test_what_comes_from_outside_is_escaped() -> None:
    drawn = page.table([{"clip": "<b>&", "value": 1.0}]) + page.heading("<i>") + page.player(b"", "<u>")
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "<u>" not in drawn
    assert "&lt;b&gt;&amp;" in drawn


def test_values_that_are_not_known_are_dashes() -> None:
    assert page.table([{"a": None, "b": float("nan")}]).count("<td>–</td>") == 2


def test_an_interval_is_drawn_unless_it_is_unknown() -> None:
    assert "<circle" in page.drawing(Interval(0.5, 0.4, 0.6, 9))
    assert page.drawing(Interval(0.5, float("nan"), 0.6, 1)) == ""
