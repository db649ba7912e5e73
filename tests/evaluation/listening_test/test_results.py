from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation import write_report, write_table
from samuel.evaluation.listening_test import BuiltTest, evaluate_answers
from samuel.evaluation.listening_test.results import crossed_bootstrap

GOOD = {"reference": 100.0, "ours": 70.0, "theirs": 40.0, "anchor": 20.0}


def answer(folder: Path, key: Mapping[str, Any], name: str, ratings: Mapping[str, float], **changes: Any) -> Path:
    """The file of a listener who rates a condition alike in all trials, in an order of trials of their own."""
    trials = [
        {
            "trial": trial["trial"],
            "ratings": {sound: ratings[condition] for sound, condition in trial["stimuli"].items()},
        }
        for trial in reversed(key["trials"])
    ]
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"test": key["test"], "listener": name, "trials": trials, **changes}))
    return path


def test_scores_are_the_means_by_condition_whatever_the_order(
    built: BuiltTest, key: dict[str, Any], tmp_path: Path
) -> None:
    files = [answer(tmp_path, key, f"l{k}", {**GOOD, "ours": 70.0 + k}) for k in range(7)]
    table = evaluate_answers(files, built.key)
    assert {name: one.value for name, one in table.summary.items()} == {**GOOD, "ours": 73.0}
    assert table.summary["ours"].low < 73 < table.summary["ours"].high
    assert table.settings["listeners"] == 7
    tests = {(row["first"], row["second"]): row for row in table.sections["Pair by pair"]}
    assert float(tests["ours", "theirs"]["p"]) == pytest.approx(2 / 2**7, rel=0.01)  # all seven of one sign, exact
    assert tests["ours", "theirs"]["better"] == ""  # .0156 is not below .05 after Holm's six


def test_nine_of_one_mind_are_enough_to_name_the_better(built: BuiltTest, key: dict[str, Any], tmp_path: Path) -> None:
    table = evaluate_answers([answer(tmp_path, key, f"l{k}", GOOD) for k in range(9)], built.key)
    assert {(row["first"], row["second"]): row["better"] for row in table.sections["Pair by pair"]}[
        "ours", "theirs"
    ] == "ours"


def test_who_misses_the_hidden_reference_or_likes_the_anchor_is_screened_out(
    built: BuiltTest, key: dict[str, Any], tmp_path: Path
) -> None:
    files = [
        answer(tmp_path, key, "careful", GOOD),
        answer(tmp_path, key, "deaf", {**GOOD, "reference": 89.0}),
        answer(tmp_path, key, "dull", {**GOOD, "anchor": 91.0}),
    ]
    table = evaluate_answers(files, built.key)
    assert [row["listener"] for row in table.rows] == ["careful"]
    assert [(item.identifier, "anchor" in item.reason) for item in table.skipped] == [("deaf", False), ("dull", True)]
    assert table.settings["screened out"] == 2


def test_one_slip_in_seven_trials_is_forgiven_and_two_are_not() -> None:
    from samuel.evaluation.listening_test.answers import Answers, screen

    def listener(slips: int) -> Answers:
        ratings = np.full((7, 3), 50.0)
        ratings[:, 0] = 95.0
        ratings[:slips, 0] = 60.0
        return Answers(str(slips), ratings)

    kept, out = screen([listener(1), listener(2)])
    assert ([one.listener for one in kept], [item.identifier for item in out]) == (["1"], ["2"])


def test_files_that_are_no_answers_are_skipped_and_counted(
    built: BuiltTest, key: dict[str, Any], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    files = [
        broken,
        answer(tmp_path, key, "other", GOOD, test="another"),
        answer(tmp_path, key, "half", GOOD, trials=[]),
        answer(tmp_path, key, "wild", {**GOOD, "ours": 101.0}),
        answer(tmp_path, key, "good", GOOD),
        tmp_path / "missing.json",
    ]
    table = evaluate_answers(files, built.key)
    assert [item.identifier for item in table.skipped] == [
        "broken.json", "other.json", "half.json", "wild.json", "missing.json",
    ]  # fmt: skip
    assert table.settings["listeners"] == 1
    with pytest.raises(ConfigError, match="None of 1 files"):
        evaluate_answers([broken], built.key)


def test_who_answers_twice_counts_once(built: BuiltTest, key: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    files = [answer(tmp_path, key, "same", GOOD), answer(tmp_path / "later", key, "same", {**GOOD, "ours": 10.0})]
    table = evaluate_answers(files, built.key)
    assert table.summary["ours"].value == 10.0
    assert "twice" in table.skipped[0].reason


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ConfigError, match="no key"):
        evaluate_answers([tmp_path / "x.json"], tmp_path / "x.json")


def test_the_interval_knows_that_trials_and_listeners_differ() -> None:
    rng = np.random.default_rng(0)
    by_listener, by_trial = rng.normal(0, 10, (12, 1)), rng.normal(0, 10, (1, 12))
    interval = crossed_bootstrap(50 + by_listener + by_trial)
    expected = 1.96 * np.sqrt(by_listener.var() / 12 + by_trial.var() / 12)
    assert (interval.high - interval.low) / 2 == pytest.approx(expected, rel=0.1)


def test_scores_go_into_a_report(built: BuiltTest, key: dict[str, Any], tmp_path: Path) -> None:
    table = evaluate_answers([answer(tmp_path, key, "a", GOOD), answer(tmp_path, key, "b", GOOD)], built.key)
    write_table(table, tmp_path / "results")
    page, *_ = write_report([tmp_path / "results"], tmp_path / "report.html")
    assert "Pair by pair" in page.read_text()
