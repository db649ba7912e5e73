"""Signals that end a program let it clear away what it has begun, as Ctrl-C does."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# how service managers and closed terminals end a program; Windows has no SIGHUP
ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_CLEARING = 2.0  # s: what ends a session often sends both, and the second must not break off the clearing away


@contextmanager
def unwinding() -> Iterator[None]:
    """ENDINGS, which would end the process where it stands with its files left behind, raise SystemExit instead."""
    last = -math.inf

    def leave(number: int, _: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _CLEARING:
            last = now
            sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():  # which alone may handle signals
        yield
        return
    heeded = [number for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup wants no SIGHUP
    before = {number: signal.signal(number, leave) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
