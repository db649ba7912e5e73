"""Two workers of a program that is to be killed: each writes its process id down and then does nothing for long.

Run with a folder and the number of jobs; workers of many are forked from a server, those of few are spawned.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from samuel.corpus.workers import mapped


def linger(path: str) -> None:
    """Write the process id to the path, whole or not at all, and stay."""
    part = Path(path + ".part")
    part.write_text(str(os.getpid()))
    part.rename(path)
    time.sleep(600)


if __name__ == "__main__":
    list(mapped(linger, [f"{sys.argv[1]}/{index}.pid" for index in range(int(sys.argv[2]))], 2, shared="sharing"))
