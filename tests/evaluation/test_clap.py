"""CLAP: the call path through the real package, at random weights and at a size that a test can bear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from samuel.errors import CheckpointError, MissingExtraError
from samuel.evaluation import clap
from samuel.evaluation.clap import Clap

RATE = 44_100
NOISE = np.random.default_rng(0).standard_normal((2, RATE * 11)).astype(np.float32) * 0.1
TINY = {
    "projection_dim": 16,
    "audio_config": {
        "depths": [1, 1],
        "num_attention_heads": [2, 4],
        "patch_embeds_hidden_size": 16,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "projection_dim": 16,
    },
    "text_config": {"num_hidden_layers": 1, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of two small stages, as its hub folder would lie."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    place = tmp_path_factory.mktemp("clap")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.ClapModel(transformers.ClapConfig(**TINY)).save_pretrained(place)
    transformers.ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(place)
    return place


def test_every_five_seconds_have_a_row_of_length_1(folder: Path) -> None:
    found = Clap.from_pretrained(folder)(NOISE, RATE)
    assert found.shape == (2, 16)  # of eleven seconds
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0])
    assert Clap.from_pretrained(folder)(NOISE[:, : 3 * RATE], RATE).shape == (1, 16)


def test_a_row_is_what_the_package_gives_for_its_window(folder: Path) -> None:
    ours = Clap.from_pretrained(folder)
    window = np.random.default_rng(1).standard_normal(clap.WINDOW).astype(np.float32) * 0.1
    with torch.inference_mode():
        direct: Any = ours.model.get_audio_features(**ours.extractor(window, sampling_rate=48_000, return_tensors="pt"))
    direct = getattr(direct, "pooler_output", direct)  # transformers below 5 gives the rows themselves
    assert ours(window, 48_000) == pytest.approx(direct.numpy(), abs=1e-5)


def test_broken_weights_are_refused_and_offline_the_remedy_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config.json", "preprocessor_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="download them again"):
        Clap.from_pretrained(tmp_path)
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CheckpointError, match=r"not known.*connect to the network once, or name a folder"):
        Clap.from_pretrained("nobody/never-published-weights")


def test_without_transformers_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, extra: str) -> None:
        raise MissingExtraError(name, extra)

    monkeypatch.setattr(clap, "require", absent)
    with pytest.raises(MissingExtraError, match="transformers"):
        Clap.from_pretrained()
