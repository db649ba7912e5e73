from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny import TINY_SPECTRAL, Perfect

from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.errors import ConfigError
from samuel.evaluation import fingerprints


def test_files_are_told_by_their_contents_and_order_whatever_they_are_called(tmp_path: Path) -> None:
    one, two, copy = (tmp_path / name for name in ("one", "two", "copy"))
    for path, text in ((one, "a"), (two, "b"), (copy, "a")):
        path.write_text(text)
    assert fingerprints.of_files(one, two) == fingerprints.of_files(copy, two)
    assert len({fingerprints.of_files(*paths) for paths in ((one,), (two,), (one, two), (two, one))}) == 4
    with pytest.raises(ConfigError, match=r"none cannot be read \(No such file"):
        fingerprints.of_files(tmp_path / "none")


def test_models_are_told_by_every_tensor_and_setting() -> None:
    def make(seed: int) -> SpectralAutoencoder:
        torch.manual_seed(seed)
        return SpectralAutoencoder(TINY_SPECTRAL)

    first, again, other = (fingerprints.of_model(make(seed)) for seed in (0, 0, 1))
    assert first == again != other
    changed = make(0)
    with torch.no_grad():
        list(changed.parameters())[-1].view(-1)[-1] += 1e-3
    assert fingerprints.of_model(changed) != first
    assert fingerprints.of_model(torch.nn.LeakyReLU(0.1)) != fingerprints.of_model(torch.nn.LeakyReLU(0.2))
    assert fingerprints.of_model(make(0).bfloat16()) != first


def test_what_has_no_tensors_is_told_by_its_class_and_attributes() -> None:
    class Other(Perfect):
        pass

    named = Perfect()
    named.name = "another"
    assert len({fingerprints.of_model(model) for model in (Perfect(), Other(), named)}) == 3


def test_the_code_that_judges_is_told_by_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_code() -> str:
        fingerprints.of_code.cache_clear()
        return fingerprints.of_code()

    now = of_code()
    assert of_code() == now
    monkeypatch.setattr(fingerprints, "_version", lambda package: "0.0")
    assert of_code() != now
    monkeypatch.undo()
    (tmp_path / "__init__.py").touch()
    for name in fingerprints.CODE:
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch() if place.suffix else place.mkdir()
    (tmp_path / "evaluation" / "key.py").write_text("x = 1")
    monkeypatch.setattr(fingerprints.samuel, "__file__", str(tmp_path / "__init__.py"))
    before = of_code()
    (tmp_path / "evaluation" / "key.py").write_text("x = 2")
    assert len({now, before, of_code()}) == 3
    fingerprints.of_code.cache_clear()
