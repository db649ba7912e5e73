"""A studio to visit, and things to bring along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, running
from tiny import sung

from samuel.audio import write_audio


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("gradio", reason="the extra studio is not installed")
    folder = tmp_path_factory.mktemp("studio")
    with running(folder, megabytes=3, queue=6, jobs=3, visitors=500) as started:
        yield started


@pytest.fixture
def visitor(server: Server) -> str:
    token: str = server.call("enter")["visitor"]
    return token


@pytest.fixture(scope="session")
def vocal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """take.wav, 1.5 s."""
    path = tmp_path_factory.mktemp("vocal") / "take.wav"
    write_audio(path, sung(1.5))
    return path


@pytest.fixture(scope="session")
def archive() -> bytes:
    """A zip file with a song's name inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("song.wav", b"RIFF" * 1000)
    return buffer.getvalue()
