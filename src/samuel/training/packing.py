"""A training folder in a few small files, to be carried to a machine that cannot be sent much.

Latents are rounded to a fraction of their channel's deviation, everything else to a 32nd, and compressed: a sixth of
the bytes. A deviation of .25 in steps is .07 of noise, less than the latents' own decoding notices
(docs/experiments/008).
"""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samuel.checkpoint.files import read_json, write_json
from samuel.checkpoint.statistics import measure_statistics
from samuel.corpus.prepare import save_array
from samuel.corpus.workers import mapped
from samuel.errors import ConfigError
from samuel.training.runs import HEARD_BY, SOURCE

STEPS = {"band": 0.25, "vocal": 0.5}  # deviations of a channel; the vocal is trained with noise anyway
OTHER_STEP = 1 / 32  # of features, plans, truth and maps
HEADER = "packed.json"
Array = NDArray[np.float16]
Job = tuple[Path, Path, list[dict[str, Any]], tuple[str, ...], dict[str, list[float]], dict[str, Any]]
_DAMAGE = (tarfile.TarError, OSError, KeyError, ValueError, EOFError, lzma.LZMAError)


def pack_folder(
    data: Path, out: Path, names: Sequence[str], songs_per_part: int, workers: int = 1, most_songs: int | None = None
) -> int:
    """Write the named arrays (`vocal`, `features`, ..., `maps`) of data's songs to out/NNN.tar.xz; returns how many.

    Songs that lack an array are packed without it. most_songs: only the first ones of the manifest. Every part says
    whose latents and plans it holds, where the folder does.
    """
    rows = [json.loads(line) for line in (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = rows[:most_songs]
    steps = {name: _channel_steps(data, rows, name) for name in names if name in STEPS}
    out.mkdir(parents=True, exist_ok=True)
    parts = [rows[start : start + songs_per_part] for start in range(0, len(rows), songs_per_part)]
    notes = {note: read_json(data / note) for note in _notes_of(names) if (data / note).is_file()}
    jobs = [(data, out / f"{n:03d}.tar.xz", part, tuple(names), steps, notes) for n, part in enumerate(parts)]
    return sum(1 for _ in mapped(_pack, jobs, workers))


def unpack_folder(packed: Sequence[Path], data: Path, workers: int = 1) -> int:
    """Put parts together in the training folder data, adding to its manifest; returns how many songs it then holds.

    Raises ConfigError if a part is no such file, or holds latents or plans by another network than the folder does or
    an earlier part; nothing is unpacked then.
    """
    _claim(data, [(path, _header(path)) for path in packed])
    for name in ("latents", "maps"):
        (data / name).mkdir(parents=True, exist_ok=True)
    manifest = data / "manifest.jsonl"
    lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.is_file() else []
    rows = {row["identifier"]: row for row in map(json.loads, lines)}
    for unpacked in mapped(_unpack, [(path, data) for path in packed], workers):
        rows |= {row["identifier"]: row for row in unpacked}
    manifest.write_text("".join(json.dumps(rows[name]) + "\n" for name in sorted(rows)), encoding="utf-8")
    return len(rows)


def _notes_of(names: Sequence[str]) -> list[str]:
    """The notes of a training folder that say who made these arrays."""
    made_by = {SOURCE: ("vocal", "band"), HEARD_BY: ("plan",)}
    return [note for note, arrays in made_by.items() if set(arrays) & set(names)]


def _claim(data: Path, headers: Sequence[tuple[Path, dict[str, Any]]]) -> None:
    """Note in data whose latents and plans the parts hold. Raises ConfigError where they are not all the same one's."""
    for note in (SOURCE, HEARD_BY):
        place = data / note
        known = read_json(place) if place.is_file() else None
        holder = data
        for path, header in headers:
            found = header.get("notes", {}).get(note)
            if known and found and found["fingerprint"] != known["fingerprint"]:
                raise ConfigError(
                    f"{path} was made with {found['name']}, {holder} with {known['name']}"
                    f" ({note.removesuffix('.json')}): unpack them into different folders."
                )
            known, holder = (known, holder) if known else (found, path)
        if known:
            data.mkdir(parents=True, exist_ok=True)
            write_json(place, known)


def _header(path: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path, "r:xz") as tar:
            header: dict[str, Any] = json.loads(_content(tar, HEADER))
            return header
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{path} is no packed part of a training folder ({error}): pack it again.")


def array_path(data: Path, identifier: str, name: str) -> Path:
    """Where a training folder keeps an array, see samuel.training.data."""
    return data / "maps" / f"{identifier}.npy" if name == "maps" else data / "latents" / f"{identifier}.{name}.npy"


def _channel_steps(data: Path, rows: list[dict[str, Any]], name: str) -> list[float]:
    paths = [array_path(data, row["identifier"], name) for row in rows]
    arrays: Iterator[Array] = (np.load(path) for path in paths[:200] if path.is_file())
    return [STEPS[name] * float(deviation) for deviation in measure_statistics(arrays).deviation]


def _pack(job: Job) -> None:
    data, out, rows, names, steps, notes = job
    temporary = out.with_name(f".{out.name}")
    with tarfile.open(temporary, "w:xz", preset=6) as tar:
        _add(tar, HEADER, json.dumps({"rows": rows, "names": names, "steps": steps, "notes": notes}).encode())
        for name in names:
            for row in rows:
                path = array_path(data, row["identifier"], name)
                if path.is_file():
                    _add(tar, f"{row['identifier']}.{name}", _rounded(np.load(path), _column(steps, name)))
    temporary.replace(out)


def _column(steps: dict[str, list[float]], name: str) -> NDArray[np.float32]:
    return np.array(steps.get(name, [OTHER_STEP]), np.float32)[:, None]


def _rounded(values: Array, step: NDArray[np.float32]) -> bytes:
    whole = np.round(values.astype(np.float32) / step)
    kind = np.int8 if np.abs(whole).max(initial=0) <= np.iinfo(np.int8).max else np.int16
    file = io.BytesIO()
    np.save(file, whole.astype(kind))
    return file.getvalue()


def _unpack(job: tuple[Path, Path]) -> list[dict[str, Any]]:
    path, data = job
    try:
        with tarfile.open(path, "r:xz") as tar:
            header = json.loads(_content(tar, HEADER))
            for member in tar.getnames():
                if member != HEADER:
                    identifier, name = member.rsplit(".", 1)
                    if Path(identifier).name != identifier or name not in header["names"]:
                        raise ValueError(f"{member} is no array of a song")
                    whole = np.load(io.BytesIO(_content(tar, member)), allow_pickle=False)
                    save_array(array_path(data, identifier, name), whole * _column(header["steps"], name))
            rows: list[dict[str, Any]] = header["rows"]
            return rows
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
