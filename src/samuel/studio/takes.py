"""Takes on disk: what is kept of an accompaniment, how it is read back, and the files that one can download."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import numpy as np

from samuel.audio import (
    AudioFormat,
    Waveform,
    as_written,
    integrated_loudness,
    match_loudness,
    mix,
    read_audio,
    write_audio,
)
from samuel.audio.loudness import BAND_LUFS
from samuel.config import SAMPLE_RATE
from samuel.pipeline import Accompaniment
from samuel.pipeline.files import tags_of
from samuel.pipeline.vocal import lengthened
from samuel.studio.session import Recording, Take

Part = Literal["band", "vocal", "mix"]
_BAND, _MIX, _LATENTS = "band.flac", "mix.flac", "latents.npy"
BYTES_A_SECOND = 2 * 2 * 3 * SAMPLE_RATE  # of a take: band and mix, stereo, 24 bits; flac makes it less


def keep_take(home: Path, number: int, recording: Recording, vocal: Waveform, made: Accompaniment) -> Take:
    """Write an accompaniment into a new folder in the visitor's home. vocal: the recording's samples."""
    name = secrets.token_urlsafe(12)
    folder = home / secrets.token_hex(8)
    folder.mkdir(mode=0o700)
    write_audio(folder / _BAND, Waveform(made.audio, SAMPLE_RATE))
    write_audio(folder / _MIX, Waveform(made.mix, SAMPLE_RATE))
    np.save(folder / _LATENTS, made.latents, allow_pickle=False)
    level = _vocal_level(vocal, Waveform(made.audio, SAMPLE_RATE))
    seconds = made.audio.shape[1] / SAMPLE_RATE
    return Take(name, number, recording, folder, seconds, made.settings, made.beats, made.chords, level)


def read_back(take: Take) -> Accompaniment:
    """The accompaniment as it was made, sample for sample."""
    band, mixed = (read_audio(take.folder / name).samples for name in (_BAND, _MIX))
    latents = np.load(take.folder / _LATENTS, allow_pickle=False)
    return Accompaniment(band, mixed, SAMPLE_RATE, take.settings, take.beats, take.chords, latents)


def export_take(take: Take, part: Part, audio_format: AudioFormat, vocal_gain_db: float = 0.0) -> Path:
    """A new file in the take's folder, to be sent and then removed: the band, the vocal alone, or both together.

    vocal_gain_db is the vocal's level over the band in the mix, as the faders stand.
    """
    path = take.folder / f"{secrets.token_hex(8)}.{audio_format}"
    write_audio(path, _part(take, part, vocal_gain_db), tags=None if part == "vocal" else tags_of(take.settings))
    return path


def _part(take: Take, part: Part, vocal_gain_db: float) -> Waveform:
    if part == "band":
        return read_audio(take.folder / _BAND)
    if part == "mix" and vocal_gain_db == take.settings.vocal_gain_db:
        return read_audio(take.folder / _MIX)
    band = read_audio(take.folder / _BAND)
    vocal = lengthened(read_audio(take.recording.path), band.length)
    return vocal if part == "vocal" else as_written(mix(vocal, band, vocal_gain_db))


def _vocal_level(vocal: Waveform, band: Waveform) -> float:
    """The gain that brings the vocal to the band's loudness, as the mix does."""
    loudness = integrated_loudness(band)
    target = loudness if np.isfinite(loudness) else BAND_LUFS
    return match_loudness(vocal, target).peak / max(vocal.peak, 1e-9)
