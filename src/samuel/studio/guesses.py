"""How often a password may be guessed from one address."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable

MOST = 10  # different wrong passwords, then the address has to wait
SECONDS = 60.0  # until a wrong one is forgotten: 14,400 guesses a day, of passwords of 8 characters and more


class Guesses:
    """Wrong passwords of the last minute, by address. One sent again, as an open page does, tells nothing new."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, dict[bytes, float]] = {}  # address -> digest of what was given -> when, oldest first

    def wait(self, address: str) -> int:
        """Whole seconds until the address may try again; 0 if it may now."""
        now = self._clock()
        self._forget(now - SECONDS)
        wrong = self._wrong.get(address, {})
        return 0 if len(wrong) < MOST else math.ceil(next(iter(wrong.values())) + SECONDS - now)

    def add(self, address: str, given: str) -> None:
        """Count a wrong password from there."""
        self._wrong.setdefault(address, {}).setdefault(hashlib.sha256(given.encode()).digest(), self._clock())

    def _forget(self, oldest: float) -> None:
        for address, wrong in list(self._wrong.items()):
            kept = {digest: when for digest, when in wrong.items() if when > oldest}
            self._wrong[address] = kept
            if not kept:
                del self._wrong[address]
