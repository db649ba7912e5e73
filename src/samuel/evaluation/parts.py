"""Judged cases on disk, one file for each pair, so that a long evaluation that was stopped goes on where it was.

A file `<pair>.npz` holds, for each control, the metrics and the sound (chroma, beats, embedding), and what they depend
on, by content (samuel.evaluation.fingerprints): the sounds and the truth, the weights, the settings, the code that
judges. A file that depends on anything else, or cannot be read, is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from samuel.audio.files import replacing
from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation.fingerprints import of_code
from samuel.evaluation.judging import Judged, Sound
from samuel.evaluation.shuffle import Heard

Cases = dict[str, Judged]
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Parts:
    """The folder, and the fingerprint of each family of metrics that a caller adds: of its weights, say."""

    folder: Path
    families: Mapping[str, str] = field(default_factory=dict)

    def require(self, families: Iterable[str]) -> None:
        """Raise ConfigError unless each added family has a fingerprint: what it judged could not be told from old."""
        missing = sorted(set(families) - self.families.keys())
        if missing:
            raise ConfigError(f"What the metrics {', '.join(missing)} depend on is not known: give their fingerprints.")

    def get(self, song: Song, identifier: str, depends: Mapping[str, Any], judge: Callable[[], Cases]) -> Cases:
        """The cases of a pair from its file, else from judge, and then also in the file.

        `depends` are fingerprints and settings, as JSON can hold them, to which those of code and families are added.
        """
        everything = {**depends, "families": dict(self.families), "code": of_code(), "pair": identifier}
        key = json.dumps(everything, sort_keys=True)
        path = self.folder / f"{identifier}.npz"
        found = _read(path, key, song)
        if found is None:
            found = judge()
            _write(path, key, found)
        return found


def _read(path: Path, key: str, song: Song) -> Cases | None:
    """The cases in a file; None where there is none, or it is of something else, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["key"]) != key:
                return None
            described = json.loads(str(file["cases"]))
            real = _sound(file, "real band")
            return {
                name: Judged(**fields, song=song, output=_sound(file, name), real=real)
                for name, fields in described.items()
            }
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None


def _write(path: Path, key: str, cases: Mapping[str, Judged]) -> None:
    described = {
        name: {"identifier": one.identifier, "values": dict(one.values), "left_out": dict(one.left_out)}
        for name, one in cases.items()
    }
    arrays: Arrays = {"key": np.array(key), "cases": np.array(json.dumps(described))}
    for name, one in cases.items():
        arrays.update(_arrays(one.output, name))
        arrays.update(_arrays(one.real, "real band"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
    except OSError as error:
        raise ConfigError(f"{path.parent} cannot be written ({error.strerror}): name another folder.") from error


def _arrays(sound: Sound | None, name: str) -> Arrays:
    if sound is None:
        return {}
    heard = sound.heard
    parts = {"chroma": heard.chroma, "beats": heard.beats, "duration": np.array(heard.duration)}
    return {f"{name}/{part}": array for part, array in {**parts, "embedding": sound.embedding}.items()}


def _sound(file: Mapping[str, np.ndarray], name: str) -> Sound | None:
    if f"{name}/chroma" not in file:
        return None
    chroma, beats, duration, embedding = (
        file[f"{name}/{part}"] for part in ("chroma", "beats", "duration", "embedding")
    )
    return Sound(Heard(chroma, beats, float(duration)), embedding)
