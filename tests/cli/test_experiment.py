"""samuel experiment: the names are those of the catalogue, and what cannot be run is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from samuel.cli.experiment import NAMES
from samuel.cli.main import main
from samuel.experiments import EXPERIMENTS


def test_the_command_knows_every_experiment() -> None:
    assert tuple(EXPERIMENTS) == NAMES


def test_a_corpus_that_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["experiment", "attention", "--data", str(tmp_path), "--corpus", str(tmp_path), "--steps", "1"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()
