"""Formats in and out, and every way in which a file can be wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from tiny import sung

from samuel.audio import Waveform, read_audio, write_audio
from samuel.errors import AudioError, SamuelError


def write_by_av(path: Path, waveform: Waveform, codec: str, options: dict[str, str] | None = None) -> None:
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=waveform.sample_rate)
        stream.layout = "mono" if waveform.channels == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(waveform.samples, format="fltp", layout=stream.layout.name)
        frame.sample_rate = waveform.sample_rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def likeness(first: Waveform, second: Waveform) -> float:
    """The highest correlation within 3,000 samples of shift: codecs delay."""
    length = min(first.length, second.length)
    spectra = [np.fft.rfft(w.to_mono().samples[0, :length], 2 * length) for w in (first, second)]
    correlation = np.fft.irfft(spectra[0] * spectra[1].conj())
    energy = np.linalg.norm(first.to_mono().samples) * np.linalg.norm(second.to_mono().samples)
    return float(max(correlation[:3_000].max(), correlation[-3_000:].max()) / energy)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_lossless_formats_come_back_to_within_24_bits(tmp_path: Path, suffix: str, channels: int) -> None:
    original = sung(1.0, channels=channels)
    write_audio(tmp_path / f"take{suffix}", original)
    back = read_audio(tmp_path / f"take{suffix}")
    assert (back.sample_rate, back.samples.shape) == (44_100, original.samples.shape)
    assert np.abs(back.samples - original.samples).max() < 2**-23


def test_mp3_comes_back_at_its_own_length_and_sounds_alike(tmp_path: Path) -> None:
    original = sung(2.0, channels=2)
    write_audio(tmp_path / "take.mp3", original)
    back = read_audio(tmp_path / "take.mp3")
    assert back.samples.shape == original.samples.shape
    assert likeness(original, back) > 0.99


@pytest.mark.parametrize(
    ("suffix", "container", "subtype", "rate"),
    [
        (".wav", "WAV", "PCM_U8", 8_000),
        (".wav", "WAV", "FLOAT", 192_000),
        (".aiff", "AIFF", "PCM_16", 32_000),
        (".ogg", "OGG", "VORBIS", 44_100),
        (".opus", "OGG", "OPUS", 48_000),
        (".flac", "FLAC", "PCM_16", 96_000),
    ],
)
def test_other_formats_of_soundfile_are_read(
    tmp_path: Path, suffix: str, container: str, subtype: str, rate: int
) -> None:
    original = sung(1.5, rate, channels=2)
    path = tmp_path / f"take{suffix}"
    soundfile.write(path, original.samples.T, rate, format=container, subtype=subtype)
    back = read_audio(path)
    assert (back.sample_rate, back.channels) == (rate, 2)
    assert abs(back.seconds - 1.5) < 0.05
    assert likeness(original, back) > 0.98


@pytest.mark.parametrize(("suffix", "codec"), [(".m4a", "aac"), (".mka", "aac"), (".m4a", "alac")])
@pytest.mark.parametrize("channels", [1, 2])
def test_m4a_and_the_like_are_read_through_av(tmp_path: Path, suffix: str, codec: str, channels: int) -> None:
    original = sung(1.5, channels=channels)
    path = tmp_path / f"take{suffix}"
    write_by_av(path, original, codec)
    back = read_audio(path)
    assert (back.sample_rate, back.channels) == (44_100, channels)
    assert likeness(original, back) > 0.98


def test_the_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    write_audio(tmp_path / "take.mp3", sung(1.0))
    shutil.copy(tmp_path / "take.mp3", tmp_path / "take.wav")
    assert read_audio(tmp_path / "take.wav").length == 44_100


def test_what_cannot_be_read_is_one_sentence_with_path_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("la la la\n" * 500)
    (tmp_path / "text.flac").write_text("la la la\n" * 500)
    (tmp_path / "noise.mp3").write_bytes(np.random.default_rng(0).bytes(40_000))
    soundfile.write(tmp_path / "nothing.wav", np.zeros((0, 1)), 44_100)
    soundfile.write(tmp_path / "nan.wav", np.full(44_100, np.nan), 44_100, subtype="FLOAT")
    soundfile.write(tmp_path / "slow.wav", np.zeros(4_000), 4_000)
    for name in (
        "missing.wav",
        "folder.wav",
        "empty.wav",
        "text.wav",
        "text.flac",
        "n" * 300 + ".wav",
        "noise.mp3",
        "nothing.wav",
        "nan.wav",
        "slow.wav",
    ):
        with pytest.raises(AudioError) as caught:
            read_audio(tmp_path / name)
        message = str(caught.value)
        assert name in message
        assert message.endswith(".")
        assert "\n" not in message


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".wav", ".m4a"])
def test_a_file_cut_in_half_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"take{suffix}"
    write_by_av(path, sung(2.0), "aac") if suffix == ".m4a" else write_audio(path, sung(2.0))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(AudioError, match=r"cut off|no audio that can be read"):
        read_audio(path)


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate"), [(".ogg", "VORBIS", 44_100), (".ogg", "VORBIS", 16_000), (".opus", "OPUS", 48_000)]
)
@pytest.mark.parametrize("kept", [0.01, 0.5, 0.999])
def test_an_ogg_file_that_ends_inside_a_page_is_refused(
    tmp_path: Path, suffix: str, subtype: str, rate: int, kept: float
) -> None:
    path = tmp_path / f"take{suffix}"
    soundfile.write(path, sung(12.0, rate).samples.T, rate, format="OGG", subtype=subtype)
    assert abs(read_audio(path).seconds - 12) < 0.05
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(AudioError, match="inside a page"):
        read_audio(path)


@pytest.mark.parametrize("rate", [44_100, 32_000, 22_050, 11_025])
def test_an_mp3_without_its_length_is_read_whole_and_refused_if_it_ends_inside_a_frame(
    tmp_path: Path, rate: int
) -> None:
    path = tmp_path / "take.mp3"
    write_by_av(path, sung(2.0, rate), "mp3", {"write_xing": "0"})
    content = path.read_bytes()
    for tag in (b"", b"TAG" + bytes(125)):  # with and without an ID3v1 tag at the end
        path.write_bytes(content + tag)
        assert abs(read_audio(path).seconds - 2) < 0.2
    path.write_bytes(content[:-3])
    with pytest.raises(AudioError, match="inside a frame"):
        read_audio(path)


def test_a_cut_mp3_says_nothing_on_stderr_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_audio(tmp_path / "take.mp3", sung(2.0))
    content = (tmp_path / "take.mp3").read_bytes()
    (tmp_path / "take.mp3").write_bytes(content[: len(content) // 2])
    with pytest.raises(AudioError):
        read_audio(tmp_path / "take.mp3")
    assert capfd.readouterr().err == ""


def test_three_hours_are_refused_by_the_header_without_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_16") as file:
        for _ in range(180):
            file.write(np.zeros(60 * 8_000, np.int16))
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("the file was decoded"))
    with pytest.raises(AudioError, match=r"180\.0 min"):
        read_audio(path, max_seconds=600)


@pytest.mark.parametrize("name", ["take.ogg", "take", "missing/take.wav", "file/take.wav"])
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AudioError):
        write_audio(tmp_path / name, sung(0.1))
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_audio_that_would_clip_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"1\.50"):
        write_audio(tmp_path / "take.wav", Waveform(np.array([[1.5]], np.float32), 44_100))


def test_an_interrupted_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_audio(tmp_path / "take.wav", sung(0.1))
    before = (tmp_path / "take.wav").read_bytes()

    def interrupted(file: soundfile.SoundFile, *_: object) -> None:
        Path(file.name).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(soundfile.SoundFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_audio(tmp_path / "take.wav", sung(0.2))
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]
    assert (tmp_path / "take.wav").read_bytes() == before


def test_audio_errors_are_errors_that_the_command_line_shows() -> None:
    assert issubclass(AudioError, SamuelError)
