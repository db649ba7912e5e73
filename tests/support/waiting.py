"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

HANGS = 300.0  # s: a loaded machine may take its time, so only what has stopped for good is given up
BUSY = ("waiting", "running")


def wait_for(look: Callable[[], Any], seconds: float = HANGS) -> Any:
    """What look returns as soon as it is true; fails if that never happens."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return found
