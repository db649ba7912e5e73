"""The training folder of an arm: the given one, or a view of it with fewer songs or with parts of the vocal hidden."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samuel.checkpoint.files import write_text
from samuel.errors import ConfigError
from samuel.experiments.definition import Arm, Experiment
from samuel.training.data import read_latents, read_manifest
from samuel.training.runs import HEARD_BY, SOURCE, TRAIN, VALID

_ORDER_SEED = 0  # of the songs, for shares
_VOICING = 13  # row of the melodic features, see samuel.features.melodic


@dataclass(frozen=True)
class Chosen:
    """The training songs of each arm by the arm's name, and one sentence for each arm that cannot be run."""

    songs: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()


def choose_songs(experiment: Experiment, data: Path) -> Chosen:
    """Which training songs each arm gets; an arm that the data cannot serve is left out, in a sentence.

    Raises ConfigError if nothing is left to compare with the reference.
    """
    names = [str(row["identifier"]) for row in read_manifest(data, TRAIN)]
    order = [names[index] for index in np.random.default_rng(_ORDER_SEED).permutation(len(names))]
    sung = sung_fractions(data) if any(arm.least_sung for arm in experiment.arms) else dict.fromkeys(names, 1.0)
    varies = any(arm.least_sung or arm.share < 1 for arm in experiment.arms)
    songs: dict[str, tuple[str, ...]] = {}
    left_out = []
    for arm in experiment.ordered():
        found = tuple(name for name in order if sung[name] >= arm.least_sung)[: round(arm.share * len(order))]
        twins = [name for name, others in songs.items() if varies and others == found]
        reason = _reason(arm, found, twins, min(sung.values()))
        if reason:
            left_out.append(reason)
        else:
            songs[arm.name] = found
    if experiment.reference not in songs or len(songs) < 2:
        raise ConfigError(f"{data} cannot serve {experiment.name}: {' '.join(left_out)}")
    if experiment.equal_songs:
        fewest = min(len(found) for found in songs.values())
        songs = {name: found[:fewest] for name, found in songs.items()}
    return Chosen(songs, tuple(left_out))


def sung_fractions(data: Path) -> dict[str, float]:
    """How much of each training song is voiced, 0 to 1, by its melodic features."""
    songs = read_latents(data, TRAIN, ["features"])
    return {song.identifier: float((song.arrays["features"][_VOICING] > 0.5).mean()) for song in songs}


def arm_folder(arm: Arm, songs: tuple[str, ...], data: Path, folder: Path) -> Path:
    """The folder to train the arm from; where it is not `data` itself it is made at `folder`, anew each time."""
    if arm.takes_all and len(songs) == len(read_manifest(data, TRAIN)):
        return data
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "latents").mkdir(parents=True)
    rows = [
        *(row for row in read_manifest(data, TRAIN) if row["identifier"] in set(songs)),
        *read_manifest(data, VALID),
    ]
    for row in rows:
        for path in sorted((data / "latents").glob(f"{row['identifier']}.*.npy")):
            target, part = folder / "latents" / path.name, path.name.split(".")[-2]
            if part in arm.hidden:
                np.save(target, np.zeros_like(np.load(path, mmap_mode="r")))
            else:
                target.symlink_to(path.resolve())
    for note in (SOURCE, HEARD_BY):
        if (data / note).is_file():
            shutil.copy(data / note, folder / note)
    write_text(folder / "manifest.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return folder


def _reason(arm: Arm, found: tuple[str, ...], twins: list[str], least: float) -> str:
    """Why the arm says nothing, or nothing new; empty where it does."""
    if not found:
        lacking = f"song sung for {arm.least_sung:.0%}" if arm.least_sung else f"whole song for {arm.share:.1%} of all"
        return f"Arm {arm.name} is left out: the data hold no {lacking}."
    if twins:
        return (
            f"Arm {arm.name} is left out: its songs are those of arm {twins[0]}; the least sung is so for {least:.0%}."
        )
    return ""
