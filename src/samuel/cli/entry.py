"""What the command `samuel` calls first: Ctrl-C ends it in one line even while the commands are imported."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # 128 + SIGINT, as shells expect
STOPPED = "samuel: stopped; nothing was left half-written."


def main() -> int:
    """Run the command line; returns the exit status."""
    try:
        from samuel.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
