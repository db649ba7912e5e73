"""The test: which clips and conditions, under which names; a folder for the listeners, a key for the one who asks.

PAGE/index.html and PAGE/sounds/ go to the listeners; PAGE.key.json, beside the folder, tells what they heard and is
needed to read their answers. File names are drawn at random, so that nothing in the folder tells a condition.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from samuel.audio import Waveform, read_audio, write_audio
from samuel.audio.files import replacing
from samuel.config import require_range
from samuel.errors import AudioError, ConfigError, SamuelError
from samuel.evaluation.listening_test import stimuli
from samuel.evaluation.listening_test.page import listening_page
from samuel.evaluation.pairs import Skipped
from samuel.evaluation.sets import find_audio

REFERENCE, ANCHOR = "reference", "anchor"
MOST_SYSTEMS = 7  # with reference and anchor nine sounds, one for each number key; BS.1534-3 allows twelve


@dataclass(frozen=True)
class ListeningTestConfig:
    """How many clips, how long, and the seed by which clips and names are drawn; None: another one every time."""

    clips: int = 8
    seconds: float = 10.0  # BS.1534-3: about ten
    seed: int | None = None

    def __post_init__(self) -> None:
        require_range("clips", self.clips, 1, 100)
        require_range("seconds", self.seconds, 1, 60)


@dataclass(frozen=True)
class BuiltTest:
    """Where page and key lie, how many trials there are, and which clips were left out."""

    page: Path
    key: Path
    trials: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class _Sources:
    """The files of every condition by clip, reference first."""

    conditions: dict[str, dict[str, Path]]
    vocals: dict[str, Path] | None


def build_listening_test(
    systems: Sequence[Path | str],
    reference: Path | str,
    out: Path | str,
    *,
    vocals: Path | str | None = None,
    config: ListeningTestConfig | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> BuiltTest:
    """Write the page into the folder `out` and its key beside it.

    `systems` are folders of accompaniments, `reference` a folder or corpus of the real bands, and `vocals` one of the
    singers, who are then mixed in, equally loud in every condition. A clip that one of them lacks, or that cannot be
    read, is left out and named. ConfigError where out exists, where names collide, or no clip remains.
    """
    config, out = config or ListeningTestConfig(), Path(out)
    _require_free(out, _key_of(out))
    sources = _sources(systems, reference, vocals)
    rng = np.random.default_rng(config.seed)
    building = out.with_name(f".{out.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        (building / "sounds").mkdir(parents=True)
        trials, skipped = _write_trials(building / "sounds", sources, config, rng, on_step)
        if not trials:
            raise ConfigError(f"No clip could be used; the first: {skipped[0].identifier}: {skipped[0].reason}")
        test = _name(rng)
        (building / "index.html").write_text(listening_page(test, trials))
        fields = {"test": test, "conditions": [*sources.conditions, ANCHOR], "config": asdict(config), "trials": trials}
        with replacing(_key_of(out)) as temporary:
            temporary.write_text(json.dumps({**fields, "skipped": [asdict(item) for item in skipped]}, indent=2))
        os.replace(building, out)
    except OSError as error:
        raise ConfigError(f"{out} cannot be written ({error.strerror}): name another folder.") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return BuiltTest(out / "index.html", _key_of(out), len(trials), tuple(skipped))


def _key_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.key.json")


def _require_free(*places: Path) -> None:
    for place in places:
        if place.exists():
            raise ConfigError(f"{place} exists: name another folder, or answers to it could no longer be read.")


def _sources(systems: Sequence[Path | str], reference: Path | str, vocals: Path | str | None) -> _Sources:
    names = [Path(system).resolve().name for system in systems]
    if not 1 <= len(names) <= MOST_SYSTEMS:
        raise ConfigError(f"{len(names)} systems cannot be compared: give 1 to {MOST_SYSTEMS} folders.")
    for name in names:
        if names.count(name) > 1 or name in (REFERENCE, ANCHOR):
            raise ConfigError(f"The name {name} would stand for two conditions: rename the folder.")
    folders = {REFERENCE: reference, **dict(zip(names, systems, strict=True))}
    conditions = {name: find_audio(folder) for name, folder in folders.items()}
    return _Sources(conditions, find_audio(vocals, "vocal") if vocals is not None else None)


def _write_trials(
    folder: Path,
    sources: _Sources,
    config: ListeningTestConfig,
    rng: np.random.Generator,
    on_step: Callable[[int, int], None] | None,
) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Clips in random order until there are enough: each becomes a trial, or is skipped with the reason."""
    trials: list[dict[str, Any]] = []
    skipped: list[Skipped] = []
    played = set().union(*(files for name, files in sources.conditions.items() if name != REFERENCE))
    for clip in rng.permutation(sorted(played)):
        if len(trials) == config.clips:
            break
        try:
            start, sounds = _trial(str(clip), sources, config.seconds)
        except SamuelError as error:
            skipped.append(Skipped(str(clip), str(error)))
            continue
        trials.append({"trial": _name(rng), "clip": str(clip), "start": start, **_written(folder, sounds, rng)})
        if on_step is not None:
            on_step(len(trials), config.clips)
    return trials, skipped


def _trial(clip: str, sources: _Sources, seconds: float) -> tuple[float, dict[str, Waveform]]:
    """The beginning of the excerpt (s) and all its conditions, equally loud. AudioError where one is silent."""
    for name, files in {**sources.conditions, "vocals": sources.vocals or {clip: Path()}}.items():
        if clip not in files:
            raise ConfigError(f"{name} holds no {clip}: generate it.")
    bands = {name: read_audio(files[clip]) for name, files in sources.conditions.items()}
    vocal = read_audio(sources.vocals[clip]) if sources.vocals is not None else None
    start = stimuli.busiest_start(vocal or bands[REFERENCE], seconds)
    cut = {name: stimuli.excerpt(audio, start, seconds) for name, audio in bands.items()}
    for name, audio in cut.items():
        if stimuli.is_silent(audio):
            raise AudioError(f"{clip} of {name} is silent from {start:g} s, so its loudness cannot be matched.")
    if vocal is not None:
        sung = stimuli.excerpt(vocal, start, seconds)
        cut = {name: stimuli.with_vocal(audio, sung) for name, audio in cut.items()}
    return start, stimuli.levelled({**cut, ANCHOR: stimuli.anchor(cut[REFERENCE])})


def _written(folder: Path, sounds: dict[str, Waveform], rng: np.random.Generator) -> dict[str, Any]:
    """Write the sounds under random names; the open reference is a file of its own beside the hidden one."""
    names = {condition: _name(rng) for condition in sounds}
    opened = _name(rng)
    files = sorted([*((name, sounds[condition]) for condition, name in names.items()), (opened, sounds[REFERENCE])],
                   key=lambda item: item[0])  # fmt: skip  # nor does the order of writing tell anything
    for name, audio in files:
        write_audio(folder / f"{name}.flac", audio)
    return {"reference": opened, "stimuli": {name: condition for condition, name in names.items()}}


def _name(rng: np.random.Generator) -> str:
    return rng.bytes(6).hex()
