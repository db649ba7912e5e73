"""samuel accompany ended from outside: by a service manager, a closed terminal, or both at once."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from programs import started
from tiny import sung
from waiting import HANGS, wait_for

import samuel
from samuel.audio import write_audio


@pytest.mark.usefixtures("heeds_endings")
@pytest.mark.parametrize(
    "endings",
    [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGHUP, signal.SIGTERM], [signal.SIGINT, signal.SIGINT]],
)
def test_a_signal_that_ends_the_program_leaves_nothing(
    tmp_path: Path, model: Path, endings: list[signal.Signals]
) -> None:
    write_audio(tmp_path / "take.wav", sung(20.0))
    command = [sys.executable, "-m", "samuel", "accompany", "take.wav", "-o", "new/out", "--model", str(model),
               "--sampler", "ddpm", "--steps", "800", "--variations", "16"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(Path(samuel.__file__).parents[1])}
    with started(command, cwd=tmp_path, env=environment) as process:
        wait_for(lambda: process.poll() is not None or list(tmp_path.glob(".samuel-*")))
        assert process.poll() is None, "it was done, or failed, before it could be ended"
        for ending in endings:
            process.send_signal(ending)
        assert process.wait(timeout=HANGS) in {128 + ending for ending in endings}
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]
