"""The band: an arrangement played by a General MIDI soundfont, one stereo signal per stem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from samuel.config import SAMPLE_RATE
from samuel.corpus.song import STEMS, Arrangement, Part, Stem
from samuel.errors import MissingExtraError, SamuelError

if TYPE_CHECKING:
    from tinysoundfont import Synth

FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))
SOUNDFONTS = {  # name: (file, Debian package); all three are MIT-licensed, so what they play is free to use
    "fluid": ("FluidR3_GM.sf2", "fluid-soundfont-gm"),
    "fluid-mono": ("FluidR3Mono_GM.sf3", "fluidr3mono-gm-soundfont"),
    "musescore": ("MuseScore_General_Lite.sf3", "musescore-general-soundfont-small"),
}
GAIN_DB = -10.0  # headroom of the synthesiser; stems are levelled in the mix
BLOCK = 64  # samples: the synthesiser updates its envelopes this often, so events keep to this grid
MAX_VOICES = 64  # of one stem: keeps long releases from slowing the synthesiser down
DRUM_CHANNEL = 9
DRUM_BANK = 128
PAN, VOLUME, PEDAL, ALL_SOUNDS_OFF = 10, 7, 64, 120  # MIDI controllers
PITCH_SPREAD = 24  # of 64: how far chords of one stem are set apart by panning


class SoundfontError(SamuelError):
    """A soundfont that is not installed or cannot be read."""


def find_soundfonts(folders: Sequence[Path] = FOLDERS) -> dict[str, Path]:
    """Paths of the installed ones of SOUNDFONTS, by name. Raises SoundfontError if there is none."""
    found = {}
    for name, (file, _) in SOUNDFONTS.items():
        paths = [folder / file for folder in folders if (folder / file).is_file()]
        if paths:
            found[name] = paths[0]
    if not found:
        packages = " ".join(package for _, package in SOUNDFONTS.values())
        raise SoundfontError(f"no soundfont in {', '.join(map(str, folders))}: run apt-get install {packages}.")
    return found


def load_soundfonts() -> None:
    """Load all that are installed, some 0.4 GB each, for whoever is forked from this process; unreadable ones wait."""
    with suppress(SamuelError):
        for path in find_soundfonts().values():
            _loaded(path)


def render(
    arrangement: Arrangement, soundfont: Path, duration: float, rng: np.random.Generator
) -> dict[Stem, np.ndarray]:
    """Every stem of the arrangement as float32 (2, n) at 44.1 kHz, n = round(duration * 44100).

    Stems that no part plays are silent. rng sets the place of the parts in the stereo picture. A pure function: what
    was rendered before does not matter. Raises SoundfontError if the soundfont cannot be read.
    """
    length = round(duration * SAMPLE_RATE)
    stems: dict[Stem, np.ndarray] = {}
    for stem in STEMS:
        parts = [part for part in arrangement.parts if part.stem == stem]
        pans = rng.integers(64 - PITCH_SPREAD, 64 + PITCH_SPREAD + 1, len(parts))
        stems[stem] = _render_parts(parts, soundfont, length, pans)
    return stems


def _render_parts(parts: Sequence[Part], soundfont: Path, length: int, pans: np.ndarray) -> np.ndarray:
    if not parts:
        return np.zeros((2, length), np.float32)
    synth = _loaded(soundfont)
    channels = _channels(parts)
    _silence(synth)
    for part, channel, pan in zip(parts, channels, pans, strict=True):
        _prepare(synth, part, channel, int(pan) if len(parts) > 1 else 64)
    samples = np.zeros((length, 2), np.float32)
    memory = samples.data.cast("B")
    position = 0
    for time, start, channel, pitch, velocity in _events(parts, channels):
        until = min(time, length)
        if until > position:
            synth.generate_simple(until - position, memory[8 * position : 8 * until])
            position = until
        if start:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    if length > position:
        synth.generate_simple(length - position, memory[8 * position : 8 * length])
    return np.ascontiguousarray(samples.T)


def _events(parts: Sequence[Part], channels: Sequence[int]) -> list[tuple[int, bool, int, int, int]]:
    """(sample, is start, channel, pitch, velocity), in order; at one time ends come before starts."""
    return sorted(event for part, channel in zip(parts, channels, strict=True) for event in _part_events(part, channel))


def _part_events(part: Part, channel: int) -> Iterator[tuple[int, bool, int, int, int]]:
    """A note is ended by the next of its pitch at the latest, for the synthesiser ends all notes of a pitch at once."""
    busy: dict[int, int] = {}
    for note in reversed(part.notes):  # sorted by start
        start, end = _on_grid(note.start), _on_grid(note.end)
        end = max(start + BLOCK, min(end, busy.get(note.pitch, end)))
        busy[note.pitch] = start
        yield start, True, channel, note.pitch, note.velocity
        yield end, False, channel, note.pitch, 0


def _on_grid(seconds: float) -> int:
    return BLOCK * round(seconds * SAMPLE_RATE / BLOCK)


def _channels(parts: Sequence[Part]) -> list[int]:
    free = iter([channel for channel in range(16) if channel != DRUM_CHANNEL])
    return [DRUM_CHANNEL if part.is_drum else next(free) for part in parts]


def _prepare(synth: Synth, part: Part, channel: int, pan: int) -> None:
    bank = DRUM_BANK if part.is_drum else 0
    program = part.program if synth.sfpreset_name(0, bank, part.program) else 0
    synth.program_select(channel, 0, bank, program, part.is_drum)
    synth.control_change(channel, VOLUME, 100)
    synth.control_change(channel, PAN, pan)
    synth.control_change(channel, PEDAL, 0)


def _silence(synth: Synth) -> None:
    """End all voices, so that the next stem starts from nothing."""
    for channel in range(16):
        synth.control_change(channel, ALL_SOUNDS_OFF, 0)
    synth.generate_simple(SAMPLE_RATE // 10)  # voices are faded out over some milliseconds


@lru_cache(maxsize=3)
def _loaded(soundfont: Path) -> Synth:
    """A synthesiser with soundfont number 0 loaded, kept for the life of the process: loading takes seconds."""
    try:
        from tinysoundfont import SoundFontException, Synth
    except ImportError as error:
        raise MissingExtraError("tinysoundfont", "corpus") from error
    synth = Synth(gain=GAIN_DB, samplerate=SAMPLE_RATE)
    try:
        synth.sfload(str(soundfont), max_voices=MAX_VOICES)
    except (RuntimeError, OSError, SoundFontException) as error:
        raise SoundfontError(f"soundfont {soundfont} cannot be read ({error}): give a .sf2 or .sf3 file.") from error
    return synth
