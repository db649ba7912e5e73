"""Bytes to samples: soundfile for the formats that it reads without complaint, PyAV (FFmpeg) for all the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from av.error import FFmpegError
from numpy.typing import NDArray

from samuel.audio.endings import lacks_end_of_mp3_frame, lacks_end_of_ogg_page
from samuel.audio.scratch import copied, pieces, scratch
from samuel.errors import AudioError

# MP3 goes to PyAV although libsndfile reads it: libmpg123 writes warnings about damaged files straight to stderr.
_SOUNDFILE_STARTS = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS")
_TOLERANCE = 0.1  # s: encoders pad and trim by up to two frames of 1,152 samples, at 22.05 kHz just above 0.1 s


@dataclass(frozen=True)
class Decoded:
    """Samples (channel, n) float32 as the file holds them; announced is the header's duration (s) if it has one."""

    samples: NDArray[np.float32]
    sample_rate: int
    announced: float | None


def decode(path: Path, max_seconds: float | None = None, track: int = 0) -> Decoded:
    """Decode a whole file; of a container with several audio tracks the one numbered track, from 0.

    Raises AudioError if it is no audio, cut off, lacks that track, or is (by its header) longer than max_seconds.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"OggS" and lacks_end_of_ogg_page(path):
        raise _cut_off(path, ": it ends inside a page")
    decoded = None
    if start in _SOUNDFILE_STARTS and track == 0:
        decoded = _decode_by_soundfile(path, max_seconds)
    decoded = decoded or _decode_by_av(path, max_seconds, track)
    _require_complete(path, decoded)
    return decoded


def _decode_by_soundfile(path: Path, max_seconds: float | None) -> Decoded | None:
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: a name such as .raw asks for settings
        return None
    with file:
        announced = file.frames / file.samplerate
        _require_short(path, announced, max_seconds)
        _require_whole_wav(path, file.extra_info)
        try:
            samples = _read(file)
        except soundfile.LibsndfileError as error:
            raise _cut_off(path) from error
        return Decoded(samples, file.samplerate, announced)


def _read(file: soundfile.SoundFile) -> NDArray[np.float32]:
    """All of an open file, (channel, n); fewer samples than announced if it breaks off."""
    samples, done = scratch(file.channels, file.frames), 0
    for part in pieces(file.frames):
        piece = file.read(part.stop - part.start, dtype="float32", always_2d=True)
        samples[:, done : done + len(piece)] = piece.T
        done += len(piece)
        if done < part.stop:
            break
    return samples if done == file.frames else copied(samples[:, :done])


def _decode_by_av(path: Path, max_seconds: float | None, track: int) -> Decoded:
    try:
        container = av.open(str(path))
    except (FFmpegError, ValueError) as error:
        raise _no_audio(path) from error
    with container:
        if not container.streams.audio:
            raise AudioError(f"{path} holds no audio track: export the recording as wav, flac, mp3, ogg, opus or m4a.")
        if track >= len(container.streams.audio):
            held = len(container.streams.audio)
            raise AudioError(f"{path} holds {held} audio tracks and no track {track + 1}: get a whole copy.")
        stream = container.streams.audio[track]
        if not stream.sample_rate:  # FFmpeg takes text for raw flac if it is named so
            raise _no_audio(path)
        announced = _announced_seconds(container, stream)
        _require_short(path, announced, max_seconds)
        try:
            blocks = list(_blocks(path, container, stream, max_seconds))
        except FFmpegError as error:
            raise _cut_off(path) from error
        return Decoded(_joined(blocks, max(1, stream.channels)), stream.sample_rate, announced)


def _joined(blocks: list[NDArray[np.float32]], channels: int) -> NDArray[np.float32]:
    """Blocks (channel, n) end to end."""
    samples = scratch(blocks[0].shape[0] if blocks else channels, sum(block.shape[1] for block in blocks))
    return np.concatenate(blocks, axis=1, out=samples) if blocks else samples


def _announced_seconds(container: Any, stream: Any) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base


def _blocks(path: Path, container: Any, stream: Any, max_seconds: float | None) -> Iterator[NDArray[np.float32]]:
    """Planar float32 blocks (channel, n); stops with an error as soon as an unannounced length passes max_seconds."""
    planar = av.AudioResampler(format="fltp")
    done = 0
    last = b""
    for packet in container.demux(stream):
        last = bytes(packet) if packet.size else last
        for frame in packet.decode():
            for block in planar.resample(frame):
                done += block.samples
                _require_short(path, done / stream.sample_rate, max_seconds)
                yield block.to_ndarray().astype(np.float32, copy=False)
    if stream.codec_context.name.startswith("mp3") and lacks_end_of_mp3_frame(last):
        raise _cut_off(path, ": it ends inside a frame")
    for block in planar.resample(None):
        yield block.to_ndarray().astype(np.float32, copy=False)


def _require_short(path: Path, seconds: float | None, max_seconds: float | None) -> None:
    if seconds is not None and max_seconds is not None and seconds > max_seconds:
        raise AudioError(f"{path} lasts {seconds / 60:.1f} min or more: cut it to at most {max_seconds / 60:g} min.")


def _require_whole_wav(path: Path, log: str) -> None:
    """libsndfile plays what is left of a cut wav and notes it in its log only; sizes near 2^32 mark a live stream."""
    sizes = re.search(r"^data : (\d+) \(should be (\d+)\)", log, flags=re.MULTILINE)
    if sizes and int(sizes[2]) < int(sizes[1]) < 0xFFFF_0000:
        raise _cut_off(path, f": its header announces {sizes[1]} bytes of audio and {sizes[2]} are there")


def _require_complete(path: Path, decoded: Decoded) -> None:
    held = decoded.samples.shape[1] / decoded.sample_rate
    if decoded.announced is not None and held < decoded.announced - _TOLERANCE:
        raise _cut_off(path, f": its header announces {decoded.announced:.2f} s and {held:.2f} s are there")


def _no_audio(path: Path) -> AudioError:
    return AudioError(f"{path} holds no audio that can be read: export it as wav, flac, mp3, ogg, opus or m4a.")


def _cut_off(path: Path, detail: str = "") -> AudioError:
    return AudioError(f"{path} is damaged or cut off{detail}; copy or export it again.")
