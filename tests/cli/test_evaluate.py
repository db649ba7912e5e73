"""samuel evaluate: a folder of accompaniments to a table, tables to a page, bad folders to one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import sung

from samuel.audio import write_audio
from samuel.cli.main import main


def test_a_folder_becomes_a_table_and_the_table_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bands").mkdir()
    for name in ("a", "b"):
        write_audio(tmp_path / "bands" / f"{name}.wav", sung(2.0))
    assert main(["evaluate", "set", str(tmp_path / "bands"), "-o", str(tmp_path / "results")]) == 0
    assert "percussion: attack, dB: " in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert main(["evaluate", "report", str(tmp_path / "results"), "--out", str(page), "--players", "1"]) == 0
    assert page.read_text().count("<audio") == 1


def test_a_folder_that_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "set", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_semitones_that_are_no_number_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "set", str(tmp_path), "--moved", "three", str(tmp_path)]) == 1
    assert "three is no number of semitones" in capsys.readouterr().err
