"""Stopping PyTorch between any two operations, so that a cancelled run frees the processor at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.overrides import TorchFunctionMode


class StoppedError(Exception):
    """The visitor wants no more of it. No SamuelError: nobody is to be told."""


class Stoppable(TorchFunctionMode):
    """Within it every operation of PyTorch in this thread first asks whether to stop. Raises StoppedError.

    The progress callback alone is called once a step only, and not at all while the vocal is heard.
    """

    def __init__(self, stopped: Callable[[], bool]) -> None:
        super().__init__()
        self._stopped = stopped

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do as without it, unless stopped."""
        if self._stopped():
            raise StoppedError
        return func(*args, **(kwargs or {}))
