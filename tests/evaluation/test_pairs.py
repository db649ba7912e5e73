from __future__ import annotations

from pathlib import Path

import pytest
from chord_song import make_song

from samuel.errors import ConfigError, MissingExtraError
from samuel.evaluation.pairs import Pair, for_each_pair, read_pairs


def test_a_pair_reads_back_its_song_and_its_audio(corpus: Path) -> None:
    pair = read_pairs(corpus)[1]
    assert pair.song == make_song(3, name="song-3")
    assert pair.details["style"] == "pop"
    assert pair.accompaniment().samples.shape == (2, round(pair.song.duration * 44_100))
    assert pair.vocal().channels == 1


def test_a_split_and_a_limit_choose_pairs(corpus: Path) -> None:
    assert [pair.identifier for pair in read_pairs(corpus, "validation", limit=2)] == ["song-0", "song-3"]
    with pytest.raises(ConfigError, match="'train'"):
        read_pairs(corpus, "train")


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manifest\.jsonl does not exist"):
        read_pairs(tmp_path)


@pytest.mark.parametrize("line", ["{broken", '{"split": "valid"}', "[1]", "7"])
def test_a_row_that_names_no_pair_is_refused_by_its_number(corpus: Path, line: str) -> None:
    with (corpus / "manifest.jsonl").open("a") as manifest:
        manifest.write(line + "\n")
    with pytest.raises(ConfigError, match=r"manifest\.jsonl, line 4 names no pair"):
        read_pairs(corpus)


def test_a_truth_that_lacks_its_chords_is_refused(corpus: Path) -> None:
    (corpus / "pairs" / "song-0" / "truth.json").write_text('{"identifier": "song-0"}')
    with pytest.raises(ConfigError, match=r"truth\.json cannot be read"):
        read_pairs(corpus)


def test_a_pair_that_fails_is_skipped_but_a_missing_package_ends_the_evaluation(pairs: list[Pair]) -> None:
    def judge(pair: Pair) -> str:
        if pair.identifier == "song-3":
            raise ConfigError("no beats.")
        return pair.identifier

    def judge_without_package(pair: Pair) -> str:
        raise MissingExtraError("BeatNet", "eval")

    results, skipped = for_each_pair(pairs, judge)
    assert (results, [item.identifier for item in skipped]) == (["song-0", "song-6"], ["song-3"])
    with pytest.raises(MissingExtraError, match="no-deps BeatNet"):
        for_each_pair(pairs, judge_without_package)


def test_where_every_pair_fails_the_first_reason_is_said(pairs: list[Pair]) -> None:
    def judge(pair: Pair) -> str:
        raise ConfigError(f"{pair.identifier} has no beats.")

    with pytest.raises(ConfigError, match=r"None of 3 pairs could be judged; the first: song-0 has no beats\."):
        for_each_pair(pairs, judge)
