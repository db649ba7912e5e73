"""Shards of WebDataset: what training reads from them is what it reads from files, and the real package reads them."""

import gc
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_corpus import make_noise_corpus, write_noise_pair
from programs import finished
from tiny import save_tiny_model

from samuel.checkpoint.folder import reference
from samuel.corpus.prepare import prepare_corpus
from samuel.errors import ConfigError
from samuel.training.data import has_array, read_latents
from samuel.training.encoding import encode_corpus
from samuel.training.plans import write_plans
from samuel.training.shards import encode_shards

ARRAYS = ["vocal", "band", "features", "truth"]
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Corpus, data encoded into files, shards of three pairs, and the autoencoder."""
    folder = tmp_path_factory.mktemp("made")
    autoencoder = str(save_tiny_model(folder / "models").parent / "tiny-spectral")
    corpus, data = make_noise_corpus(folder, 8)
    assert encode_shards(corpus, data, folder / "shards", autoencoder, per_shard=3) == 8
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as for shards: more threads round differently
    encode_corpus(corpus, data, autoencoder)
    torch.set_num_threads(threads)
    return corpus, data, folder / "shards", autoencoder


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_shards_are_named_by_split_and_number_and_stand_below_their_autoencoder(made):
    *_, shards, autoencoder = made
    assert sorted(path.relative_to(shards).as_posix() for path in shards.rglob("*.tar")) == [
        *(f"tiny-spectral/train-{number:06d}.tar" for number in range(3)),
        "tiny-spectral/valid-000000.tar",
    ]
    assert json.loads((shards / "tiny-spectral" / "autoencoder.json").read_text()) == reference(Path(autoencoder))


@pytest.mark.parametrize("split", ["train", "valid"])
def test_training_reads_from_shards_what_it_reads_from_files(made, split):
    _, data, shards, _ = made
    files, inside = (read_latents(folder, split, ARRAYS) for folder in (data, shards / "tiny-spectral"))
    assert [song.identifier for song in files] == [song.identifier for song in inside]
    assert len(files) == (7 if split == "train" else 1)
    for one, other in zip(files, inside, strict=True):
        for name in ARRAYS:
            assert np.array_equal(one.arrays[name], other.arrays[name]), name
    assert has_array(shards / "tiny-spectral", split, "truth")
    assert not has_array(shards / "tiny-spectral", split, "plan")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_the_webdataset_package_reads_them(made):
    webdataset = pytest.importorskip("webdataset", reason="webdataset is not installed: it comes with extra dev")
    _, data, shards, _ = made
    urls = f"{shards}/tiny-spectral/train-{{000000..000002}}.tar"
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode())
    assert [sample["__key__"] for sample in samples] == [f"pair-{number:06d}" for number in range(7)]
    for sample in samples:
        assert sample["json"]["split"] == "train"
        for name in ARRAYS:
            expected = np.load(data / "latents" / f"{sample['__key__']}.{name}.npy")
            assert np.array_equal(sample[f"{name}.npy"], expected)
    gc.collect()  # it leaves closing the last shard to the garbage collector, which warns


def test_the_bytes_do_not_depend_on_the_number_of_processes(made, tmp_path):
    corpus, data, shards, autoencoder = made
    assert encode_shards(corpus, data, tmp_path, autoencoder, per_shard=3, workers=2) == 8
    assert digests(tmp_path) == digests(shards)


def test_a_missing_or_outgrown_shard_alone_is_made_anew(tmp_path):
    autoencoder = str(save_tiny_model(tmp_path / "models").parent / "tiny-spectral")
    corpus, data = make_noise_corpus(tmp_path, 6)
    shards = tmp_path / "shards"
    arguments = (corpus, data, shards, autoencoder, 3)
    steps: list[tuple[int, int]] = []
    assert encode_shards(*arguments, progress=lambda *step: steps.append(step)) == 6
    assert steps == [(3, 6), (5, 6), (6, 6)]
    assert encode_shards(*arguments) == 0
    before = digests(shards)
    (shards / "tiny-spectral" / "train-000000.tar").unlink()
    assert encode_shards(*arguments) == 3
    assert digests(shards) == before
    write_noise_pair(corpus, 6, "train", 1.0, np.random.default_rng(1))
    prepare_corpus(corpus, data)
    assert encode_shards(*arguments) == 3
    after = digests(shards)
    assert {name for name in after if after[name] != before[name]} == {
        "tiny-spectral/train-000001.tar",
        "tiny-spectral/manifest.jsonl",
    }


def test_plans_lie_beside_the_shards(made, tmp_path):
    corpus, data, _, autoencoder = made
    encode_shards(corpus, data, tmp_path, autoencoder)
    folder = tmp_path / "tiny-spectral"
    assert write_plans(Path(autoencoder).parent / "tiny-listener", folder) == 8
    assert read_latents(folder, "train", ["plan", "truth"])[0].arrays["plan"].shape[0] == 26


def test_another_length_another_autoencoder_and_a_damaged_shard_are_refused(made, tmp_path):
    corpus, data, _, autoencoder = made
    encode_shards(corpus, data, tmp_path, autoencoder, per_shard=7)
    with pytest.raises(ConfigError, match="holds shards of 7 pairs, not 5"):
        encode_shards(corpus, data, tmp_path, autoencoder, per_shard=5)
    folder = tmp_path / "tiny-spectral"
    whole = (folder / "train-000000.tar").read_bytes()
    (folder / "train-000000.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match=r"train-000000\.tar .*encode the corpus again"):
        read_latents(folder, "train", ARRAYS)
    note = json.loads((folder / "autoencoder.json").read_text())
    (folder / "autoencoder.json").write_text(json.dumps({**note, "fingerprint": "0" * 64}))
    with pytest.raises(ConfigError, match="holds latents of tiny-spectral"):
        encode_shards(corpus, data, tmp_path, autoencoder, per_shard=7)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["build", "encode", "shards"])
def test_killed_anywhere_it_ends_with_the_same_bytes(task, tmp_path):
    run = finished([sys.executable, SUPPORT / "kill_corpus.py", task, tmp_path])
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("ended with status 0\n")
    assert digests(tmp_path / "whole") == digests(tmp_path / "killed"), run.stdout
