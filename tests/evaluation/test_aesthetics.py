"""AudioBox-Aesthetics: the call path through the real package, at random weights and with two layers of twelve."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from samuel.errors import CheckpointError, MissingExtraError
from samuel.evaluation import aesthetics
from samuel.evaluation.aesthetics import AXES, Aesthetics

RATE = 44_100
NOISE = np.random.default_rng(0).standard_normal((2, RATE * 2)).astype(np.float32) * 0.1
SCALE = {axis: {"mean": 5.0, "std": 2.0} for axis in AXES}


@pytest.fixture(scope="module")
def model() -> Any:
    """The package's own classes with two layers instead of twelve."""
    package = pytest.importorskip("audiobox_aesthetics.model.aes", reason="audiobox_aesthetics is not installed")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        patch.setattr(package.DEFAULT_AUDIO_CFG, "encoder_layers", 2)
        torch.manual_seed(0)
        return package.AesMultiOutput(nth_layer=3, target_transform=SCALE).eval()


def test_the_real_package_gives_four_scores_on_the_listeners_scale(model: Any) -> None:
    scores = Aesthetics(model)(NOISE, RATE)
    assert tuple(scores) == AXES
    model.target_transform, kept = {axis: {"mean": 1.0, "std": 1.0} for axis in AXES}, model.target_transform
    standard = Aesthetics(model)(NOISE, RATE)
    model.target_transform = kept
    assert all(scores[axis] == pytest.approx((standard[axis] - 1) * 2 + 5) for axis in AXES)
    assert Aesthetics(model)(NOISE, RATE) == scores


def test_scores_are_those_of_the_package_s_own_batching(model: Any) -> None:
    samples = torch.from_numpy(np.random.default_rng(1).standard_normal((1, 1, 160_000)).astype(np.float32) * 0.1)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct = model({"wav": samples, "mask": torch.ones_like(samples, dtype=torch.bool)})
    found = Aesthetics(model)(samples[0, 0].numpy(), 16_000)
    assert all(found[axis] == pytest.approx(direct[axis].item() * 2 + 5, abs=1e-5) for axis in AXES)


def test_windows_follow_each_other_and_the_last_counts_by_what_it_holds() -> None:
    class Counting:
        target_transform = {axis: {"mean": 0.0, "std": 1.0} for axis in AXES}  # noqa: RUF012

        def eval(self) -> Counting:
            return self

        def __call__(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            share = batch["mask"].float().mean()
            assert not batch["wav"][~batch["mask"]].any()
            return dict.fromkeys(AXES, share)

    scores = Aesthetics(Counting())(np.ones(16_000 * 25, dtype=np.float32), 16_000)
    assert scores["PQ"] == pytest.approx((1 * 10 + 1 * 10 + 0.5 * 5) / 25)


def test_weights_in_a_folder_are_the_same_again_and_broken_ones_are_refused(model: Any, tmp_path: Path) -> None:
    from audiobox_aesthetics.model import aes

    model.save_pretrained(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aes.DEFAULT_AUDIO_CFG, "encoder_layers", 2)
        assert Aesthetics.from_pretrained(tmp_path)(NOISE, RATE) == Aesthetics(model)(NOISE, RATE)
        (tmp_path / "model.safetensors").write_bytes(b"no weights")
        with pytest.raises(CheckpointError, match="download them again"):
            Aesthetics.from_pretrained(tmp_path)


def test_offline_the_remedy_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("audiobox_aesthetics.model.aes", reason="audiobox_aesthetics is not installed")
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    with pytest.raises(CheckpointError, match=r"not known.*connect to the network once, or name a folder"):
        Aesthetics.from_pretrained("nobody/never-published-weights")


def test_without_the_package_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise MissingExtraError(name, "eval")

    monkeypatch.setattr(aesthetics, "require", absent)
    with pytest.raises(MissingExtraError, match="pip install --no-deps audiobox_aesthetics"):
        Aesthetics.from_pretrained()
