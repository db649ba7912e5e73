"""Files in parts, for places that take only small ones; parts.json tells how they go together again."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from samuel.checkpoint.files import read_json, write_json, write_whole
from samuel.errors import CheckpointError

INDEX = "parts.json"


def split_files(folder: Path, out: Path, most: int) -> int:
    """Write all files below folder into out as parts of at most `most` bytes, with an index; returns their number."""
    out.mkdir(parents=True, exist_ok=True)
    index, number = [], 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content, parts = path.read_bytes(), []
        for start in range(0, max(len(content), 1), most):
            parts.append(f"part-{number:04d}")
            (out / parts[-1]).write_bytes(content[start : start + most])
            number += 1
        digest = hashlib.sha256(content).hexdigest()
        index.append({"path": path.relative_to(folder).as_posix(), "sha256": digest, "parts": parts})
    write_json(out / INDEX, {"files": index})  # last: with it the parts are complete
    return number


def join_parts(parts: Path, out: Path) -> list[Path]:
    """Put the files together again below out. Raises CheckpointError: a part missing, or a file not what it was."""
    written = []
    for entry in read_json(parts / INDEX)["files"]:
        path = out / entry["path"]
        if not path.resolve().is_relative_to(out.resolve()):
            raise CheckpointError(f"{parts / INDEX} names {entry['path']}, which lies outside {out}: get it again.")
        missing = [name for name in entry["parts"] if not (parts / name).is_file()]
        if missing:
            raise CheckpointError(f"{parts / missing[0]} is missing: copy all parts of {entry['path']}.")
        content = b"".join((parts / name).read_bytes() for name in entry["parts"])
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise CheckpointError(f"{entry['path']} is not what {INDEX} describes: copy its parts again.")
        write_whole(path, partial(_write, content))
        written.append(path)
    return written


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
