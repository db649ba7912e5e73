from __future__ import annotations

from pathlib import Path

import pytest
from chord_song import make_song

from samuel.errors import ConfigError
from samuel.evaluation.pairs import read_pairs


def test_a_pair_reads_back_its_song_and_its_audio(corpus: Path) -> None:
    pair = read_pairs(corpus)[1]
    assert pair.song == make_song(3, name="song-3")
    assert pair.details["style"] == "pop"
    assert pair.accompaniment().samples.shape == (2, 8 * 44_100)
    assert pair.vocal().channels == 1


def test_a_split_and_a_limit_choose_pairs(corpus: Path) -> None:
    assert [pair.identifier for pair in read_pairs(corpus, "validation", limit=2)] == ["song-0", "song-3"]
    with pytest.raises(ConfigError, match="'train'"):
        read_pairs(corpus, "train")


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manifest\.jsonl does not exist"):
        read_pairs(tmp_path)


def test_a_truth_that_lacks_its_chords_is_refused(corpus: Path) -> None:
    (corpus / "pairs" / "song-0" / "truth.json").write_text('{"identifier": "song-0"}')
    with pytest.raises(ConfigError, match=r"truth\.json cannot be read"):
        read_pairs(corpus)
