"""What the command `samuel` calls first: Ctrl-C ends it in one line even while the commands are imported.

Threads that wait for each other sleep instead of spinning: PyTorch's OpenMP reads that as it is loaded. On cores that
other programs use as well, spinning threads wait for one that is not running and burn the time it needs.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130  # 128 + SIGINT, as shells expect
STOPPED = "samuel: stopped; nothing was left half-written."


def main() -> int:
    """Run the command line; returns the exit status."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from samuel.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
