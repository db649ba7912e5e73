"""A complete tiny model on disk and a vocal to accompany."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import save_tiny_model, sung

from samuel.audio import write_audio


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder that holds take.wav, 1.2 s."""
    monkeypatch.chdir(tmp_path)
    write_audio(tmp_path / "take.wav", sung(1.2))
    return tmp_path


@pytest.fixture
def heeds_endings() -> Iterator[None]:
    """Children are not born deaf to SIGHUP or SIGINT, as they would be where the tests run under nohup or by a `&`."""
    before = [(number, signal.signal(number, signal.SIG_DFL)) for number in (signal.SIGHUP, signal.SIGINT)]
    yield
    for number, handler in before:
        signal.signal(number, handler)
