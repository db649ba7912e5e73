"""samuel studio: refusals before anything is loaded, and a server that clears away after itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from programs import started
from waiting import HANGS

import samuel
from samuel.cli.main import main

pytest.importorskip("gradio", reason="the extra studio is not installed")


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("--share-lan", "give --password or set SAMUEL_STUDIO_PASSWORD"),
        ("--share-lan --password short", "choose at least 8"),
        ("--certificate a.pem", "give both"),
        ("--port 0", "out of range"),
        ("--max-file 0", "out of range"),
        ("--max-length 601", "out of range"),
        ("--model missing", "missing"),
    ],
)
def test_a_bad_setting_is_one_sentence_and_exit_code_one(
    command: str, remedy: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAMUEL_STUDIO_PASSWORD", raising=False)
    assert main(["studio", "--no-browser", *command.split()]) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert remedy in printed


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["studio", "--port", str(taken.getsockname()[1])]) == 1
    assert "choose another one with --port" in capsys.readouterr().err


@pytest.mark.usefixtures("heeds_endings")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_without_sharing_no_other_machine_can_reach_it_and_its_end_removes_everything(
    model: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    import httpx

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(samuel.__file__).parents[1])}
    command = [sys.executable, "-m", "samuel", "studio", "--port", str(port), "--no-browser", "--model", str(model)]
    with started(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=HANGS).status_code == 200
        assert list(tmp_path.glob("samuel-studio-*"))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((other_address(), port), timeout=5)
        process.send_signal(ending)
        assert process.wait(timeout=HANGS) in (0, 128 + ending)
    assert list(tmp_path.glob("samuel-studio-*")) == []


def other_address() -> str:
    """Another address of this very machine than the one that the studio is bound to."""
    return "127.0.0.2"
