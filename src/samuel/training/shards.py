"""A prepared corpus as WebDataset shards: latents by one autoencoder, melodic features and frame truth.

OUT/<autoencoder>/<split>-<number>.tar hold, for every pair, <identifier>.json (its row of the manifest) and the float16
arrays <identifier>.{band,vocal,features,truth}.npy, (c, t); conventions: https://github.com/webdataset/webdataset. Each
folder is also a training folder, with manifest.jsonl and the note of its autoencoder, so several stand side by side.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from samuel.checkpoint import find_checkpoint
from samuel.checkpoint.files import read_json, write_json, write_text
from samuel.checkpoint.folder import reference
from samuel.config import DEFAULT_AUTOENCODER
from samuel.corpus.damage import LeftOut, Outcome, Report, naming_damage
from samuel.corpus.errors import CorpusError
from samuel.corpus.workers import mapped
from samuel.errors import ConfigError
from samuel.training.data import read_manifest
from samuel.training.encoding import band_latents, claim_latents, loaded, vocal_latents
from samuel.training.runs import TRAIN, VALID
from samuel.training.tar_arrays import members

Progress = Callable[[int, int], None]  # pairs done, pairs in all
Row = dict[str, Any]
Job = tuple[Path, Path, Path, list[Row], str]  # corpus, data, shard, rows, autoencoder

PER_SHARD = 128  # pairs of 47.55 s: about 45 MB
NOTE = "shards.json"


def encode_shards(
    corpus: Path,
    data: Path,
    out: Path,
    autoencoder: str = DEFAULT_AUTOENCODER,
    per_shard: int = PER_SHARD,
    progress: Progress | None = None,
    workers: int = 1,
    ray: str | None = None,
    report: Report = lambda line: None,
) -> int:
    """Encode the pairs of the training folder data into out/<autoencoder>; returns how many were encoded now.

    A shard appears whole or not at all, and its bytes depend on its pairs alone: a killed run goes on at the shards
    that are missing, and one process makes the same as many. A corpus that has grown gets its last shard anew. A
    damaged pair gets a line to report and is left out; its shard is made anew at every call, in case it was mended.
    Raises CheckpointError for an unknown autoencoder, ConfigError if the folder holds shards of another one or of
    another length, CorpusError where no pair is left.
    """
    checkpoint = find_checkpoint(autoencoder, kind="autoencoder")
    folder = out / checkpoint.name
    folder.mkdir(parents=True, exist_ok=True)
    claim_latents(folder, reference(checkpoint))
    _claim_length(folder, per_shard)
    corpus, data, folder, autoencoder = corpus.resolve(), data.resolve(), folder.resolve(), str(checkpoint.resolve())
    plan = dict(_plan(data, folder, per_shard))
    missing = [shard for shard, rows in plan.items() if not _holds(shard, rows)]
    done = before = sum(len(rows) for shard, rows in plan.items() if shard not in missing)
    total = sum(map(len, plan.values()))
    jobs = [(corpus, data, shard, plan[shard], autoencoder) for shard in missing]
    left_out = LeftOut(report)
    for outcomes in mapped(_encode_shard, jobs, workers, ray=ray):
        for name, reason in outcomes:
            left_out.note(name, reason)
        done += len(outcomes)
        if progress:
            progress(done, total)
    left_out.count(total, f"pairs of {data}")
    whole = (row for rows in plan.values() for row in rows if row["identifier"] not in left_out.names)
    write_text(folder / "manifest.jsonl", "".join(json.dumps(row) + "\n" for row in whole))
    return done - before - len(left_out.names)


def _claim_length(folder: Path, per_shard: int) -> None:
    note = {"per_shard": per_shard}
    if (folder / NOTE).is_file() and (before := read_json(folder / NOTE)) != note:
        raise ConfigError(f"{folder} holds shards of {before['per_shard']} pairs, not {per_shard}: take that number.")
    write_json(folder / NOTE, note)


def _plan(data: Path, folder: Path, per_shard: int) -> Iterator[tuple[Path, list[Row]]]:
    """The shards and the rows of each, by split and identifier."""
    for split in (TRAIN, VALID):
        rows = read_manifest(data, split, required=False)
        for number, first in enumerate(range(0, len(rows), per_shard)):
            yield folder / f"{split}-{number:06d}.tar", rows[first : first + per_shard]


def _holds(shard: Path, rows: list[Row]) -> bool:
    """Whether a shard is there with these pairs and no others."""
    if not shard.is_file():
        return False
    return [name.removesuffix(".json") for name in members(shard) if name.endswith(".json")] == [
        row["identifier"] for row in rows
    ]


def _encode_shard(job: Job) -> list[Outcome]:
    corpus, data, shard, rows, autoencoder = job
    outcomes: list[Outcome] = []
    temporary = shard.with_name(f".{shard.name}")  # of a fixed name, so that no killed run leaves it for good
    with _one_thread(), tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive:
        for row in rows:
            try:
                files = [*_files(corpus, data, row, autoencoder)]
            except CorpusError as error:
                outcomes.append((row["identifier"], str(error)))
                continue
            for name, content in files:
                entry = tarfile.TarInfo(f"{row['identifier']}.{name}")  # of no time, owner or machine
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            outcomes.append((row["identifier"], None))
    temporary.replace(shard)
    return outcomes


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums round differently on more threads: the bytes shall be those of a process among many."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def _files(corpus: Path, data: Path, row: Row, autoencoder: str) -> Iterator[tuple[str, bytes]]:
    name, frames, model = row["identifier"], row["frames"], loaded(autoencoder)
    folder = corpus / "pairs" / name
    yield "json", json.dumps(row).encode()
    yield "band.npy", _npy(band_latents(folder, data, model)[:, :frames])
    yield "vocal.npy", _npy(vocal_latents(folder, data, model)[:, :frames])
    for array in ("features", "truth") if row.get("truth", True) else ("features",):
        with naming_damage(folder):
            values = np.load(data / "latents" / f"{name}.{array}.npy", allow_pickle=False)
        yield f"{array}.npy", _npy(values)


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array, np.float16))
    return buffer.getvalue()
