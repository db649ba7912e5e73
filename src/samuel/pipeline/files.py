"""The files of a run: their names, what is written into them, and an earlier take read back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from samuel.audio import AudioTag, Waveform, read_audio, write_audio
from samuel.audio.picture import draw_picture
from samuel.checkpoint.files import read_tensors, write_tensors
from samuel.checkpoint.settings import settings_to_dict
from samuel.config import HOP, LATENT_CHANNELS, SAMPLE_RATE
from samuel.errors import AudioError, ConfigError
from samuel.pipeline.chords import sheet_from_text, sheet_to_text
from samuel.pipeline.output import Target
from samuel.pipeline.settings import GenerationSettings, RunSettings
from samuel.pipeline.take import Accompaniment

SETTINGS, CHORDS = "settings", "chords"


@dataclass(frozen=True)
class TakeFiles:
    """Names of the files of one take; None for those that are not written."""

    accompaniment: str | None
    mix: str
    picture: str | None
    latents: str | None  # only beside audio that keeps every sample, for both are needed to regenerate a section

    def names(self) -> Iterator[str]:
        """Those that are written."""
        return (name for name in (self.accompaniment, self.mix, self.picture, self.latents) if name is not None)


def keeps_takes(settings: RunSettings) -> bool:
    """Whether a run's files keep every sample of its takes. Of mp3 or a mix alone a take has to be made again."""
    return not settings.mix_only and settings.audio_format != "mp3"


def tells_chords(settings: RunSettings) -> bool:
    """Whether a chord sheet is written: the takes of a run share one, which a model without a listener has not."""
    return settings.generation.listener is not None or bool(settings.generation.told)


def take_files(target: Target, settings: RunSettings, index: int) -> TakeFiles:
    """The files of the index-th take."""
    number = index + 1 if settings.variations > 1 else 0  # the only take has no number
    suffix = f".{settings.audio_format}"
    band = None if settings.mix_only else target.name("accompaniment", suffix, number, main=True)
    return TakeFiles(
        accompaniment=band,
        mix=target.name("mix", suffix, number, main=settings.mix_only),
        picture=target.name("picture", ".png", number) if settings.picture else None,
        latents=target.name("latents", ".safetensors", number) if keeps_takes(settings) else None,
    )


def file_names(target: Target, settings: RunSettings) -> list[str]:
    """Names of all the files of a run, the settings last: where they are, the run is complete."""
    takes = [take_files(target, settings, index) for index in range(settings.variations)]
    chords = [target.name(CHORDS, ".txt")] if tells_chords(settings) else []
    return [*(name for take in takes for name in take.names()), *chords, target.name(SETTINGS, ".json")]


def find_settings(place: Path) -> Path:
    """The settings file of a run: `place` itself, or the one in the folder `place`.

    Raises ConfigError for a folder that holds none, or those of several runs.
    """
    if not os.path.isdir(place):  # unlike is_dir, never an OSError
        return place
    end = f"{SETTINGS}.json"
    found = [place / end] if (place / end).is_file() else sorted(place.glob(f"*-{end}"))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise ConfigError(f"{place} holds the settings of {len(found)} runs: give one of {names} in it.")
    raise ConfigError(f"{place} holds no {end}: give the folder of an earlier run, or its {end}.")


def write_take(folder: Path, files: TakeFiles, vocal: Waveform, take: Accompaniment, title: str) -> None:
    """Write a take's files into the folder; vocal and title are for the picture."""
    band, tags = Waveform(take.audio, take.sample_rate), tags_of(take.settings)
    if files.accompaniment is not None:
        write_audio(folder / files.accompaniment, band, tags=tags)
    write_audio(folder / files.mix, Waveform(take.mix, take.sample_rate), tags=tags)
    if files.picture is not None:
        draw_picture(folder / files.picture, vocal, band, take.beats, title)
    if files.latents is not None:
        tensors = {"latents": torch.from_numpy(take.latents)}
        notes = {"beats": list(take.beats), "chords": sheet_to_text(take.chords)}
        write_tensors(folder / files.latents, tensors, notes)


def tags_of(settings: GenerationSettings) -> dict[AudioTag, str]:
    """What an audio file says of itself: style, seed, and all settings as JSON."""
    return {"title": f"SAMUeL, {settings.in_words}", "comment": json.dumps(settings_to_dict(settings))}


def read_take(path: Path, settings: RunSettings, index: int, vocal_length: int) -> Accompaniment:
    """The index-th take of the run whose settings file is `path`, which keeps its takes.

    vocal_length: samples of its vocal at 44.1 kHz. Raises ConfigError for a settings file that was renamed, AudioError
    for a missing or changed file, CheckpointError for damaged latents.
    """
    files, generation = take_files(_target_of(path), settings, index), settings.generation.variation(index)
    length = generation.length(vocal_length)
    band, mixed = (_read_audio(path.parent / name, length) for name in (files.accompaniment, files.mix) if name)
    latents = path.parent / (files.latents or "")
    _require_there(latents)
    tensors, notes = read_tensors(latents)
    values = tensors.get("latents", torch.zeros(0)).numpy()
    if values.shape != (LATENT_CHANNELS, -(-length // HOP)) or values.dtype != np.float32:
        raise AudioError(f"{latents} holds no latents of this take: make the earlier take again with --from {path}.")
    beats, sheet = tuple(notes.get("beats", ())), notes.get("chords")
    chords = sheet_from_text(sheet, str(latents)) if sheet else ()  # none in those of earlier versions
    return Accompaniment(band, mixed, SAMPLE_RATE, generation, beats, chords, values)


def take_index(path: Path, settings: RunSettings, take: int | None) -> int:
    """The index of the only take of the run of a settings file, or of the take-th of several. Raises ConfigError."""
    if take is None and settings.variations > 1:
        raise ConfigError(f"the run of {path} made {settings.variations} takes: choose one with --take.")
    if take is not None and not 1 <= take <= settings.variations:
        raise ConfigError(f"take {take} is none of the run of {path}: choose one from 1 to {settings.variations}.")
    return (take or 1) - 1


def _target_of(path: Path) -> Target:
    """The target whose settings file this is."""
    end = f"{SETTINGS}.json"
    if path.name != end and not path.name.endswith(f"-{end}"):
        raise ConfigError(f"{path} was renamed, so that its takes cannot be found: call it {end} again.")
    return Target(path.parent, path.name.removesuffix(end).removesuffix("-"))


def _read_audio(path: Path, length: int) -> np.ndarray:
    _require_there(path)
    audio = read_audio(path)
    if (audio.sample_rate, audio.channels, audio.length) != (SAMPLE_RATE, 2, length):
        raise AudioError(
            f"{path} was changed since that run ({audio.length} samples at {audio.sample_rate} Hz, then {length} at"
            f" {SAMPLE_RATE} Hz): bring the original back."
        )
    return audio.samples


def _require_there(path: Path) -> None:
    if not path.is_file():
        raise AudioError(f"{path} is missing: to work on an earlier take, keep all of its files together.")
