"""Random crops of a prepared corpus. A batch depends on seed and step alone, so a resumed run draws what it would have.

A training folder holds manifest.jsonl, one song a line: {"identifier", "split", "frames", "style"}, and float16 arrays:

* for the autoencoder maps/<identifier>.npy (t, map width): all spectral maps of a frame in a row;
* for denoiser and listener latents/<identifier>.<array>.npy (c, t): vocal and band (64), features (20),
  truth (26: the plan, + 1: the key) and, once a listener has heard the song, plan (26).

Arrays that have no file of their own are looked for in WebDataset shards, <split>-<number>.tar (shards.py).

The row of a real recording says "truth": false; where a plan is read as well it stands in, else the song is left out.
A row that says "band": true is of an imagined song whose band has maps and latents, but whose voice has none: its
`vocal` is not a number, which the objectives take for unheard.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from samuel.config import LATENT_CHANNELS
from samuel.errors import ConfigError
from samuel.training.share import Share
from samuel.training.tar_arrays import ArrayPlace, shard_arrays

Batch = dict[str, Tensor]  # array name -> (b, c, t) or, for maps, (b, t, w); float16
MEMORY_LIMIT = 8 << 30  # bytes of arrays that are held in memory; beyond, they stay mapped from disk

_TRAINING_STREAM, _VALIDATION_STREAM = 0, 1  # keep the two from ever sharing random numbers


@dataclass(frozen=True)
class Song:
    """One song's arrays, each with frames on the axis `frame_axis`."""

    identifier: str
    frames: int
    arrays: dict[str, NDArray[np.float16]]
    sung: bool = True  # False: the voice is imagined and has no latents


