"""Rhythms written as text."""

from __future__ import annotations

import pytest

from samuel.corpus.patterns import Hit, at_level, check_pattern, hits
from samuel.errors import ConfigError


def test_a_beat_is_divided_by_its_characters_and_holds_lengthen_notes() -> None:
    assert hits("x--- x.x. .x .", 0, 4, False) == (
        Hit("x", 0.0, 1.0),
        Hit("x", 1.0, 0.25),
        Hit("x", 1.5, 0.25),
        Hit("x", 2.5, 0.5),
    )


def test_written_bars_take_turns() -> None:
    pattern = "x... .... .... ....|.... x... .... ...."
    assert [hits(pattern, bar, 4, False)[0].position for bar in range(3)] == [0.0, 1.0, 0.0]


def test_a_waltz_keeps_beats_one_two_and_four() -> None:
    assert [hit.symbol for hit in hits("1... 2... 3... 4...", 0, 3, False)] == ["1", "2", "4"]


def test_a_rolling_line_fills_all_three_eighths_of_a_dotted_beat() -> None:
    eighths = "x.x. x.x. x.x. x.x."
    assert [hit.position for hit in hits(eighths, 0, 2, True, rolling=True)] == pytest.approx(
        [0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3]
    )


def test_the_energy_chooses_from_calm_to_full() -> None:
    patterns = ("calm", "middle", "full")
    assert [at_level(patterns, energy) for energy in (0.0, 0.4, 0.55, 0.85, 1.0)] == [
        "calm", "calm", "middle", "full", "full",
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", ["x... x...", "x... x... x... y..."])
def test_a_pattern_of_other_shape_or_symbols_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="of kick"):
        check_pattern("kick", pattern)
