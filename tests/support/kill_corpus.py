"""Build or encode in a child process, kill it (SIGKILL) three times, go on each time; then once without a kill.

Run as a program with a task (build, encode, shards) and a folder, it leaves FOLDER/whole and FOLDER/killed and prints
after how many files each kill came. A child forked from a process that has everything imported starts at once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import stand_ins
import torch
from noise_corpus import make_noise_corpus
from tiny import save_tiny_model

from samuel.corpus.build import CorpusSettings, build_corpus
from samuel.training.encoding import encode_corpus
from samuel.training.shards import encode_shards

PAIRS = 12
Task = Callable[[Path], object]


def build(out: Path) -> None:
    """A corpus of twelve pairs of noise."""
    build_corpus(out, CorpusSettings(hours=PAIRS * 47.55 / 3600, seed=5))


def encoding(folder: Path, shards: bool) -> Task:
    """A task that encodes a corpus of short pairs into arrays or shards."""
    model = save_tiny_model(folder / "models").parent / "tiny-spectral"
    corpus, data = make_noise_corpus(folder, PAIRS, seconds=6.0)
    if shards:
        return lambda out: encode_shards(corpus, data, out, str(model), per_shard=1)

    def arrays(out: Path) -> None:
        if not out.is_dir():
            (out / "latents").mkdir(parents=True)
            (out / "manifest.jsonl").write_bytes((data / "manifest.jsonl").read_bytes())
        encode_corpus(corpus, out, str(model))

    return arrays


def start(task: Task, out: Path) -> int:
    """A child at the task; its process id."""
    child = os.fork()
    if child == 0:
        task(out)
        os._exit(0)
    return child


def results(out: Path) -> int:
    """How many pairs, arrays or shards are there."""
    return sum(1 for pattern in ("pairs/[!.]*", "latents/[!.]*", "*/[!.]*.tar") for _ in out.glob(pattern))


def kill_after(child: int, out: Path, count: int) -> None:
    """Kill the child some moment after it has made so many results."""
    while results(out) < count:
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "ended before it was killed"
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), "ended before it was killed"


def main(name: str, folder: Path) -> None:
    """Print where it was killed."""
    torch.set_num_threads(1)
    stand_ins.install(setattr)
    task = build if name == "build" else encoding(folder, shards=name == "shards")
    assert os.waitpid(start(task, folder / "whole"), 0)[1] == 0
    places = sorted(random.sample(range(1, PAIRS - 2), 3))
    for place in places:
        kill_after(start(task, folder / "killed"), folder / "killed", place)
    status = os.waitpid(start(task, folder / "killed"), 0)[1]
    sys.stdout.write(f"killed after {places}, then ended with status {status}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
