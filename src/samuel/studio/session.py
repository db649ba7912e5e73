"""Visitors and what is theirs: recordings and takes, kept in a folder of their own until they leave."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from samuel.errors import SamuelError
from samuel.pipeline import GenerationSettings
from samuel.pipeline.chords import Sheet
from samuel.studio.analysis import Analysis, Rhythm
from samuel.studio.limits import LimitError, Limits, UnknownError
from samuel.studio.storage import Storage


@dataclass(eq=False)
class Recording:
    """A vocal, kept as flac at 44.1 kHz. analysis is None until it was heard, an error's text if that failed.

    rhythm is there once it was heard by a model that has a listener.
    """

    number: int  # the visitor's first is 1
    path: Path
    seconds: float
    channels: int
    analysis: Analysis | str | None = None
    rhythm: Rhythm | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(frozen=True, eq=False)
class Take:
    """A finished take of a recording: band, mix and latents in its folder.

    vocal_level: gain that brings the recording to the band's loudness, where the mix has it.
    """

    id: str
    number: int
    recording: Recording
    folder: Path
    seconds: float
    settings: GenerationSettings
    beats: tuple[float, ...]
    chords: Sheet
    vocal_level: float


@dataclass(eq=False)
class Visitor:
    """Someone at the page or a program that calls. The token is the only key to what is theirs."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    came: float = field(default_factory=time.monotonic)
    gone_at: float = 0.0  # when they will have left unless heard of again
    recordings: dict[str, Recording] = field(default_factory=dict)
    takes: dict[str, Take] = field(default_factory=dict)
    recorded: int = 0  # recordings so far, deleted ones included: their numbers are not used twice
    made: int = 0  # takes so far, likewise
    tracking: threading.Lock = field(default_factory=threading.Lock)  # held while beats are looked for

    def recording(self, name: str) -> Recording:
        """One of their recordings. Raises UnknownError."""
        if name not in self.recordings:
            raise UnknownError("recording")
        return self.recordings[name]

    def take(self, name: str) -> Take:
        """One of their takes. Raises UnknownError."""
        if name not in self.takes:
            raise UnknownError("take")
        return self.takes[name]

    def remove_take(self, name: str) -> None:
        """Delete a take and its files. Raises UnknownError."""
        self.drop(self.take(name))

    def remove_recording(self, name: str) -> None:
        """Delete a recording and its takes. Raises UnknownError."""
        recording = self.recording(name)
        del self.recordings[name]  # first, so that no job adds a take any more
        for take in list(self.takes.values()):  # a job may be adding one
            if take.recording is recording:
                self.drop(take)
        recording.path.unlink(missing_ok=True)

    def drop(self, take: Take) -> None:
        """Delete a take that may be gone already, and its files."""
        self.takes.pop(take.id, None)
        shutil.rmtree(take.folder, ignore_errors=True)


class Visitors:
    """All who are there. A thread sees off those who have left, and calls on_leave with their token."""

    def __init__(self, storage: Storage, limits: Limits, on_leave: Callable[[str], None]) -> None:
        self._storage, self._limits, self._on_leave = storage, limits, on_leave
        self._visitors: dict[str, Visitor] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="studio-visitors", daemon=True)
        self._thread.start()

    def enter(self) -> Visitor:
        """Someone new. Raises LimitError if the studio is full."""
        with self._lock:
            if len(self._visitors) >= self._limits.visitors:
                raise LimitError(f"{len(self._visitors)} visitors are here, which is all that fit: come back later.")
            visitor = Visitor(self._storage.new_folder())
            visitor.gone_at = time.monotonic() + 60 * self._limits.idle_minutes
            self._visitors[visitor.token] = visitor
            return visitor

    def get(self, token: str) -> Visitor:
        """Who bears this token; heard of now. Raises SamuelError if nobody does."""
        with self._lock:
            visitor = self._visitors.get(token)
            if visitor is None:
                raise SamuelError("this visit is over or never began: load the page again, or enter anew.")
            visitor.gone_at = time.monotonic() + 60 * self._limits.idle_minutes
            return visitor

    def leave(self, token: str) -> None:
        """Let a visitor go in a moment, unless they are heard of again: a page is also left to be loaded anew."""
        with self._lock:
            visitor = self._visitors.get(token)
            if visitor is not None:
                visitor.gone_at = min(visitor.gone_at, time.monotonic() + self._limits.grace_seconds)

    def see_off(self, now: float) -> None:
        """Remove all that belongs to visitors who have left by now (s of the monotonic clock), or are here too long."""
        oldest = now - 3600 * self._limits.age_hours
        with self._lock:
            gone = [each for each in self._visitors.values() if each.gone_at <= now or each.came <= oldest]
            for visitor in gone:
                del self._visitors[visitor.token]
        for visitor in gone:
            self._on_leave(visitor.token)
            shutil.rmtree(visitor.folder, ignore_errors=True)

    def clear_up(self, visitor: Visitor) -> None:
        """Remove what was still being written as its visitor left."""
        with self._lock:
            gone = visitor.token not in self._visitors
        if gone:
            shutil.rmtree(visitor.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(1.0):
            self.see_off(time.monotonic())
