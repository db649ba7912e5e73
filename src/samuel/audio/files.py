"""Audio files in and out: strict on reading, atomic on writing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import soundfile

from samuel.audio.decoding import decode
from samuel.audio.scratch import pieces, scratch
from samuel.audio.waveform import Waveform
from samuel.errors import AudioError

AudioFormat = Literal["wav", "flac", "mp3"]
AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)
AudioTag = Literal["title", "comment"]  # what all three formats can hold

# 24 bits: what a musician's workstation takes, with rounding noise far below any recording's own
_SUBTYPES: dict[AudioFormat, str] = {"wav": "PCM_24", "flac": "PCM_24", "mp3": "MPEG_LAYER_III"}
_STEP = np.float32(2.0**-23)  # one of those 24 bits
_MP3_QUALITY = 0.1  # libsndfile's scale from 0 (best) to 1: variable bit rate of about 200 kbit/s


def read_audio(path: str | Path, max_seconds: float | None = None, track: int = 0) -> Waveform:
    """Read wav, flac, mp3, ogg, opus, m4a or whatever else FFmpeg decodes, at the file's own rate and channels.

    A container with several audio tracks, such as .stem.mp4, gives the one numbered `track`, from 0.

    Raises AudioError, with the path, if the file is missing, a folder, empty, unreadable, no audio, cut off, without
    samples, not finite, at a rate outside 8-192 kHz, or longer than max_seconds (told by the header, before decoding).
    """
    path = Path(path)
    try:
        _require_file(path)
        decoded = decode(path, max_seconds, track)
    except OSError as error:
        raise AudioError(
            f"{path} cannot be read ({error.strerror or error}): check its name and permissions."
        ) from error
    try:
        return Waveform(decoded.samples, decoded.sample_rate)
    except AudioError as error:
        raise AudioError(f"{path}: {error}") from error


def write_audio(
    path: str | Path,
    waveform: Waveform,
    audio_format: AudioFormat | None = None,
    tags: Mapping[AudioTag, str] | None = None,
) -> None:
    """Write wav, flac (both 24 bits) or mp3, told by the suffix unless given; the file appears whole or not at all.

    tags are plain ASCII, for mp3 knows no more here. Raises AudioError for an unknown format, a peak above full scale
    (it would clip), or a place that cannot be written.
    """
    path = Path(path)
    audio_format = audio_format or format_of(path)
    if waveform.peak > 1.0:
        raise AudioError(f"{path} would clip at a peak of {waveform.peak:.2f}: limit the audio to 1.0 first.")
    try:
        with replacing(path) as temporary, _opened(temporary, waveform, audio_format) as file:
            for name, text in (tags or {}).items():
                setattr(file, name, text.encode("ascii", "replace").decode("ascii"))
            for part in pieces(waveform.length):  # soundfile copies what it writes
                file.write(waveform.samples[:, part].T)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioError(f"{path} cannot be written ({error}): choose another folder or free some space.") from error


def _opened(path: Path, waveform: Waveform, audio_format: AudioFormat) -> soundfile.SoundFile:
    return soundfile.SoundFile(
        path,
        "w",
        samplerate=waveform.sample_rate,
        channels=waveform.channels,
        subtype=_SUBTYPES[audio_format],
        format=audio_format.upper(),
        **({"compression_level": _MP3_QUALITY, "bitrate_mode": "VARIABLE"} if audio_format == "mp3" else {}),
    )


def read_tags(path: str | Path) -> dict[str, str]:
    """The tags of a file that write_audio wrote; those that are not there are left out."""
    with soundfile.SoundFile(path) as file:
        return {name: text for name in get_args(AudioTag) if (text := getattr(file, name))}


def as_written(waveform: Waveform, *, in_place: bool = False) -> Waveform:
    """The waveform in the 24 bits of a wav or flac file, so that what was read back equals what was written.

    in_place overwrites the waveform's own samples.
    """
    samples = waveform.samples if in_place else scratch(*waveform.samples.shape)
    for part in pieces(waveform.length):
        piece = samples[:, part]
        np.divide(waveform.samples[:, part], _STEP, out=piece)
        np.floor(piece, out=piece)
        np.multiply(piece, _STEP, out=piece)
    return Waveform(samples, waveform.sample_rate)


def format_of(path: Path) -> AudioFormat:
    """The format that a file's suffix names. Raises AudioError if it is none that can be written."""
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in AUDIO_FORMATS:
        raise AudioError(f"{path} has no suffix that can be written: choose .wav, .flac or .mp3.")
    return suffix


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary neighbour of path that takes its place at the end, or vanishes on any exception, Ctrl-C included."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files for the owner alone
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise AudioError(f"{path} is a folder: give one audio file.")
    if not path.exists():
        raise AudioError(f"{path} does not exist: check the path of the recording.")
    if not path.is_file():  # a pipe would be read only once, a device without end
        raise AudioError(f"{path} is no ordinary file: save the recording to one first.")
    if path.stat().st_size == 0:
        raise AudioError(f"{path} is empty (0 bytes): record or export it again.")
