"""From pairs on disk to the arrays that training reads: spectral maps, melodic features and frame truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from samuel.audio import match_loudness, read_audio
from samuel.autoencoder.spectral.analysis import analyse, noise_filters
from samuel.config import HOP, VOCAL_LUFS
from samuel.corpus.damage import LeftOut, Outcome, Report, naming_damage
from samuel.corpus.errors import CorpusError
from samuel.corpus.song import is_known, song_from_dict
from samuel.corpus.truth import frame_truth
from samuel.corpus.workers import mapped
from samuel.features import melodic_features

Progress = Callable[[int, int], None]


def prepare_corpus(
    corpus: Path,
    out: Path,
    workers: int = 1,
    progress: Progress | None = None,
    ray: str | None = None,
    report: Report = lambda line: None,
) -> int:
    """Spectral maps of the bands, melodic features of the vocals and frame truth of every whole pair; returns how many.

    Real recordings, whose truth nobody knows, get no truth array and say so in the training manifest.
    Pairs that are prepared already are left alone, so that it can run again while a corpus grows. ray: the
    address of a cluster that does it instead of workers on this machine. A damaged pair is left out, with a line to
    report. Raises CorpusError where no pair is left.
    """
    corpus, out = corpus.resolve(), out.resolve()  # a cluster works in folders of its own
    folders = sorted(path for path in (corpus / "pairs").glob("[!.]*") if (path / "truth.json").is_file())
    if not folders:
        raise CorpusError(f"{corpus} holds 0 pairs: build one with samuel corpus build.")
    for name in ("maps", "latents"):
        (out / name).mkdir(parents=True, exist_ok=True)
    jobs = [(folder, out) for folder in folders if not (out / "latents" / f"{folder.name}.features.npy").is_file()]
    left_out = LeftOut(report)
    for done, (name, reason) in enumerate(mapped(_prepare, jobs, workers, ray=ray), start=1):
        left_out.note(name, reason)
        if progress:
            progress(len(folders) - len(jobs) + done, len(folders))
    prepared = len(jobs) - len(left_out.names)
    write_training_manifest([folder for folder in folders if folder.name not in left_out.names], out, left_out)
    left_out.count(len(folders), f"pairs of {corpus}")
    return prepared


def _prepare(job: tuple[Path, Path]) -> Outcome:
    folder, out = job
    try:
        pair = _read(folder)
    except CorpusError as error:
        return folder.name, str(error)
    save_array(out / "maps" / f"{folder.name}.npy", spectral_maps(pair.band))
    if pair.truth is not None:
        save_array(out / "latents" / f"{folder.name}.truth.npy", pair.truth)
    # last, for it is what tells that a pair is prepared
    save_array(out / "latents" / f"{folder.name}.features.npy", melodic_features(pair.vocal))
    return folder.name, None


@dataclass(frozen=True)
class _Pair:
    """Band (2, n), vocal (n,) and frame truth, None where nobody knows it; as long as the band, in whole frames."""

    band: NDArray[np.float32]
    vocal: NDArray[np.float32]
    truth: NDArray[np.float32] | None


def _read(folder: Path) -> _Pair:
    with naming_damage(folder):
        band = read_audio(folder / "accompaniment.flac").samples
        frames = band.shape[1] // HOP
        vocal = heard_vocal(folder / "vocal.flac")[: frames * HOP]
        if len(band) != 2 or len(vocal) < frames * HOP or not frames:
            raise ValueError(f"{len(band)} channels and {band.shape[1]} samples of band, {len(vocal)} of vocal")
        details = read_truth(folder)
        truth = frame_truth(song_from_dict(details), frames) if is_known(details) else None
        return _Pair(band, vocal, truth)


def read_truth(folder: Path) -> dict[str, Any]:
    """What truth.json of a pair holds. Raises CorpusError for a damaged one."""
    with naming_damage(folder):
        truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        if not {"split", "melody"} <= truth.keys():
            raise ValueError("truth.json lacks split or melody")
        return truth


@torch.no_grad()
def spectral_maps(band: NDArray[np.float32]) -> NDArray[np.float32]:
    """Flat spectral maps (t, MAP_WIDTH) of stereo sound (2, n), for as many whole latent frames as it holds."""
    whole = np.ascontiguousarray(band[:, : band.shape[1] // HOP * HOP])
    maps: NDArray[np.float32] = analyse(torch.from_numpy(whole[None]), noise_filters()).flatten()[0].numpy()
    return maps


def heard_vocal(path: Path) -> NDArray[np.float32]:
    """Mono samples (n,) at the loudness at which every vocal is heard."""
    samples: NDArray[np.float32] = match_loudness(read_audio(path).to_mono(), VOCAL_LUFS).samples[0]
    return samples


def save_array(path: Path, values: NDArray[np.float32]) -> None:
    """Save as float16, whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    with temporary.open("wb") as file:
        np.save(file, values.astype(np.float16))
    temporary.replace(path)


def write_training_manifest(folders: list[Path], out: Path, left_out: LeftOut) -> None:
    """Rows {identifier, split, frames, style} of the prepared pairs; "truth": false where nobody knows it."""
    lines = []
    for folder in folders:
        try:
            truth = read_truth(folder)
        except CorpusError as error:  # it was whole when it was prepared
            left_out.note(folder.name, str(error))
            continue
        frames = np.load(out / "latents" / f"{folder.name}.features.npy", mmap_mode="r").shape[1]
        row = {"identifier": folder.name, "split": truth["split"], "frames": frames}
        if truth.get("style"):
            row["style"] = truth["style"]
        lines.append(json.dumps(row if is_known(truth) else {**row, "truth": False}) + "\n")
    temporary = out / ".manifest.jsonl"
    temporary.write_text("".join(lines), encoding="utf-8")
    temporary.replace(out / "manifest.jsonl")
