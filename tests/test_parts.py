"""Checkpoints in parts: whole again, byte for byte, or refused."""

from pathlib import Path

import pytest

from samuel.checkpoint.parts import INDEX, join_parts, split_files
from samuel.errors import CheckpointError


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(bytes(range(256)) * 10)
    (folder / "card.md").write_text("a card")
    (folder / "empty").write_bytes(b"")
    return tmp_path / "models"


def test_parts_are_small_and_become_the_files_again(models: Path, tmp_path: Path) -> None:
    number = split_files(models, tmp_path / "parts", 1000)
    parts = [path for path in (tmp_path / "parts").iterdir() if path.name != INDEX]
    assert len(parts) == number == 5  # three of the weights, the card, and one for the empty file
    assert max(path.stat().st_size for path in parts) == 1000
    joined = join_parts(tmp_path / "parts", tmp_path / "again")
    assert len(joined) == 3
    for path in joined:
        assert path.read_bytes() == (models / path.relative_to(tmp_path / "again")).read_bytes()


def test_a_missing_or_damaged_part_is_refused(models: Path, tmp_path: Path) -> None:
    split_files(models, tmp_path / "parts", 1000)
    part = max((tmp_path / "parts").glob("part-*"), key=lambda path: path.stat().st_size)
    content = bytearray(part.read_bytes())
    content[7] ^= 1
    part.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is not what parts\.json describes"):
        join_parts(tmp_path / "parts", tmp_path / "again")
    part.unlink()
    with pytest.raises(CheckpointError, match="is missing: copy all parts of tiny/weights"):
        join_parts(tmp_path / "parts", tmp_path / "again")
    assert not (tmp_path / "again" / "tiny" / "weights").exists()


def test_an_index_that_leads_outside_is_refused(models: Path, tmp_path: Path) -> None:
    split_files(models, tmp_path / "parts", 1000)
    index = tmp_path / "parts" / INDEX
    index.write_text(index.read_text().replace("tiny/card.md", "../outside.md"))
    with pytest.raises(CheckpointError, match="lies outside"):
        join_parts(tmp_path / "parts", tmp_path / "again")
    assert not (tmp_path / "outside.md").exists()
