"""The corpus builder: the same seed gives the same corpus, killed or not, and nothing half-made counts."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import stand_ins

from samuel.audio import Waveform, read_audio, write_audio
from samuel.cli.main import main
from samuel.config import SAMPLE_RATE
from samuel.corpus import build
from samuel.corpus.band import SoundfontError
from samuel.corpus.build import CorpusSettings, build_corpus, draw_soundfont, name_of
from samuel.corpus.errors import CorpusError
from samuel.corpus.prepare import prepare_corpus

TINY = CorpusSettings(hours=0.04, seed=5)  # three pairs


@pytest.fixture
def quick_band(monkeypatch, tmp_path):
    stand_ins.install(monkeypatch.setattr)
    return tmp_path


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_resuming_too(quick_band):
    whole, resumed = quick_band / "whole", quick_band / "resumed"
    assert build_corpus(whole, TINY) == 3
    build_corpus(resumed, CorpusSettings(hours=0.02, seed=5))
    (resumed / "pairs" / ".pair-000002-77").mkdir()  # what a killed build leaves behind
    assert build_corpus(resumed, TINY) == 1
    assert digests(whole) == digests(resumed)
    assert build_corpus(whole, TINY) == 0


def test_stems_are_kept_as_played_and_change_nothing_else(quick_band):
    plain, stems = quick_band / "plain", quick_band / "stems"
    one = ["--hours", "0.013", "--seed", "5"]
    assert main(["corpus", "build", str(plain), *one]) == main(["corpus", "build", str(stems), *one, "--stems"]) == 0
    pair = Path("pairs") / name_of(0)
    names = json.loads((stems / pair / "truth.json").read_text())["stems"]
    assert "drums" in names
    assert sorted(names) == sorted(path.stem for path in (stems / pair / "stems").glob("*.flac"))
    played, mix = (read_audio(stems / pair / name).samples for name in ("stems/drums.flac", "accompaniment.flac"))
    np.testing.assert_array_equal(played, mix)  # the stand-in's mix is the drums alone
    assert digests(plain / "pairs").items() < digests(stems / "pairs").items()


def test_a_corpus_of_another_recipe_is_refused(quick_band, monkeypatch):
    one = CorpusSettings(hours=0.013, seed=5)
    build_corpus(quick_band, one)
    monkeypatch.setattr(build, "RECIPE", build.RECIPE + 1)
    with pytest.raises(CorpusError, match="choose another folder"):
        build_corpus(quick_band, one)


def test_another_seed_gives_other_songs(quick_band):
    build_corpus(quick_band / "a", CorpusSettings(hours=0.013, seed=1))
    build_corpus(quick_band / "b", CorpusSettings(hours=0.013, seed=2))
    one, other = ((quick_band / name / "manifest.jsonl").read_text() for name in "ab")
    assert one != other


def test_the_manifest_says_where_everything_comes_from(quick_band):
    build_corpus(quick_band, TINY)
    rows = [json.loads(line) for line in (quick_band / "manifest.jsonl").read_text().splitlines()]
    assert [row["identifier"] for row in rows] == [name_of(i) for i in range(3)]
    assert all(row["licence"] and row["source"] == "composer" and row["split"] == "train" for row in rows)


def test_validation_hears_a_soundfont_that_training_never_does(quick_band):
    rng = np.random.default_rng(0)
    assert draw_soundfont("valid", rng) == "musescore"
    assert {draw_soundfont("train", rng) for _ in range(20)} == {"fluid", "fluid-mono"}


def test_a_missing_soundfont_is_named_not_replaced(monkeypatch):
    monkeypatch.setattr(build, "find_soundfonts", lambda: {"fluid": Path("a"), "fluid-mono": Path("b")})
    with pytest.raises(SoundfontError, match="musescore-general-soundfont-small"):
        draw_soundfont("train", np.random.default_rng(0))


def test_a_folder_of_another_seed_is_refused(quick_band):
    build_corpus(quick_band, TINY)
    with pytest.raises(CorpusError, match="another folder"):
        build_corpus(quick_band, CorpusSettings(hours=0.04, seed=6))


def test_the_space_is_announced_and_too_little_is_refused(quick_band, monkeypatch):
    lines = []
    build_corpus(quick_band, CorpusSettings(hours=0.02, seed=5), report=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith("2 pairs to make, about 0.0 GB; ")
    build_corpus(quick_band, CorpusSettings(hours=0.02, seed=5), report=lines.append)
    assert len(lines) == 1, "nothing is left to make"
    monkeypatch.setattr(build.shutil, "disk_usage", lambda path: SimpleNamespace(free=5e9))
    with pytest.raises(CorpusError, match=r"about 10\.3 GB and .* has 5\.0 GB free: free some space"):
        build_corpus(quick_band, CorpusSettings(hours=10, seed=5))


def test_a_disk_that_fills_up_is_one_sentence_and_the_build_goes_on_afterwards(quick_band, monkeypatch, capsys):
    real = build.write_audio

    def full(path, waveform):
        if path.name == "accompaniment.flac" and len(list(quick_band.glob("pairs/pair-*"))) == 1:
            raise OSError(28, "No space left on device")
        real(path, waveform)

    monkeypatch.setattr(build, "write_audio", full)
    arguments = ["corpus", "build", str(quick_band), "--hours", "0.04", "--seed", "5"]
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "No space left on device" in printed
    assert not (quick_band / "manifest.jsonl").exists()
    monkeypatch.setattr(build, "write_audio", real)
    assert main(arguments) == 0
    whole = quick_band / "whole"
    build_corpus(whole, TINY)
    assert digests(whole) == {k: v for k, v in digests(quick_band).items() if not k.startswith("whole")}


def test_one_split_can_be_built_alone():
    assert CorpusSettings(hours=0.04, split="valid").numbers == [19, 39, 59]
    assert CorpusSettings(hours=0.3, split="train").numbers == [*range(19), 20, 21, 22, 23]


@pytest.mark.parametrize("hours", [0.0, -1.0, float("nan"), 1e9])
def test_impossible_hours_are_refused(hours):
    with pytest.raises(CorpusError, match="hours"):
        CorpusSettings(hours=hours)


def test_preparing_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(CorpusError, match="samuel corpus build"):
        prepare_corpus(tmp_path, tmp_path / "data")


def test_preparing_writes_what_training_reads_and_leaves_it_alone(tmp_path, small_song):
    folder = tmp_path / "corpus" / "pairs" / "pair-000000"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    length = round(small_song.duration * SAMPLE_RATE)
    write_audio(folder / "vocal.flac", Waveform(0.1 * rng.standard_normal((1, length)).astype(np.float32), SAMPLE_RATE))
    band = 0.1 * rng.standard_normal((2, length)).astype(np.float32)
    write_audio(folder / "accompaniment.flac", Waveform(band, SAMPLE_RATE))
    (folder / "truth.json").write_text(json.dumps({**asdict(small_song), "split": "train"}))
    data = tmp_path / "data"
    assert prepare_corpus(tmp_path / "corpus", data) == 1
    assert prepare_corpus(tmp_path / "corpus", data) == 0
    row = json.loads((data / "manifest.jsonl").read_text())
    assert row == {"identifier": "pair-000000", "split": "train", "frames": length // 2048}
    for array, shape in (("features", (20, row["frames"])), ("truth", (27, row["frames"]))):
        assert np.load(data / "latents" / f"pair-000000.{array}.npy").shape == shape
    assert np.load(data / "maps" / "pair-000000.npy").shape[0] == row["frames"]
