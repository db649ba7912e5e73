"""The temporary folder: nothing grows beyond its limit, nothing stays."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from programs import finished

from samuel.studio.limits import LimitError, Limits
from samuel.studio.storage import Storage

CHUNK = bytes(100_000)


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = Storage(Limits(megabytes=1, disk_megabytes=2))
    yield opened
    opened.close()


class Sender:
    """An endless upload that counts what was taken from it."""

    def __init__(self, chunks: int = 10**9) -> None:
        self.left, self.sent = chunks, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.left:
            self.left -= 1
            self.sent += len(CHUNK)
            yield CHUNK


def receive(storage: Storage, sender: Sender, announced: int | None) -> Path:
    return asyncio.run(storage.receive(storage.new_folder(), aiter(sender), announced))


def test_an_upload_is_kept_as_it_came_under_a_name_of_our_own(storage: Storage) -> None:
    path = receive(storage, Sender(3), 300_000)
    assert path.read_bytes() == 3 * CHUNK
    assert storage.root in path.parents


def test_an_announced_upload_of_2_gb_is_refused_before_a_byte_is_read(storage: Storage) -> None:
    sender = Sender()
    with pytest.raises(LimitError, match="2000 MB: give at most 1 MB"):
        receive(storage, sender, 2_000_000_000)
    assert sender.sent == 0


@pytest.mark.parametrize("announced", [None, 10])
def test_an_endless_upload_stops_at_the_limit_and_leaves_nothing(storage: Storage, announced: int | None) -> None:
    sender = Sender()
    with pytest.raises(LimitError):
        receive(storage, sender, announced)
    assert sender.sent <= 1_000_000 + len(CHUNK)
    assert storage.used() == 0


def test_what_does_not_fit_on_the_disk_any_more_is_refused(storage: Storage) -> None:
    for _ in range(2):
        receive(storage, Sender(8), 800_000)
    with pytest.raises(LimitError, match="delete takes"):
        receive(storage, Sender(8), 800_000)


def test_uploads_in_course_count_in_full(storage: Storage) -> None:
    """Else many at once would fill the disk, each of which would fit alone."""

    class Meeting(Sender):
        refused = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield CHUNK
            with pytest.raises(LimitError, match="are free"):
                await storage.receive(storage.new_folder(), aiter(Sender(2)), 200_000)
            self.refused = True

    receive(storage, Sender(9), 900_000)
    first = Meeting()
    receive(storage, first, 1_000_000)
    assert first.refused
    receive(storage, Sender(2), 200_000)  # only one chunk of the first has come


@pytest.mark.parametrize("announced", [None, 1_000_000])
def test_what_has_come_of_an_upload_in_course_counts_once(storage: Storage, announced: int | None) -> None:
    class Meeting(Sender):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(8):
                yield CHUNK
            await storage.receive(storage.new_folder(), aiter(Sender(10)), 1_000_000)

    receive(storage, Meeting(), announced)
    assert storage.used() == 1_800_000


def test_folders_are_for_their_owner_alone(storage: Storage) -> None:
    for folder in (storage.root, storage.new_folder()):
        assert folder.stat().st_mode & 0o077 == 0


def test_closing_removes_everything(storage: Storage) -> None:
    receive(storage, Sender(2), None)
    storage.close()
    assert not storage.root.exists()


def test_what_a_killed_studio_left_behind_goes_and_what_a_living_one_holds_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = finished([sys.executable, "-c", "import os; print(os.getpid())"]).stdout.strip()
    dead, alive = tmp_path / f"samuel-studio-{ended}-abc", tmp_path / f"samuel-studio-{os.getpid()}-abc"
    for folder in (dead, alive):
        folder.mkdir()
    Storage(Limits()).close()
    assert not dead.exists()
    assert alive.exists()
