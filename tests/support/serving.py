"""A studio with a tiny random model as a server of its own, and what a program does with it.

Run as a script it is that server: it prints its port and serves until it is told to end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs import started
from waiting import BUSY, HANGS, wait_for

import samuel

SUPPORT, SOURCE = Path(__file__).parent, Path(samuel.__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running studio; files is the folder in which it makes its own."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def files(self) -> set[Path]:
        return {path for path in self.folder.rglob("*") if path.is_file()}

    def post(self, path: str, **options: Any) -> Any:
        import httpx

        return httpx.post(self.url + path, timeout=HANGS, **options)

    def get(self, path: str, visitor: str = "", **options: Any) -> Any:
        import httpx

        return httpx.get(self.url + path, headers={"X-Samuel-Visitor": visitor}, timeout=HANGS, **options)

    def call(self, name: str, *values: Any) -> Any:
        """A function of the API by the plainest request."""
        answer = self.post(f"/gradio_api/run/{name}", json={"data": values}).json()
        return answer["data"][0] if "data" in answer else answer

    def upload(self, visitor: str, sound: bytes) -> Any:
        return self.post("/studio/recordings", content=sound, headers={"X-Samuel-Visitor": visitor})

    def finished(self, visitor: str, job: dict[str, Any]) -> dict[str, Any]:
        """The job once it is done; one that was refused, or failed, is seen at once."""
        assert "id" in job, job
        done: dict[str, Any] = wait_for(
            lambda: (now := self.call("job", visitor, job["id"])).get("state") not in BUSY and now
        )
        assert done.get("state") == "done", done
        return done


@contextmanager
def running(folder: Path, password: str | None = None, **limits: float) -> Iterator[Server]:
    """A server in a process of its own, as Gradio leaves event loops open; at the end its files must be gone."""
    paths = os.pathsep.join(map(str, (SOURCE, SUPPORT)))
    environment = {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, json.dumps({"password": password, "limits": limits})]
    with started(command, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield Server(int(process.stdout.readline()), folder)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=HANGS)
    assert list(folder.glob("samuel-studio-*")) == []


def _serve(password: str | None, limits: dict[str, float]) -> None:
    import socket

    from tiny import tiny_accompanist

    from samuel.studio import Limits
    from samuel.studio.server import make_app, opened, run_app

    with opened(tiny_accompanist(), Limits(**limits)) as studio:  # type: ignore[arg-type]
        listener = socket.create_server(("127.0.0.1", 0))
        app = make_app(studio, password)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        run_app(app, listener)


if __name__ == "__main__":
    _serve(**json.loads(sys.argv[1]))