class CropSampler:
    """Crops of equal length, each position of the split equally likely; songs shorter than a crop are left out."""

    def __init__(self, songs: Sequence[Song], crop_frames: int, seed: int, frame_axis: int) -> None:
        self.songs = [song for song in songs if song.frames >= crop_frames]
        if not self.songs:
            longest = max((song.frames for song in songs), default=0)
            raise ConfigError(f"crop_frames {crop_frames} is longer than every song (at most {longest}): choose less.")
        self.left_out = len(songs) - len(self.songs)
        self.crop_frames, self.seed, self.frame_axis = crop_frames, seed, frame_axis
        self._ends = np.cumsum([song.frames - crop_frames + 1 for song in self.songs])
        self._held: dict[str, Tensor] | None = None  # all songs end to end, frames first
        self._starts = np.cumsum([0, *(song.frames for song in self.songs)])

    @property
    def frames(self) -> int:
        """Frames of all songs that are used."""
        return sum(song.frames for song in self.songs)

    def hold_on(self, device: torch.device, most: int) -> bool:
        """Keep all songs on the device, so that crops are cut there, if that takes at most `most` bytes."""
        if sum(array.nbytes for song in self.songs for array in song.arrays.values()) > most:
            return False
        self._held = {name: self._end_to_end(name, device) for name in self.songs[0].arrays}
        return True

    def _end_to_end(self, name: str, device: torch.device) -> Tensor:
        width = self.songs[0].arrays[name].shape[1 - self.frame_axis]
        held = torch.empty(self.frames, width, dtype=torch.float16, device=device)
        for song, start in zip(self.songs, self._starts, strict=False):  # one at a time: memory need not hold it twice
            array = song.arrays[name] if self.frame_axis == 0 else song.arrays[name].T
            held[start : start + song.frames] = torch.from_numpy(np.ascontiguousarray(array)).to(device)
        return held

    def batch(self, step: int, size: int, share: Share | None = None) -> Batch:
        """The training batch of a step: one crop from each of `size` equal strata of the split, in random order.

        With a share only its crops are read.
        """
        rng = np.random.default_rng([self.seed, _TRAINING_STREAM, step])
        positions = rng.permutation((np.arange(size) + rng.random(size)) / size)
        return self._gather(positions[(share or Share()).items])

    def fixed(self, crops: int, size: int) -> Iterator[Batch]:
        """Batches of the same `crops` crops at every call, spread over the split: the validation set."""
        for index in range(-(-crops // size)):
            yield self.fixed_batch(index, crops, size)

    def fixed_batch(self, index: int, crops: int, size: int) -> Batch:
        """The batch numbered `index` of `fixed`."""
        rng = np.random.default_rng([self.seed, _VALIDATION_STREAM])
        positions = rng.permutation((np.arange(crops) + 0.5) / crops)
        return self._gather(positions[index * size : (index + 1) * size])

    def _gather(self, positions: NDArray[np.float64]) -> Batch:
        places = [self._locate(position) for position in positions]
        if self._held is not None:
            return self._gather_held(self._held, places)
        chosen = [(self.songs[index], start) for index, start in places]
        names = self.songs[0].arrays
        return {name: torch.from_numpy(np.stack([self._crop(*at, name) for at in chosen])) for name in names}

    def _gather_held(self, held: dict[str, Tensor], places: list[tuple[int, int]]) -> Batch:
        first = np.array([self._starts[index] + start for index, start in places])
        device = next(iter(held.values())).device
        frames = torch.from_numpy(first[:, None] + np.arange(self.crop_frames)).to(device)
        crops = {name: values[frames] for name, values in held.items()}
        return crops if self.frame_axis == 0 else {name: rearrange(c, "b t c -> b c t") for name, c in crops.items()}

    def _locate(self, position: float) -> tuple[int, int]:
        """Index of a song and first frame of a crop in it."""
        start = min(int(position * self._ends[-1]), int(self._ends[-1]) - 1)
        index = int(np.searchsorted(self._ends, start, side="right"))
        return index, start - int(self._ends[index - 1] if index else 0)

    def _crop(self, song: Song, start: int, name: str) -> NDArray[np.float16]:
        frames = slice(start, start + self.crop_frames)
        array = song.arrays[name]
        return np.ascontiguousarray(array[frames] if self.frame_axis == 0 else array[:, frames])


class Prefetcher:
    """Draws the next step's batch, or a share of it, on a thread while this one is computed."""

    def __init__(self, sampler: CropSampler, size: int, share: Share | None = None) -> None:
        self._sampler, self._size, self._share = sampler, size, share
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="crops")
        self._next: tuple[int, Future[Batch]] | None = None

    def batch(self, step: int) -> Batch:
        """The batch of a step, and a start on the one after it."""
        ahead = self._next[1] if self._next and self._next[0] == step else self._submit(step)
        self._next = (step + 1, self._submit(step + 1))
        return ahead.result()

    def close(self) -> None:
        """Stop the thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, step: int) -> Future[Batch]:
        return self._pool.submit(self._sampler.batch, step, self._size, self._share)


def read_maps(folder: Path, split: str) -> list[Song]:
    """The songs of a split with their spectral maps, memory-mapped: the page cache keeps what is used."""
    songs = []
    for row in read_manifest(folder, split):
        if row.get("band", True):
            maps = _open(folder / "maps" / f"{row['identifier']}.npy")
            songs.append(Song(row["identifier"], maps.shape[0], {"maps": maps}))
    return songs


def read_latents(folder: Path, split: str, names: Sequence[str], styles: Sequence[str] = ()) -> list[Song]:
    """The songs of a split with the named arrays, in memory if all of them fit.

    With `styles` also "style" (styles, t): 1 in the channel of the song's style, nowhere if it has none of them.
    """
    songs, inside, rows = [], shard_arrays(folder), read_manifest(folder, split)
    mapped = _bytes_of(folder, [f"{row['identifier']}.{name}.npy" for row in rows for name in names]) > MEMORY_LIMIT
    for row in rows:
        known = row.get("truth", True) or "truth" not in names
        if (not known and "plan" not in names) or ("band" in names and not row.get("band", True)):
            continue
        unread = {"truth"} if not known else {"vocal"} if "band" in row else set()
        read = [name for name in names if name not in unread]
        arrays = {name: _array(folder, f"{row['identifier']}.{name}.npy", inside, mapped) for name in read}
        if not known:  # no one knows its key
            arrays["truth"] = np.concatenate([arrays["plan"], np.full_like(arrays["plan"][:1], -1)])
        if "vocal" in unread and "vocal" in names:
            arrays["vocal"] = np.full((LATENT_CHANNELS, row["frames"]), np.nan, np.float16)
        lengths = {array.shape[1] for array in arrays.values()}
        if len(lengths) != 1:
            raise ConfigError(f"song {row['identifier']} has arrays of {sorted(lengths)} frames: prepare it again.")
        ordered = {name: arrays[name] for name in names}
        if styles:
            ordered["style"] = _one_hot(row.get("style"), styles, row["frames"])
        songs.append(Song(row["identifier"], lengths.pop(), ordered, "vocal" not in unread))
    if not songs:
        raise ConfigError(f"{folder} has no song of split {split!r} whose truth is known: add pairs that were built.")
    return _in_memory(songs)


def has_bands(folder: Path) -> bool:
    """Whether a folder of imagined songs has bands among them."""
    return (folder / "manifest.jsonl").is_file() and any(row.get("band") for row in read_manifest(folder, "train"))


def has_array(folder: Path, split: str, name: str) -> bool:
    """Whether every song of the split has the named array."""
    rows = [row for row in read_manifest(folder, split) if row.get("band", True)]
    inside = shard_arrays(folder)
    files = [f"{row['identifier']}.{name}.npy" for row in rows]
    return all(file in inside or (folder / "latents" / file).is_file() for file in files)


def read_manifest(folder: Path, split: str, required: bool = True) -> list[dict[str, Any]]:
    """Rows of the split, sorted by identifier so that no listing order can change a run.

    Raises ConfigError where the manifest is missing or, if required, has no such row.
    """
    path = folder / "manifest.jsonl"
    if not path.is_file():
        raise ConfigError(f"{path} is missing: prepare a training folder with samuel corpus prepare.")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    chosen = sorted((row for row in rows if row["split"] == split), key=lambda row: str(row["identifier"]))
    if required and not chosen:
        raise ConfigError(f"{path} has no song of split {split!r}: prepare the corpus with that split.")
    return chosen


def _bytes_of(folder: Path, files: Sequence[str]) -> int:
    """Size of those of the files in latents that are there."""
    paths = (folder / "latents" / file for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def _array(folder: Path, file: str, inside: Mapping[str, ArrayPlace], mapped: bool) -> NDArray[np.float16]:
    path = folder / "latents" / file
    return inside[file].open() if file in inside and not path.is_file() else _open(path, mapped)


def _open(path: Path, mapped: bool = True) -> NDArray[np.float16]:
    """An array, mapped from disk, which holds a file open, or read."""
    try:
        array: NDArray[np.float16] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EMFILE:
            raise ConfigError(f"{path} is one file too many to hold open: raise the limit, ulimit -n.") from error
        raise ConfigError(f"{path} is missing or damaged ({error}): prepare the corpus again.") from error
    if array.ndim != 2:
        raise ConfigError(f"{path} has {array.ndim} axes instead of 2: prepare the corpus again.")
    return array


def _one_hot(style: str | None, styles: Sequence[str], frames: int) -> NDArray[np.float16]:
    one = np.array([name == style for name in styles], np.float16)
    return np.broadcast_to(one[:, None], (len(styles), frames))


def _in_memory(songs: list[Song]) -> list[Song]:
    if sum(array.nbytes for song in songs for array in song.arrays.values()) > MEMORY_LIMIT:
        return songs
    return [replace(song, arrays={name: _read(array) for name, array in song.arrays.items()}) for song in songs]


def _read(array: NDArray[np.float16]) -> NDArray[np.float16]:
    return np.array(array) if isinstance(array, np.memmap) else array
