"""samuel evaluate: a folder of accompaniments to a table, tables to a page, bad folders to one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import sung

from samuel.audio import write_audio
from samuel.cli.main import main
from samuel.errors import MissingExtraError
from samuel.evaluation import beatnet, read_table


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


@pytest.mark.parametrize("option", ["--keep", "--output"])
def test_a_folder_that_cannot_be_written_is_one_line_before_anything_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("long" * 100)):
        assert main(["evaluate", "listening", str(tmp_path / "corpus"), option, str(place)]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"{place} cannot be written (" in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", ["listening", "controls", "reconstruction", "regeneration"])
def test_a_folder_that_is_no_corpus_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", command, str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "manifest.jsonl does not exist" in said


def test_without_the_package_of_the_tracker_what_needs_no_beats_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(package: str, extra: str = "eval") -> None:
        raise MissingExtraError(package, extra)

    monkeypatch.setattr("samuel.evaluation.beatnet.require", absent)
    for part in vars(beatnet).values():  # what an earlier test made of the package would do without it
        if hasattr(part, "cache_clear"):
            part.cache_clear()
    (tmp_path / "bands").mkdir()
    for name in ("a", "b"):
        write_audio(tmp_path / "bands" / f"{name}.wav", sung(2.0))
    arguments = ["evaluate", "set", str(tmp_path / "bands"), "--tracker", "beatnet", "-o", str(tmp_path / "results")]
    assert main(arguments) == 0
    assert read_table(tmp_path / "results" / "set.json").summary["loudness_lufs"].count == 2
    assert "is not installed" in (tmp_path / "results" / "set.md").read_text()


def test_clips_without_a_take_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("bands/a", "bands/b", "takes/a"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        write_audio(tmp_path / f"{place}.wav", sung(2.0))
    arguments = ["set", str(tmp_path / "bands"), "--takes", str(tmp_path / "takes"), "-o", str(tmp_path / "results")]
    assert main(["evaluate", *arguments]) == 0
    assert "1 clips are incomplete, see the table" in capsys.readouterr().out
