"""Train in a child process, kill it (SIGKILL) at random steps three times, go on each time; then train without.

Run as a program with a folder: a child forked from a process that has everything imported starts at once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from training_folder import make_training_folder

from samuel.training import train_denoiser
from samuel.training.log import LOG, read_log

STEPS, KILLS = 16, 3
OVERRIDES = {
    "loop.steps": STEPS,
    "loop.log_every": 1,
    "loop.validate_every": 1000,
    "loop.validation_crops": 1,
    "loop.save_minutes": 0.0,  # after every step, so that many a kill hits a half-written state
    "objective.adversarial.weight": 0.1,
    "objective.adversarial.width": 8,
}


def start(data: Path, run: Path) -> int:
    """A child that trains; its process id."""
    child = os.fork()
    if child == 0:
        train_denoiser("debug-denoiser", data, run, overrides=OVERRIDES)
        os._exit(0)
    return child


def kill_at(child: int, run: Path, step: int) -> bool:
    """Kill the child some moment after it has logged the step; False if it ended before."""
    while not any(row["step"] >= step for row in (read_log(run) if (run / LOG).is_file() else [])):
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return False
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(folder: Path) -> None:
    """Print at which steps it was killed."""
    data = make_training_folder(folder / "data")
    os.waitpid(start(data, folder / "whole"), 0)
    places = sorted(random.sample(range(2, STEPS - 3), KILLS))
    for step in places:
        assert kill_at(start(data, folder / "killed"), folder / "killed", step), "ended before it was killed"
    status = os.waitpid(start(data, folder / "killed"), 0)[1]
    sys.stdout.write(f"killed after steps {places}, then ended with status {status}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
