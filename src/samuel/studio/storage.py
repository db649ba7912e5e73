"""Where the studio keeps sound: one temporary folder, a folder in it for each visitor, names of our own making.

Nothing that a visitor sends, least of all a file's name, becomes part of a path.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from samuel.studio.limits import MEGABYTE, LimitError, Limits

_PREFIX = "samuel-studio-"


class Storage:
    """A temporary folder and the space in it. Remove it with close()."""

    def __init__(self, limits: Limits) -> None:
        _remove_orphans()
        self.limits = limits
        self._awaited: dict[Path, int] = {}  # bytes that uploads in course still bring; what came, used() counts
        self.root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))

    def new_folder(self) -> Path:
        """An empty folder with a name that cannot be guessed, for one visitor."""
        folder = self.root / secrets.token_hex(16)
        folder.mkdir(mode=0o700)
        return folder

    def used(self) -> int:
        """Bytes of all files."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                try:
                    total += os.stat(os.path.join(folder, name)).st_size
                except FileNotFoundError:  # another thread has just removed it
                    continue
        return total

    def require_space(self, size: int) -> None:
        """Raise LimitError unless so many bytes still fit, under the studio's limit and on the disk."""
        free = min(self.limits.disk_bytes - self.used(), shutil.disk_usage(self.root).free)
        free -= sum(self._awaited.values())
        if size > free:
            raise LimitError(
                f"{size / MEGABYTE:.0f} MB are needed and {max(free, 0) / MEGABYTE:.0f} MB are free:"
                " delete takes, or come back when others have left."
            )

    async def receive(self, folder: Path, chunks: AsyncIterator[bytes], announced: int | None) -> Path:
        """Write an upload into a new file of the folder, stopping as soon as it is too large; then nothing stays.

        announced: bytes by the Content-Length, refused before a byte is read. Raises LimitError.
        """
        self.limits.require_size(announced or 0)
        expected = self.limits.file_bytes if announced is None else announced
        self.require_space(expected)
        path, size = folder / f"{secrets.token_hex(8)}.upload", 0
        self._awaited[path] = expected
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    self.limits.require_size(size)
                    file.write(chunk)
                    self._awaited[path] = max(0, expected - size)
        except BaseException:  # also a connection that broke off
            path.unlink(missing_ok=True)
            raise
        finally:
            del self._awaited[path]
        return path

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)


def _remove_orphans() -> None:
    """Remove what studios have left behind that were killed: their process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        found = re.fullmatch(rf"{_PREFIX}(\d+)-\w+", folder.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # someone else's
        return True
    return True
