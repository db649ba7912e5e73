"""Let a trained listener hear a training folder: the denoiser then learns from plans as good and as bad as in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from samuel.checkpoint.files import write_json
from samuel.checkpoint.folder import find_checkpoint, reference
from samuel.checkpoint.load import load_listener
from samuel.corpus.prepare import save_array
from samuel.training.data import read_latents
from samuel.training.runs import HEARD_BY


def write_plans(
    listener: str | Path,
    data: Path,
    splits: tuple[str, ...] = ("train", "valid"),
    report: Callable[[str], None] = lambda line: None,
) -> int:
    """Write latents/<identifier>.plan.npy, float16 (26, t), for every song of the splits; returns how many.

    The folder notes which listener it was, so that a denoiser cannot be exported with another.
    """
    loaded, total = load_listener(listener), 0
    (data / "latents").mkdir(exist_ok=True)  # shards have none
    write_json(data / HEARD_BY, reference(find_checkpoint(listener)))
    for split in splits:
        songs = read_latents(data, split, ["vocal", "features"])
        for song in songs:
            vocal, features = (torch.from_numpy(np.array(song.arrays[name])).float() for name in ("vocal", "features"))
            plan = loaded.plan(vocal[None], features[None])[0]
            save_array(data / "latents" / f"{song.identifier}.plan.npy", plan.numpy())
        report(f"{split}: {len(songs)} plans written")
        total += len(songs)
    return total
