"""Experiments end to end on tiny models: every one runs, a killed one goes on, arms share what they must share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samuel.checkpoint.files import read_json
from samuel.errors import ConfigError, SamuelError
from samuel.experiments import (
    EXPERIMENTS,
    Arm,
    Experiment,
    ExperimentSettings,
    find_experiment,
    run_experiment,
    running,
)
from samuel.experiments.running import _Run
from samuel.training.state import Progress

QUICK = ExperimentSettings(steps=2, preset="debug-denoiser", clips=2, sampling_steps=1, overrides={"loop.log_every": 1})
TWO_ARMS = Experiment(
    "mix", "Which?", (Arm("a", {"model.attention_mix": "local"}), Arm("b", {"model.attention_mix": "global"})), "b"
)


_QUICKEST = ("bottleneck", "vocal-density", "conditioning")  # together they use every kind of arm


@pytest.mark.parametrize(
    "name", [n if n in _QUICKEST else pytest.param(n, marks=pytest.mark.slow) for n in EXPERIMENTS]
)
def test_every_experiment_runs_to_a_page_with_all_its_arms(name: str, data: Path, corpus: Path, tmp_path: Path) -> None:
    experiment = find_experiment(name)
    page = run_experiment(experiment, data, corpus, tmp_path / "out", QUICK)
    text, plan = page.read_text(), read_json(tmp_path / "out" / "plan.json")
    table = json.loads(page.with_suffix(".json").read_text())
    assert len(plan["songs"]) + len(plan["left_out"]) == len(experiment.arms)
    for arm in plan["songs"]:
        assert f"\n| {arm} |" in text
        assert arm == experiment.reference or any(row["arm"] == arm for row in table["sections"]["Effects"])
    for sentence in plan["left_out"]:
        assert sentence in text
    assert (tmp_path / "out" / "effects.png").stat().st_size > 1000


def test_finished_arms_are_kept_and_a_stopped_one_goes_on(
    data: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, out = running.train_denoiser, tmp_path / "out"
    three = replace(TWO_ARMS, arms=(Arm("c", {"model.window": 2}), *TWO_ARMS.arms))

    def stops_in_the_second_arm(preset: str, data: Path, folder: Path, **options: Any) -> Progress:
        if folder.name == "a-0":
            options["overrides"] = {**options["overrides"], "loop.steps": 1}
            return replace(real(preset, data, folder, **options), stopped=True)
        return real(preset, data, folder, **options)

    monkeypatch.setattr(running, "train_denoiser", stops_in_the_second_arm)
    with pytest.raises(SamuelError, match="a was stopped at step 1: run the same command to go on"):
        run_experiment(three, data, corpus, out, QUICK)
    assert "Not finished: a." in (out / "mix.md").read_text()
    finished = out / "results" / "b-0.json"
    before = finished.stat().st_mtime_ns

    monkeypatch.setattr(running, "train_denoiser", real)
    lines: list[str] = []
    page = run_experiment(three, data, corpus, out, QUICK, report=lines.append)
    assert "Not finished" not in page.read_text()
    assert finished.stat().st_mtime_ns == before
    assert any(line.startswith("resuming at step 1") for line in lines)


def test_arms_that_do_not_differ_measure_the_same(data: Path, corpus: Path, tmp_path: Path) -> None:
    twins = Experiment("twins", "Same?", (Arm("a"), Arm("b")), "a")
    page = run_experiment(twins, data, corpus, tmp_path / "out", QUICK)
    effects = json.loads(page.with_suffix(".json").read_text())["sections"]["Effects"]
    known = [row for row in effects if row["difference"] is not None]  # beats of cheap ears fit every song alike
    assert {"v_loss", "harmony score, guidance 3"} <= {row["metric"] for row in known}
    assert all(row["difference"] == row["low"] == row["high"] == 0 for row in known)


def test_more_seeds_may_be_asked_for_later_but_not_another_model(data: Path, corpus: Path, tmp_path: Path) -> None:
    run_experiment(TWO_ARMS, data, corpus, tmp_path / "out", QUICK)
    page = run_experiment(TWO_ARMS, data, corpus, tmp_path / "out", replace(QUICK, seeds=2))
    assert "For each training seed alone" in page.read_text()
    effects = json.loads(page.with_suffix(".json").read_text())["sections"]["Effects"]
    assert {len(row["by seed"]) for row in effects} == {2}
    with pytest.raises(ConfigError, match="was begun with another settings"):
        run_experiment(TWO_ARMS, data, corpus, tmp_path / "out", replace(QUICK, sampling_steps=2))


def test_a_budget_gives_every_arm_the_same_steps(data: Path, corpus: Path, tmp_path: Path) -> None:
    settings = replace(QUICK, steps=None, budget="60s")
    run = _Run(TWO_ARMS, data, corpus, tmp_path / "out", settings, "cpu", lambda line: None)
    plan = run.plan()
    assert plan["steps"] >= 10
    assert plan["seconds_per_step"].keys() == {"a", "b"}
    assert not (tmp_path / "out" / "probe").exists()
    with pytest.raises(ConfigError, match=r"leaves 0 steps for each arm: give at least .* minutes"):
        _Run(TWO_ARMS, data, corpus, tmp_path / "none", replace(settings, budget="1s"), "cpu", print).plan()


def test_an_arm_that_no_recipe_takes_is_refused_before_any_work(data: Path, corpus: Path, tmp_path: Path) -> None:
    wrong = Experiment("wrong", "?", (Arm("a"), Arm("b", {"model.no_such": 1})), "a")
    with pytest.raises(ConfigError, match="no_such"):
        run_experiment(wrong, data, corpus, tmp_path / "out", QUICK)
    assert not (tmp_path / "out").exists()


def test_another_corpus_with_the_same_names_is_refused(data: Path, corpus: Path, tmp_path: Path) -> None:
    pairs = corpus / "pairs"
    (pairs / "held-0").rename(pairs / "other")
    (pairs / "held-1").rename(pairs / "held-0")
    (pairs / "other").rename(pairs / "held-1")
    with pytest.raises(ConfigError, match=r"held-0 is another song than held-0 of .*: name the corpus"):
        run_experiment(TWO_ARMS, data, corpus, tmp_path / "out", QUICK)
