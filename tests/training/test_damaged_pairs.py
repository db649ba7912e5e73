"""One damaged pair among many: one sentence, counted, left out; the others are made."""

import json
from pathlib import Path

import numpy as np
import pytest
from noise_corpus import make_noise_corpus, write_noise_pair
from tiny import save_tiny_model

from samuel.cli.main import main
from samuel.corpus.errors import CorpusError
from samuel.corpus.prepare import prepare_corpus
from samuel.training import encoding
from samuel.training.data import read_latents
from samuel.training.encoding import encode_corpus, encode_imagined
from samuel.training.shards import encode_shards

ARRAYS = ["vocal", "band", "features", "truth"]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def identifiers(folder: Path) -> list[str]:
    return [json.loads(line)["identifier"] for line in (folder / "manifest.jsonl").read_text().splitlines()]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Six pairs that are not prepared, four of them whole."""
    rng = np.random.default_rng(0)
    for number in range(6):
        write_noise_pair(tmp_path / "corpus", number, "train", 1.0, rng)
    pairs = tmp_path / "corpus" / "pairs"
    cut_short(pairs / "pair-000001" / "vocal.flac")
    cut_short(pairs / "pair-000003" / "truth.json")
    return tmp_path / "corpus"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_preparing_goes_past_damaged_pairs_and_counts_them(corpus, tmp_path, capsys, workers):
    data = tmp_path / "data"
    assert main(["corpus", "prepare", str(corpus), str(data), "--workers", workers]) == 0
    lines = capsys.readouterr().out.splitlines()
    left_out = sorted(line for line in lines if line.startswith("left out"))
    assert [line.split(":")[0] for line in left_out] == ["left out pair-000001", "left out pair-000003"]
    assert "vocal.flac" in left_out[0]
    assert "damaged (JSONDecodeError" in left_out[1]
    assert any(line.startswith("2 of 6 pairs of ") and line.endswith("left out") for line in lines)
    assert lines[-1].startswith("4 pairs prepared")
    assert identifiers(data) == [f"pair-{number:06d}" for number in (0, 2, 4, 5)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("truth.json", b"[]"),
        ("truth.json", b'{"split": "train"}'),
        ("truth.json", b'{"split": "train", "melody": [{"start": 1}], "beats": []}'),
        ("truth.json", b"\xff\xfe"),
        ("vocal.flac", b""),
        ("accompaniment.flac", b"fLaC no more"),
        ("vocal.flac", None),
    ],
)
def test_whatever_is_wrong_with_a_pair_is_one_sentence(tmp_path, name, content):
    rng = np.random.default_rng(0)
    for number in range(2):
        write_noise_pair(tmp_path / "corpus", number, "train", 1.0, rng)
    place = tmp_path / "corpus" / "pairs" / "pair-000000" / name
    place.unlink() if content is None else place.write_bytes(content)
    lines: list[str] = []
    assert prepare_corpus(tmp_path / "corpus", tmp_path / "data", report=lines.append) == 1
    assert [line.split(":")[0] for line in lines] == [
        "left out pair-000000",
        f"1 of 2 pairs of {tmp_path / 'corpus'} left out",
    ]
    assert "\n" not in lines[0]
    assert identifiers(tmp_path / "data") == ["pair-000001"]


def test_a_mended_pair_is_taken_in_and_one_damaged_later_leaves_the_manifest(corpus, tmp_path):
    data = tmp_path / "data"
    prepare_corpus(corpus, data)
    truth = corpus / "pairs" / "pair-000003" / "truth.json"
    truth.write_bytes((corpus / "pairs" / "pair-000002" / "truth.json").read_bytes())
    cut_short(corpus / "pairs" / "pair-000000" / "truth.json")
    lines: list[str] = []
    assert prepare_corpus(corpus, data, report=lines.append) == 1
    assert sorted(line.split(":")[0] for line in lines[:2]) == ["left out pair-000000", "left out pair-000001"]
    assert identifiers(data) == [f"pair-{number:06d}" for number in (2, 3, 4, 5)]


def test_a_corpus_of_damaged_pairs_alone_is_an_error(tmp_path):
    write_noise_pair(tmp_path / "corpus", 0, "train", 1.0, np.random.default_rng(0))
    cut_short(tmp_path / "corpus" / "pairs" / "pair-000000" / "vocal.flac")
    with pytest.raises(CorpusError, match=r"all 1 pairs of .* are damaged; .*vocal\.flac"):
        prepare_corpus(tmp_path / "corpus", tmp_path / "data")


@pytest.mark.parametrize("shards", [False, True])
def test_encoding_goes_past_damaged_pairs_and_training_reads_the_others(tmp_path, capsys, shards):
    autoencoder = str(save_tiny_model(tmp_path / "models").parent / "tiny-spectral")
    corpus, data = make_noise_corpus(tmp_path, 6)
    cut_short(corpus / "pairs" / "pair-000001" / "vocal.flac")
    cut_short(data / "maps" / "pair-000002.npy")
    more = ["--shards", str(tmp_path / "shards"), "--per-shard", "3"] if shards else []
    assert main(["corpus", "encode", str(corpus), str(data), "--autoencoder", autoencoder, *more]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(":")[0] for line in lines[:2]) == ["left out pair-000001", "left out pair-000002"]
    assert lines[2] == f"2 of 6 pairs of {data} left out"
    assert lines[3].startswith("4 pairs encoded")
    folder = tmp_path / "shards" / "tiny-spectral" if shards else data
    assert [song.identifier for song in read_latents(folder, "train", ARRAYS)] == [
        f"pair-{number:06d}" for number in (0, 3, 4)
    ]
    if shards:  # mended, its shard is made anew and the other is left alone
        write_noise_pair(tmp_path / "other", 1, "train", 1.0, np.random.default_rng(1))
        vocal = (tmp_path / "other" / "pairs" / "pair-000001" / "vocal.flac").read_bytes()
        (corpus / "pairs" / "pair-000001" / "vocal.flac").write_bytes(vocal)
        assert encode_shards(corpus, data, tmp_path / "shards", autoencoder, 3) == 2
        assert len(read_latents(folder, "train", ARRAYS)) == 4


def test_a_full_disk_still_ends_the_run(tmp_path, monkeypatch):
    from samuel.corpus import prepare

    def full(path, values):
        raise OSError(28, "No space left on device")

    write_noise_pair(tmp_path / "corpus", 0, "train", 1.0, np.random.default_rng(0))
    monkeypatch.setattr(prepare, "save_array", full)
    with pytest.raises(OSError, match="No space left"):
        prepare_corpus(tmp_path / "corpus", tmp_path / "data")


def test_imagined_songs_are_encoded_where_the_pairs_are(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(encoding, "mapped", lambda function, jobs, workers, *, ray=None: seen.append(ray) or iter(()))
    monkeypatch.setattr(encoding, "has_bands", lambda folder: True)
    monkeypatch.setattr(encoding, "read_manifest", lambda folder, split: [{"identifier": "song-000000", "band": True}])
    assert encode_imagined(tmp_path, "name", 1, "local") == 1
    assert seen == ["local"]
    autoencoder = str(save_tiny_model(tmp_path / "models").parent / "tiny-spectral")
    corpus, data = make_noise_corpus(tmp_path, 2)
    seen.clear()
    encode_corpus(corpus, data, autoencoder, ray="auto")
    assert seen == ["auto", "auto"]
