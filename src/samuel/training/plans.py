"""Let a trained listener hear a training folder: the denoiser then learns from plans as good and as bad as in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from samuel.checkpoint.files import write_json
from samuel.checkpoint.folder import find_checkpoint, reference
from samuel.checkpoint.load import LoadedListener, load_listener
from samuel.corpus.prepare import save_array
from samuel.corpus.workers import mapped
from samuel.training.data import has_array, has_bands, read_latents
from samuel.training.runs import HEARD_BY, IMAGINED

Array = NDArray[np.float16]
Job = tuple[str, Path, Array | None, Array]  # listener, where to write, latents of the vocal, features


def write_plans(
    listener: str | Path,
    data: Path,
    splits: tuple[str, ...] = ("train", "valid"),
    report: Callable[[str], None] = lambda line: None,
    workers: int = 1,
) -> int:
    """Write latents/<identifier>.plan.npy, float16 (26, t), for every song of the splits; returns how many.

    Imagined songs with a band are heard as well. The folder notes which listener it was, so that a denoiser cannot be
    exported with another.
    """
    found, total = str(find_checkpoint(listener, kind="listener")), 0
    write_json(data / HEARD_BY, reference(Path(found)))
    for split in splits:
        jobs = list(_jobs(found, data, split))
        if split == "train" and has_bands(data / IMAGINED) and has_array(data / IMAGINED, split, "band"):
            jobs += _jobs(found, data / IMAGINED, split, ["vocal", "band", "features"])  # those that a band plays
        heard = sum(1 for _ in mapped(_hear, jobs, workers))
        report(f"{split}: {heard} plans written")
        total += heard
    return total


def _jobs(listener: str, data: Path, split: str, names: Sequence[str] = ("vocal", "features")) -> Iterator[Job]:
    (data / "latents").mkdir(exist_ok=True)  # shards have none
    for song in read_latents(data, split, names):
        vocal = song.arrays["vocal"] if song.sung else None
        yield listener, data / "latents" / f"{song.identifier}.plan.npy", vocal, song.arrays["features"]


@torch.no_grad()
def _hear(job: Job) -> None:
    listener, path, vocal, heard = job
    loaded = _loaded(listener)
    features = torch.from_numpy(heard.astype(np.float32))[None]
    if vocal is None:  # an imagined voice: its latents are at their mean
        latents = loaded.statistics.vocal.mean[None, :, None].expand(1, -1, features.shape[2])
    else:
        latents = torch.from_numpy(vocal.astype(np.float32))[None]
    save_array(path, loaded.plan(latents, features)[0].numpy())


@lru_cache(maxsize=1)
def _loaded(listener: str) -> LoadedListener:
    return load_listener(listener)
