"""What becomes of workers whose program is killed."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import lingering
import pytest
import sharing
from programs import finished, started
from waiting import HANGS, wait_for

import samuel
from samuel.corpus import band, build, workers
from samuel.corpus.errors import CorpusError
from samuel.corpus.workers import WORTH_SHARING


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


def test_what_a_build_shares_is_its_soundfonts(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts, loaded = {"one": Path("one.sf2"), "two": Path("two.sf3")}, []
    monkeypatch.setattr(band, "find_soundfonts", lambda: fonts)
    monkeypatch.setattr(band, "_loaded", loaded.append)
    sys.modules.pop(build.SHARED, None)
    import_module(build.SHARED)
    assert loaded == list(fonts.values())


def test_a_server_that_ends_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def submit(self, *_: object) -> None:
            raise EOFError

        def shutdown(self, **_: object) -> None:
            pass

    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda *_, **__: Gone())
    with pytest.raises(CorpusError, match="was killed"):
        list(workers.mapped(abs, [1, 2], 2))


def test_many_jobs_share_one_copy_of_what_their_server_loaded() -> None:
    program = finished([sys.executable, sharing.__file__], env=environment())
    assert program.stdout == "loaded 1 times, by a worker 0 times", program.stderr


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="there is no /proc to look into")
@pytest.mark.parametrize("jobs", [2, WORTH_SHARING])
def test_no_worker_outlives_a_killed_program(tmp_path: Path, jobs: int) -> None:
    with started([sys.executable, lingering.__file__, str(tmp_path), str(jobs)], env=environment()) as program:
        wait_for(lambda: program.poll() is not None or len(list(tmp_path.glob("*.pid"))) == 2)
        running = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
        assert [lives(worker) for worker in running] == [True, True]
        program.kill()
        program.wait(timeout=HANGS)
    wait_for(lambda: not any(lives(worker) for worker in running))
