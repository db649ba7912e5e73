"""The latents of a prepared corpus: what denoiser and listener train on, by one given autoencoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from samuel.audio import read_audio
from samuel.autoencoder.base import Autoencoder
from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.checkpoint import find_checkpoint, load_autoencoder
from samuel.checkpoint.files import read_json, write_json, write_text
from samuel.checkpoint.folder import reference
from samuel.config import DEFAULT_AUTOENCODER
from samuel.corpus.damage import LeftOut, Outcome, Report, naming_damage
from samuel.corpus.errors import CorpusError
from samuel.corpus.prepare import heard_vocal, save_array
from samuel.corpus.workers import mapped
from samuel.errors import ConfigError
from samuel.training.data import has_bands, read_manifest
from samuel.training.runs import IMAGINED, SOURCE

Progress = Callable[[int, int], None]


Job = tuple[Path, Path, str, int, str]  # corpus, data, identifier, frames, autoencoder


def encode_corpus(
    corpus: Path,
    data: Path,
    autoencoder: str = DEFAULT_AUTOENCODER,
    progress: Progress | None = None,
    workers: int = 1,
    ray: str | None = None,
    report: Report = lambda line: None,
) -> int:
    """Write the latents of vocal and band of every pair that the training folder data holds; returns how many are new.

    Latents that exist are left alone. ray: the address of a cluster that does it instead of workers here. A damaged
    pair gets a line to report and leaves the folder's manifest. Raises CheckpointError for an unknown autoencoder,
    ConfigError if the folder holds latents of another one, CorpusError where no pair is left.
    """
    checkpoint = find_checkpoint(autoencoder, kind="autoencoder")
    claim_latents(data, reference(checkpoint))
    corpus, data, autoencoder = corpus.resolve(), data.resolve(), str(checkpoint.resolve())  # for a cluster
    rows = [json.loads(line) for line in (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    missing = [row for row in rows if not (data / "latents" / f"{row['identifier']}.vocal.npy").is_file()]
    jobs = [(corpus, data, row["identifier"], row["frames"], autoencoder) for row in missing]
    encode_imagined(data / IMAGINED, autoencoder, workers, ray)
    left_out = LeftOut(report)
    for done, (name, reason) in enumerate(mapped(_encode, jobs, workers, ray=ray), start=1):
        left_out.note(name, reason)
        if progress:
            progress(len(rows) - len(jobs) + done, len(rows))
    left_out.count(len(rows), f"pairs of {data}")
    if left_out.names:
        whole = [row for row in rows if row["identifier"] not in left_out.names]
        write_text(data / "manifest.jsonl", "".join(json.dumps(row) + "\n" for row in whole))
    return len(jobs) - len(left_out.names)


def encode_imagined(
    imagined: Path, autoencoder: str = DEFAULT_AUTOENCODER, workers: int = 1, ray: str | None = None
) -> int:
    """Write the latents of the bands of imagined songs, from their maps; returns how many are new.

    ray: the address of a cluster that does it instead of workers here; imagined is then an absolute path.
    """
    if not has_bands(imagined):
        return 0
    names = [row["identifier"] for row in read_manifest(imagined, "train") if row["band"]]
    jobs = [
        (imagined, name, autoencoder) for name in names if not (imagined / "latents" / f"{name}.band.npy").is_file()
    ]
    for _ in mapped(_encode_imagined, jobs, workers, ray=ray):
        pass
    return len(jobs)


@torch.no_grad()
def _encode_imagined(job: tuple[Path, str, str]) -> None:
    folder, name, autoencoder = job
    model = loaded(autoencoder)
    if not isinstance(model, SpectralAutoencoder):
        raise ConfigError(f"imagined bands are spectral maps, which {autoencoder} does not encode: leave them out.")
    maps = torch.from_numpy(np.load(folder / "maps" / f"{name}.npy").astype(np.float32))
    save_array(folder / "latents" / f"{name}.band.npy", model.encode_maps(maps[None])[0].numpy())


@torch.no_grad()
def _encode(job: Job) -> Outcome:
    corpus, data, name, frames, autoencoder = job
    model, folder, latents = loaded(autoencoder), corpus / "pairs" / name, data / "latents"
    try:
        band, vocal = (encode(folder, data, model)[:, :frames] for encode in (band_latents, vocal_latents))
    except CorpusError as error:
        return name, str(error)
    save_array(latents / f"{name}.band.npy", band)
    save_array(latents / f"{name}.vocal.npy", vocal)  # last: it marks the pair
    return name, None


@lru_cache(maxsize=1)
def loaded(autoencoder: str) -> Autoencoder:
    """The autoencoder, read once for all jobs of a process."""
    return load_autoencoder(autoencoder)


def claim_latents(data: Path, encoder: dict[str, str]) -> None:
    """Note whose latents the folder holds, before the first of them is written. Raises ConfigError for another's."""
    source = data / SOURCE
    if source.is_file():
        before = read_json(source)
        if before["fingerprint"] != encoder["fingerprint"]:
            raise ConfigError(f"{data} holds latents of {before['name']}: encode {encoder['name']} in another folder.")
    write_json(source, encoder)


def vocal_latents(folder: Path, data: Path, model: Autoencoder) -> NDArray[np.float32]:
    """Latents (64, t) of the vocal of a pair, at the loudness at which every vocal is heard.

    Nothing in the training folder data spares the work. Raises CorpusError for a damaged file, as band_latents does.
    """
    with naming_damage(folder):
        vocal = torch.from_numpy(heard_vocal(folder / "vocal.flac"))[None, None]
    if not isinstance(model, SpectralAutoencoder):  # ours hears a mono vocal at half the cost
        vocal = torch.cat([vocal, vocal], dim=1)
    latents: NDArray[np.float32] = model.encode(vocal)[0].numpy()
    return latents


def band_latents(folder: Path, data: Path, model: Autoencoder) -> NDArray[np.float32]:
    """Latents (64, t) of the band of a pair, from the maps in the training folder where they serve."""
    maps = data / "maps" / f"{folder.name}.npy"
    if isinstance(model, SpectralAutoencoder) and maps.is_file():  # spares the analysis
        with naming_damage(folder):
            rows = np.load(maps).astype(np.float32)
        latents = model.encode_maps(torch.from_numpy(rows)[None])
    else:
        with naming_damage(folder):
            samples = read_audio(folder / "accompaniment.flac").samples
        latents = model.encode(torch.from_numpy(samples)[None])
    result: NDArray[np.float32] = latents[0].numpy()
    return result
