"""A training folder of noise, small enough to train on within a test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from samuel.autoencoder.spectral import MAP_WIDTH

CHANNELS = {"vocal": 64, "band": 64, "features": 20, "truth": 27}
STYLES = {"a": "pop", "b": "rock", "held": "rock"}
LENGTHS = {"a": 24, "b": 40, "c": 33, "held": 30}  # latent frames of each song


def make_training_folder(folder: Path, seed: int = 0) -> Path:
    """Write three training songs and a held-out one, with maps and latents."""
    rng = np.random.default_rng(seed)
    (folder / "maps").mkdir(parents=True)
    (folder / "latents").mkdir()
    rows = []
    for identifier, frames in LENGTHS.items():
        row = {"identifier": identifier, "split": "valid" if identifier == "held" else "train", "frames": frames}
        rows.append(row | ({"style": STYLES[identifier]} if identifier in STYLES else {}))
        maps = rng.uniform(-6, -1, (frames, MAP_WIDTH))
        np.save(folder / "maps" / f"{identifier}.npy", maps.astype(np.float16))
        for name, channels in CHANNELS.items():
            is_latent = name in ("vocal", "band")
            values = rng.normal(1, 2, (channels, frames)) if is_latent else rng.integers(0, 2, (channels, frames))
            np.save(folder / "latents" / f"{identifier}.{name}.npy", values.astype(np.float16))
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
