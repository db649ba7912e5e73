"""Long sounds in nameless files instead of memory: ordinary arrays, whose pages leave memory piece by piece.

Ten minutes of stereo are 212 MB, and a take holds three such arrays. What was let go stays in the file and, as long as
nobody else needs the room, in the system's cache, so that looking at it again costs little. Where the temporary folder
lies in memory (tmpfs) nothing is saved; TMPDIR names another.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

LARGE = 48_000_000  # bytes, 2 min of stereo: what is smaller stays in memory
PIECE = 1 << 18  # samples, 6 s
_LETTING_GO = getattr(mmap, "MADV_DONTNEED", None)  # not on Windows, which drops pages when it needs them

_maps: WeakSet[mmap.mmap] = WeakSet()


def scratch(channels: int, length: int) -> NDArray[np.float32]:
    """An array (channels, length) of no particular content; a large one lies in a file, which goes with the array."""
    size = 4 * channels * length
    mapped = _mapped(size) if size >= LARGE else None
    if mapped is None:
        return np.empty((channels, length), np.float32)
    _maps.add(mapped)
    return np.ndarray((channels, length), np.float32, mapped)


def pieces(length: int) -> Iterator[slice]:
    """Slices of `length` samples one after the other; what was touched of large arrays is let go after each."""
    for start in range(0, length, PIECE):
        yield slice(start, min(length, start + PIECE))
        let_go()


def let_go() -> None:
    """Take the pages of all large arrays out of this process's memory; their content stays."""
    if _LETTING_GO is not None:
        for mapped in list(_maps):
            mapped.madvise(_LETTING_GO)


def copied(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples (channels, n) in an array of their own."""
    copy = scratch(*samples.shape)
    for part in pieces(samples.shape[1]):
        copy[:, part] = samples[:, part]
    return copy


def _mapped(size: int) -> mmap.mmap | None:
    """Room in a file without a name; None where the disk has none: then memory must do."""
    try:
        with tempfile.TemporaryFile() as file:
            if hasattr(os, "posix_fallocate"):  # a hole in a file would be a crash once the disk is full
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            return mmap.mmap(file.fileno(), size)
    except OSError:
        return None
