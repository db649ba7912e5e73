"""A visitor's file becomes a recording: only what looks like audio is given to the decoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from samuel.audio import Waveform, as_written, read_audio
from samuel.config import SAMPLE_RATE
from samuel.errors import AudioError
from samuel.pipeline.vocal import check_vocal

_NAME = "the recording"

# How audio files begin, by offset. FFmpeg also opens playlists and scripts that name other files: not from strangers.
_STARTS: tuple[tuple[int, tuple[bytes, ...]], ...] = (
    (0, (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3", b"\x1aE\xdf\xa3")),  # the last: webm
    (4, (b"ftyp",)),  # m4a
    (0, tuple(bytes([0xFF, second]) for second in range(0xE0, 0x100))),  # a frame of mp3 or aac
)


def open_recording(path: Path, max_seconds: float) -> Waveform:
    """Read and check an upload: 44.1 kHz, mono or stereo, on the 24-bit grid. Raises AudioError without any path."""
    _require_audio(path)
    try:
        recording = read_audio(path, max_seconds=max_seconds)
    except AudioError as error:
        raise AudioError(str(error).replace(str(path), _NAME)) from error
    check_vocal(recording, _NAME)
    return tidied(recording)


def tidied(recording: Waveform) -> Waveform:
    """The recording as it is kept: at 44.1 kHz, with at most two channels, at most full scale, in 24 bits."""
    recording = recording if recording.channels == 1 else recording.to_stereo()
    recording = recording.resample(SAMPLE_RATE)
    if recording.peak > 1:
        recording = Waveform(recording.samples / np.float32(recording.peak), SAMPLE_RATE)
    return as_written(recording)


def cut(recording: Waveform, start: float, stop: float) -> Waveform:
    """The part from start to stop (s). Raises AudioError if it is no part or cannot be accompanied."""
    if not 0 <= start < stop <= recording.seconds + 0.05:  # a display shows tenths of a second
        raise AudioError(f"{start:g} to {stop:g} s is no part of {recording.seconds:.2f} s: mark one on the waveform.")
    first, last = round(start * SAMPLE_RATE), round(stop * SAMPLE_RATE)
    part = Waveform(np.ascontiguousarray(recording.samples[:, first:last]), recording.sample_rate)
    check_vocal(part, "the part")
    return part


def _require_audio(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(16)
    if not any(start[offset:].startswith(marks) for offset, marks in _STARTS):
        raise AudioError(f"{_NAME} is no audio file: give wav, flac, mp3, ogg, opus, m4a or webm.")
