"""Let a trained listener hear a training folder: the denoiser then learns from plans as good and as bad as in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from samuel.checkpoint.files import write_json
from samuel.checkpoint.folder import find_checkpoint, reference
from samuel.checkpoint.load import LoadedListener, load_listener
from samuel.corpus.prepare import save_array
from samuel.corpus.workers import mapped
from samuel.training.data import has_bands, read_manifest
from samuel.training.runs import HEARD_BY, IMAGINED

Job = tuple[str, Path, str]  # listener, folder of latents, identifier


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
    found, total = find_checkpoint(listener), 0
    write_json(data / HEARD_BY, reference(found))
    for split in splits:
        jobs = [(str(found), data / "latents", row["identifier"]) for row in read_manifest(data, split)]
        if split == "train" and has_bands(data / IMAGINED):
            rows = read_manifest(data / IMAGINED, split)
            jobs += [(str(found), data / IMAGINED / "latents", row["identifier"]) for row in rows if row["band"]]
        heard = sum(1 for _ in mapped(_hear, jobs, workers))
        report(f"{split}: {heard} plans written")
        total += heard
    return total


@torch.no_grad()
def _hear(job: Job) -> None:
    listener, folder, name = job
    loaded = _loaded(listener)
    features = torch.from_numpy(np.load(folder / f"{name}.features.npy").astype(np.float32))[None]
    vocal = folder / f"{name}.vocal.npy"
    if vocal.is_file():
        latents = torch.from_numpy(np.load(vocal).astype(np.float32))[None]
    else:  # an imagined voice: see samuel.training.data
        mean = loaded.statistics.vocal.mean
        latents = mean[None, :, None].expand(1, len(mean), features.shape[2])
    save_array(folder / f"{name}.plan.npy", loaded.plan(latents, features)[0].numpy())


@lru_cache(maxsize=1)
def _loaded(listener: str) -> LoadedListener:
    return load_listener(listener)
