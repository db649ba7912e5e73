from __future__ import annotations

import json
from pathlib import Path

import pytest

from samuel.errors import ConfigError
from samuel.evaluation.pairs import Skipped
from samuel.evaluation.table import Table, read_table, summarise, write_table

ROWS = ({"clip": "a", "f1": 0.5}, {"clip": "b", "f1": 1.0}, {"clip": "c", "f1": float("nan")})


def test_a_table_is_written_as_json_and_markdown(tmp_path: Path) -> None:
    table = Table("rhythm", {"clips": 3}, ROWS, summarise(ROWS), (Skipped("d", "too short"),))
    as_json, as_markdown = write_table(table, tmp_path / "out")
    read = json.loads(as_json.read_text())
    assert read["rows"] == [{"clip": "a", "f1": 0.5}, {"clip": "b", "f1": 1.0}, {"clip": "c", "f1": None}]
    assert read["summary"]["f1"]["count"] == 2
    assert "| f1 | 0.750 | 0.500 to 1.000 | 2 |" in as_markdown.read_text()
    assert "- d: too short" in as_markdown.read_text()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file/out cannot be written"):
        write_table(Table("rhythm", {}), tmp_path / "file" / "out")


def test_a_table_that_was_written_is_read_again(tmp_path: Path) -> None:
    table = Table(
        "rhythm", {"clips": 2}, ROWS[:2], summarise(ROWS[:2]), (Skipped("d", "too short"),), {"More": ({"a": 1},)}
    )
    assert read_table(write_table(table, tmp_path)[0]) == table


def test_a_file_that_is_no_result_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ConfigError, match=r"x\.json is no result"):
        read_table(tmp_path / "x.json")
