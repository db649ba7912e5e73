"""NumPy arrays inside uncompressed tar files, memory-mapped where they lie: shards need no unpacking."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samuel.errors import ConfigError

SHARDS = "[!.]*-[0-9]*.tar"  # <split>-<number>.tar; with a dot before it, one that is being written


@dataclass(frozen=True)
class ArrayPlace:
    """An .npy file that begins `offset` bytes into a tar file."""

    path: Path
    offset: int

    def open(self) -> NDArray[np.float16]:
        """The array, mapped. Raises ConfigError for a file that was cut off or is no array of two axes."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                version = np.lib.format.read_magic(file)
                if version != (1, 0):
                    raise ValueError(f"format {version}")
                shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
                start = file.tell()
            order = "F" if by_column else "C"
            array: NDArray[np.float16] = np.memmap(self.path, dtype, "r", start, shape, order)  # type: ignore[call-overload]
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path} is damaged ({error}): encode the corpus again.") from error
        if array.ndim != 2:
            raise ConfigError(f"{self.path} has {array.ndim} axes instead of 2: encode the corpus again.")
        return array


def shard_arrays(folder: Path) -> dict[str, ArrayPlace]:
    """The .npy files in all shards of a folder, by their names. Raises ConfigError for a damaged shard."""
    found: dict[str, ArrayPlace] = {}
    for path in sorted(folder.glob(SHARDS)):
        found |= _index(path, path.stat().st_mtime_ns)
    return found


@lru_cache(maxsize=4096)
def _index(path: Path, changed: int) -> dict[str, ArrayPlace]:
    """changed is a part of the key only: a shard that was written anew is read anew."""
    return {name: ArrayPlace(path, offset) for name, offset in members(path).items() if name.endswith(".npy")}


def members(path: Path) -> dict[str, int]:
    """Names of the files in a tar file, in order, and where their content begins. Raises ConfigError for no tar."""
    try:
        with tarfile.open(path, "r:") as archive:
            return {member.name: member.offset_data for member in archive}
    except (OSError, tarfile.TarError) as error:
        raise ConfigError(f"{path} is no whole tar file ({error}): remove it and encode the corpus again.") from error
