"""samuel listening-test: folders to a page, answers to scores, what is missing to one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import sung

from samuel.audio import write_audio
from samuel.cli.main import main


@pytest.fixture
def page(tmp_path: Path) -> list[str]:
    """The arguments that build a page of one trial."""
    for name in ("real", "ours"):
        (tmp_path / name).mkdir()
        write_audio(tmp_path / name / "a.wav", sung(2.0))
    reference, out = str(tmp_path / "real"), str(tmp_path / "page")
    return ["listening-test", str(tmp_path / "ours"), "--reference", reference, "-o", out, "--seconds", "1"]


def test_folders_become_a_page_and_answers_scores(
    page: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(page) == 0
    assert "1 trials" in capsys.readouterr().out
    key = json.loads((tmp_path / "page.key.json").read_text())
    ratings = {"reference": 95, "anchor": 5, "ours": 50}
    trials = [
        {"trial": trial["trial"], "ratings": {name: ratings[condition] for name, condition in trial["stimuli"].items()}}
        for trial in key["trials"]
    ]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"test": key["test"], "listener": "a", "trials": trials}))
    results = ["--results", str(answers), "--key", str(tmp_path / "page.key.json"), "-o", str(tmp_path / "results")]
    assert main(["listening-test", *results]) == 0
    assert "ours: 50.000 [50.000, 50.000]" in capsys.readouterr().out
    assert (tmp_path / "results" / "listening-test.json").is_file()


def test_what_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listening-test", str(tmp_path), "-o", str(tmp_path / "page")]) == 1
    assert main(["listening-test", "--results", "x.json", "-o", str(tmp_path / "page")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert ["--reference" in lines[0], "--key" in lines[1], len(lines)] == [True, True, 2]
