"""Score collections arrive whole and checked, or not at all. The server is local."""

import hashlib
import io
import tarfile
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from samuel.corpus.errors import CorpusError
from samuel.corpus.fetch import COLLECTIONS, Collection, fetch_collection, scores_digest

SCORES = {"a/b/one.mxl": b"one", "c/two.mxl": b"two"}
DIGEST = hashlib.sha256(
    b"".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode() for name, data in sorted(SCORES.items()))
).hexdigest()


def write_archive(path: Path, compression: str = "gz", **more: bytes) -> Path:
    members = {f"repository-abc/dataset/{name}": data for name, data in SCORES.items()}
    with tarfile.open(path, f"w:{compression}") as archive:
        for name, data in {"repository-abc/README.md": b"read me", **members, **more}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture
def collection(tmp_path):
    """A collection whose home is a server on this machine."""
    home = tmp_path / "home"
    home.mkdir()
    write_archive(home / "scores.tar.gz")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/scores.tar.gz"
    yield Collection("scores", url, "dataset", ".mxl", "CC0", 2, DIGEST)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_leaves_the_scores_alone_checked(collection, tmp_path):
    steps = []
    fetched = fetch_collection(collection, tmp_path / "out", progress=lambda done, total: steps.append((done, total)))
    assert (fetched.scores, fetched.digest, fetched.checked) == (2, DIGEST, True)
    files = {path.relative_to(fetched.folder).as_posix(): path for path in fetched.folder.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in files.items()} == SCORES
    assert steps[-1][0] == steps[-1][1] > 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scores"]


def test_scores_that_are_there_are_checked_and_not_fetched_again(collection, tmp_path):
    fetch_collection(collection, tmp_path)
    nowhere = replace(collection, url="http://127.0.0.1:9/none")
    assert fetch_collection(nowhere, tmp_path).scores == 2
    (tmp_path / "scores" / "c" / "two.mxl").write_bytes(b"other")
    with pytest.raises(CorpusError, match="fetched before"):
        fetch_collection(nowhere, tmp_path)


@pytest.mark.parametrize("compression", ["gz", "xz", ""])
def test_a_local_archive_of_any_packing_has_the_same_digest(collection, tmp_path, compression):
    archive = write_archive(tmp_path / "mine.tar", compression)
    assert fetch_collection(collection, tmp_path / "out", archive).digest == DIGEST


def test_another_version_is_refused_unless_its_digest_is_named(collection, tmp_path):
    archive = write_archive(tmp_path / "mine.tar.gz", **{"x/dataset/three.mxl": b"three"})
    with pytest.raises(CorpusError, match="--sha256"):
        fetch_collection(collection, tmp_path / "out", archive)
    assert list((tmp_path / "out").iterdir()) == []
    with tarfile.open(archive) as packed:  # by hand: Python 3.11.2 knows no extraction filter, 3.14 wants one
        for member in packed:
            if (content := packed.extractfile(member)) is not None:
                place = tmp_path / "copy" / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.read())
    (tmp_path / "copy" / "x" / "dataset" / "three.mxl").rename(
        tmp_path / "copy" / "repository-abc" / "dataset" / "three.mxl"
    )
    digest = scores_digest(tmp_path / "copy" / "repository-abc" / "dataset", ".mxl")[1]
    assert fetch_collection(collection, tmp_path / "out", archive, digest.upper()).scores == 3


def test_without_a_pinned_digest_the_number_of_scores_is_checked(collection, tmp_path):
    fetched = fetch_collection(replace(collection, digest=None), tmp_path)
    assert (fetched.checked, fetched.digest) == (False, DIGEST)
    with pytest.raises(CorpusError, match="holds 2 scores of 3 or more"):
        fetch_collection(replace(collection, digest=None, scores=3), tmp_path / "out")


def test_no_network_a_missing_page_and_a_broken_archive_are_told_apart(collection, tmp_path):
    with pytest.raises(CorpusError, match=r"connect to the network.*--archive"):
        fetch_collection(replace(collection, url="http://127.0.0.1:9/none"), tmp_path)
    with pytest.raises(CorpusError, match="File not found"):
        fetch_collection(replace(collection, url=collection.url + "x"), tmp_path)
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(write_archive(tmp_path / "whole.tar.gz").read_bytes()[:-60])
    for archive, message in ((broken, "no whole tar archive"), (tmp_path / "missing", "is no file")):
        with pytest.raises(CorpusError, match=message):
            fetch_collection(collection, tmp_path / "out", archive)


def test_an_archive_cannot_write_outside_of_its_folder(collection, tmp_path):
    archive = write_archive(tmp_path / "mine.tar.gz", **{"dataset/../../../evil.mxl": b"x", "dataset//evil.mxl": b"x"})
    with pytest.raises(CorpusError, match="3 scores"):
        fetch_collection(collection, tmp_path / "out", archive)
    assert not list(tmp_path.rglob("evil.mxl"))


def test_every_home_is_pinned_to_a_commit():
    assert set(COLLECTIONS) == {"lieder", "openewld", "openhymnal"}
    for collection in COLLECTIONS.values():
        commit = collection.url.rsplit("/", 1)[1].removesuffix(".tar.gz")
        assert len(commit) == 40
        assert int(commit, 16)
