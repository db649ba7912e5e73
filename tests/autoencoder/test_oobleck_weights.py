"""Finding weights never waits and always says what to do. The hub itself is never called."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from samuel.autoencoder import oobleck_weights
from samuel.autoencoder.oobleck_weights import find_weights
from samuel.errors import CheckpointError

pytest.importorskip("huggingface_hub", reason="comes with the extra oobleck")
HUB_ID = "stabilityai/stable-audio-open-1.0"


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def make_weights(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / oobleck_weights.CONFIG).write_text("{}")
    (folder / oobleck_weights.WEIGHTS).write_bytes(b"")
    return folder


def test_a_folder_or_its_subfolder_vae_is_found(tmp_path: Path) -> None:
    inner = make_weights(tmp_path / "model" / "vae")
    assert find_weights(tmp_path / "model") == inner
    assert find_weights(inner) == inner


def test_a_folder_without_weights_names_the_files_it_needs(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="safetensors"):
        find_weights(tmp_path)


@pytest.mark.parametrize("name", ["no-such-folder", "./no/such", "/no/such/folder"])
def test_a_missing_folder_is_said_to_be_missing(name: str) -> None:
    with pytest.raises(CheckpointError, match="no folder"):
        find_weights(name)


def test_offline_it_fails_at_once_and_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(oobleck_weights, "_reachable", lambda endpoint: pytest.fail("touched the network"))
    start = time.monotonic()
    with pytest.raises(CheckpointError, match="HF_HUB_OFFLINE"):
        find_weights(HUB_ID)
    assert time.monotonic() - start < 5


def test_an_unreachable_hub_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # the discard port: refused
    with pytest.raises(CheckpointError, match="out of reach"):
        find_weights(HUB_ID)


def refuse(error: Exception) -> object:
    def snapshot(name: str, *, local_files_only: bool) -> Path:
        if local_files_only:
            from huggingface_hub.errors import LocalEntryNotFoundError

            raise LocalEntryNotFoundError("not cached")
        raise error

    return snapshot


def hub_error(name: str) -> Exception:
    from huggingface_hub import errors

    kind: type[Exception] = getattr(errors, name)
    return kind.__new__(kind)  # its constructor wants a whole HTTP response


@pytest.mark.parametrize(
    ("error", "remedy"), [("GatedRepoError", "accept its licence"), ("RepositoryNotFoundError", "check the name")]
)
def test_a_refusal_by_the_hub_says_what_to_do(monkeypatch: pytest.MonkeyPatch, error: str, remedy: str) -> None:
    monkeypatch.setattr(oobleck_weights, "_reachable", lambda endpoint: True)
    monkeypatch.setattr(oobleck_weights, "_snapshot", refuse(hub_error(error)))
    with pytest.raises(CheckpointError, match=remedy):
        find_weights(HUB_ID)


def test_a_cached_model_is_used_without_the_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = make_weights(tmp_path / "snapshot" / "vae")
    monkeypatch.setattr(oobleck_weights, "_snapshot", lambda name, *, local_files_only: folder)
    monkeypatch.setattr(oobleck_weights, "_download", lambda name: pytest.fail("downloaded"))
    assert find_weights(HUB_ID) == folder
