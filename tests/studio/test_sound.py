"""Uploads: only audio is decoded, and what is wrong is said without any path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import sung

from samuel.audio import Waveform, write_audio
from samuel.errors import AudioError
from samuel.studio.sound import cut, open_recording, tidied


@pytest.mark.parametrize("audio_format", ["wav", "flac", "mp3"])
def test_audio_is_told_by_its_first_bytes_whatever_it_is_called(tmp_path: Path, audio_format: str) -> None:
    path = tmp_path / f"take.{audio_format}"
    write_audio(path, sung(1.5, 48_000))
    path = path.rename(tmp_path / "abc.upload")
    recording = open_recording(path, 10)
    assert (recording.sample_rate, recording.channels) == (44_100, 1)
    assert recording.seconds == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"<html>",
        b"PK\x03\x04 a zip",
    ],
)
def test_playlists_archives_and_pages_never_reach_the_decoders(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samuel.studio.sound.read_audio", lambda *_, **__: pytest.fail("it was decoded"))
    path = tmp_path / "take.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match="is no audio file"):
        open_recording(path, 10)


@pytest.mark.parametrize("content", [b"RIFF" + bytes(100), b"ID3" + bytes(300), bytes(4) + b"ftypM4A " + bytes(50)])
def test_damaged_audio_is_refused_without_a_word_of_our_paths(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.upload"
    path.write_bytes(content)
    with pytest.raises(AudioError) as caught:
        open_recording(path, 10)
    assert "the recording" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_recording_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    write_audio(path, sung(3.0))
    with pytest.raises(AudioError):
        open_recording(path, 2.0)


def test_a_recording_beyond_full_scale_is_brought_down_not_clipped() -> None:
    loud = Waveform(np.array([[0.0, 2.0, -1.0]], np.float32), 44_100)
    np.testing.assert_allclose(tidied(loud).samples, [[0, 1, -0.5]], atol=1e-6)


def test_a_part_is_cut_to_the_sample() -> None:
    vocal = sung(3.0)
    np.testing.assert_array_equal(cut(vocal, 0.5, 2.0).samples, vocal.samples[:, 22_050:88_200])


@pytest.mark.parametrize(("start", "stop"), [(1.0, 1.5), (2.0, 1.0), (-1.0, 2.0), (1.0, 4.0), (float("nan"), 2.0)])
def test_what_is_no_part_or_too_short_is_refused(start: float, stop: float) -> None:
    with pytest.raises(AudioError):
        cut(sung(3.0), start, stop)
