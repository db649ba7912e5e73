"""SAMUeL: sing a tune, get a band.

The public interface is what __all__ names; importing this package costs next to nothing, PyTorch comes on first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from samuel.errors import SamuelError

if TYPE_CHECKING:
    from samuel.pipeline import Accompaniment, Accompanist, ChordSpan

__all__ = ["Accompaniment", "Accompanist", "ChordSpan", "SamuelError", "__version__"]

__version__ = "0.1.0"

# onnxruntime, on which the pitch tracker runs, reports its use to Microsoft unless this is set before its import
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_LAZY = dict.fromkeys(("Accompaniment", "Accompanist", "ChordSpan"), "samuel.pipeline")


def __getattr__(name: str) -> object:
    """Import a public class on first use, so that `import samuel` and `samuel --help` are instant (PEP 562)."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
