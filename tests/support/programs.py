"""Programs that a test starts: one that hangs fails it, and none outlives it, unless the test itself is ended."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from waiting import HANGS

_CLEARING = 40.0  # s: a launcher that is told to end waits 30 s for its workers, and then kills them


@contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program with options of Popen, told to end, then killed, if it still runs after the block."""
    with subprocess.Popen(command, text=True, **options) as program:
        try:
            yield program
        finally:
            program.terminate()
            with suppress(subprocess.TimeoutExpired):
                program.wait(_CLEARING)
            program.kill()


def finished(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    """A program that ended by itself, with what it printed. Raises TimeoutExpired for one that hangs."""
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as program:
        out, errors = program.communicate(timeout=HANGS)
    return subprocess.CompletedProcess(command, program.returncode, out, errors)
