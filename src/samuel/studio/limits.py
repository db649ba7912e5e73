"""What the studio takes on, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass

from samuel.config import require_range
from samuel.errors import SamuelError
from samuel.pipeline.vocal import MAX_SECONDS, MIN_SECONDS

MEGABYTE = 1_000_000


class LimitError(SamuelError):
    """More than the studio takes on: too large, too long, too many."""


class UnknownError(SamuelError):
    """A recording, take or job that is not there, or not this visitor's: the two are not told apart."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"there is no such {kind}: it was deleted, or is not yours.")


@dataclass(frozen=True)
class Limits:
    """Bounds of one studio. Raises ConfigError for a value that makes no sense."""

    megabytes: float = 200.0  # of an uploaded file; 10 min of stereo wav at 24 bits are 159
    seconds: float = MAX_SECONDS  # of a recording
    queue: int = 20  # jobs that wait or run, of all visitors
    jobs: int = 4  # of them by one visitor
    recordings: int = 8  # that a visitor may keep, trimmed ones included
    takes: int = 32  # that a visitor may keep
    visitors: int = 50
    disk_megabytes: float = 4_000.0  # of all that is kept
    idle_minutes: float = 15.0  # after which a visitor who is not heard of has left
    grace_seconds: float = 20.0  # after which a page that was closed has not only been loaded again
    age_hours: float = 24.0  # after which a visitor's files go in any case

    def __post_init__(self) -> None:
        require_range("file size in MB", self.megabytes, 0.01, 100_000)
        require_range("length in s", self.seconds, MIN_SECONDS, MAX_SECONDS)
        for name in ("queue", "jobs", "recordings", "takes", "visitors"):
            require_range(name, getattr(self, name), 1, 10_000)
        require_range("disk space in MB", self.disk_megabytes, 1, 10_000_000)
        require_range("idle minutes", self.idle_minutes, 0.01, 10_000)
        require_range("grace in s", self.grace_seconds, 0.01, 10_000)
        require_range("age in hours", self.age_hours, 0.01, 10_000)

    @property
    def file_bytes(self) -> int:
        """Largest upload."""
        return int(self.megabytes * MEGABYTE)

    @property
    def disk_bytes(self) -> int:
        """Most that all visitors' files may take."""
        return int(self.disk_megabytes * MEGABYTE)

    def require_size(self, size: int) -> None:
        """Raise LimitError for an upload of more bytes than allowed."""
        if size > self.file_bytes:
            raise LimitError(
                f"the file has {size / MEGABYTE:.0f} MB: give at most {self.megabytes:g} MB, as flac or mp3."
            )
