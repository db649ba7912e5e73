"""What becomes of workers whose program is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import lingering
import sharing
from waiting import HANGS, wait_for

import samuel


def lives(process: int) -> bool:
    """Whether it is there and no zombie, which has ended and waits to be noticed."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def environment() -> dict[str, str]:
    """One in which a program finds samuel and the modules of tests/support."""
    paths = (str(Path(samuel.__file__).parents[1]), str(Path(lingering.__file__).parent))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def test_many_jobs_share_one_copy_of_what_their_server_loaded() -> None:
    program = subprocess.run([sys.executable, sharing.__file__], env=environment(), check=True, capture_output=True)
    assert program.stdout == b"loaded 1 times, by a worker 0 times"


def test_no_worker_outlives_a_killed_program(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, lingering.__file__, str(tmp_path)], env=environment()) as program:
        wait_for(lambda: program.poll() is not None or len(list(tmp_path.glob("*.pid"))) == 2)
        workers = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
        assert [lives(worker) for worker in workers] == [True, True]
        program.kill()
        program.wait(timeout=HANGS)
    wait_for(lambda: not any(lives(worker) for worker in workers))
