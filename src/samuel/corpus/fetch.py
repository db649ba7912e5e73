"""Score collections from their public homes, each at one commit, checked file by file against a digest.

GitHub packs the archive of a commit anew when it likes, so the checksum is of what is in it: the SHA-256 over the
sorted lines "<SHA-256 of the file>  <path>" of the score files. It is the same for every archive of that commit.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import tarfile
import tempfile
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO

from samuel.corpus.errors import CorpusError

Progress = Callable[[int, int], None]  # bytes done, bytes in all (0: not told)

BLOCK = 1 << 16  # bytes
TIMEOUT = 60.0  # s without a byte


@dataclass(frozen=True)
class Collection:
    """Scores at a public address: files below `folder` that end in `suffix`, with their digest where it is known."""

    name: str
    url: str
    folder: str
    suffix: str
    licence: str
    scores: int
    digest: str | None


_GITHUB = "https://github.com/{}/archive/{}.tar.gz"
_COLLECTIONS = (
    Collection(
        "lieder",
        _GITHUB.format("OpenScore/Lieder", "afe1984a44ba3f9e68b69a2bb16fa29b46fc091c"),
        "scores",
        ".mxl",
        "CC0-1.0",
        1400,
        None,  # no copy of this very commit was at hand to take it from
    ),
    Collection(
        "openewld",
        _GITHUB.format("00sapo/OpenEWLD", "9bbb6d292c96c9ab2dee64b7ff5cdba60612b7a0"),
        "dataset",
        ".mxl",
        "public domain by its own account; see samuel.corpus.public_domain",
        502,
        "078c286d5364b18b8aae70d9619af42e6855c32a7b25179788456c5bde32440a",
    ),
    Collection(
        "openhymnal",
        _GITHUB.format("mzealey/openhymnal", "d35811b2d5c9b0bbc5887d60a2936454815416e8"),
        "Complete",
        ".abc",
        "public domain tunes; a few texts are not",
        301,
        "3d39428e583ec6b20b2016177bbdb12b679ea6b4add5d4c656c7d9c93cce507a",
    ),
)
COLLECTIONS = {collection.name: collection for collection in _COLLECTIONS}


@dataclass(frozen=True)
class Fetched:
    """Where the scores lie, how many they are, and their digest."""

    folder: Path
    scores: int
    digest: str
    checked: bool


def fetch_collection(
    collection: Collection,
    out: Path,
    archive: Path | None = None,
    digest: str | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Unpack the scores of a collection into out/<name>, from its home or a local tar archive; whole or not at all.

    digest: what to check instead of the pinned one. Scores that are there already are checked, not fetched again.
    Raises CorpusError without a network, for an archive without the scores, or for a digest that differs.
    """
    target, expected = out / collection.name, digest or collection.digest
    if target.is_dir():
        return _checked(target, collection, expected, f"{target} (fetched before)")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{collection.name}-", dir=out) as name:
        unpacked = Path(name) / "scores"
        with _opened(collection, archive, Path(name), progress) as file:
            _unpack(file, collection, unpacked, str(archive or collection.url))
        fetched = _checked(unpacked, collection, expected, str(archive or collection.url))
        unpacked.rename(target)
    return Fetched(target, fetched.scores, fetched.digest, fetched.checked)


def scores_digest(folder: Path, suffix: str) -> tuple[int, str]:
    """How many files below folder end in suffix, and the digest over their paths and contents."""
    paths = sorted(folder.rglob(f"*{suffix}"), key=lambda path: path.relative_to(folder).as_posix().encode())
    whole = hashlib.sha256()
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{content}  {path.relative_to(folder).as_posix()}\n".encode())
    return len(paths), whole.hexdigest()


def _checked(folder: Path, collection: Collection, expected: str | None, origin: str) -> Fetched:
    scores, digest = scores_digest(folder, collection.suffix)
    if expected is not None and digest != expected.lower():
        raise CorpusError(
            f"the {scores} scores from {origin} have the digest {digest}, not {expected}: fetch them again, or, if"
            " this is another version that you trust, name its digest with --sha256."
        )
    if expected is None and scores < collection.scores:
        raise CorpusError(f"{origin} holds {scores} scores of {collection.scores} or more: give a whole archive.")
    return Fetched(folder, scores, digest, expected is not None)


@contextmanager
def _opened(collection: Collection, archive: Path | None, folder: Path, progress: Progress | None) -> Iterator[Path]:
    """The path of a local archive: the given one, or a download."""
    if archive is not None:
        if not archive.is_file():
            raise CorpusError(f"{archive} is no file: name a tar archive of {collection.name}.")
        yield archive
        return
    download = folder / "archive"
    try:
        with urllib.request.urlopen(collection.url, timeout=TIMEOUT) as answer, download.open("wb") as file:
            _copy(answer, file, int(answer.headers.get("Content-Length") or 0), progress)
    except (OSError, HTTPException) as error:  # URLError is an OSError
        raise CorpusError(
            f"{collection.url} cannot be reached ({getattr(error, 'reason', error)}): connect to the network, or name a"
            " copy that you have with --archive."
        ) from error
    yield download
    download.unlink()


def _copy(answer: IO[bytes], file: IO[bytes], total: int, progress: Progress | None) -> None:
    done = 0
    while block := answer.read(BLOCK):
        file.write(block)
        done += len(block)
        if progress and total:
            progress(min(done, total), total)
    if total and done < total:
        raise OSError(f"the connection broke after {done} of {total} bytes")


def _unpack(path: Path, collection: Collection, target: Path, origin: str) -> None:
    """The score files alone, below their folder; nothing that an archive may say can lead outside of target."""
    target.mkdir()
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                place = _place(member.name, collection)
                content = archive.extractfile(member) if place and member.isfile() else None
                if place is None or content is None:
                    continue
                file = target / place
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("wb") as copy:
                    shutil.copyfileobj(content, copy)
    except (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:  # a full disk, not a bad archive
            raise
        raise CorpusError(f"{origin} is no whole tar archive ({error}): fetch it again.") from error


def _place(name: str, collection: Collection) -> Path | None:
    """Where a member goes below the target: what follows .../<folder>/; None for anything else."""
    parts = PurePosixPath(name).parts
    if not name.endswith(collection.suffix) or collection.folder not in parts or os.pardir in parts:
        return None
    return Path(*parts[parts.index(collection.folder) + 1 :])
