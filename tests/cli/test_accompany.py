"""samuel accompany from the outside: files, exit codes, one line per error, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from tiny import sung

from samuel.audio import Waveform, integrated_loudness, read_audio, write_audio
from samuel.cli.main import main
from samuel.pipeline import accompanist as accompanist_module
from samuel.pipeline import run

FILES = {"accompaniment.wav", "mix.wav", "picture.png", "latents.safetensors", "chords.txt", "settings.json"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def accompany(model: Path, *arguments: str) -> int:
    return main(["accompany", "--model", str(model), *arguments])


def test_a_vocal_gives_accompaniment_mix_picture_and_settings(
    workplace: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accompany(model, "take.wav", "--seed", "7") == 0
    folder = workplace / "take-band"
    assert names(folder) == FILES
    for name in ("accompaniment.wav", "mix.wav"):
        audio = read_audio(folder / name)
        assert audio.samples.shape == (2, round(1.2 * 44_100))
        assert -24 <= integrated_loudness(audio) <= -12
    printed = capsys.readouterr().out
    assert all(name in printed for name in FILES)
    assert "seed 7" in printed
    assert "real-time factor" in printed
    generation = json.loads((folder / "settings.json").read_text())["generation"]
    for part, name in (("model", str(model)), ("autoencoder", "tiny-spectral"), ("listener", "tiny-listener")):
        weights = model.parent / Path(name).name / "model.safetensors"
        assert (generation[part], generation[f"{part}_fingerprint"]) == (name, sha256(weights.read_bytes()).hexdigest())


def test_the_settings_repeat_the_run_bit_for_bit(workplace: Path, model: Path) -> None:
    assert accompany(model, "take.wav", "--seed", "3", "--sampler", "ddpm", "--steps", "3", "--no-picture") == 0
    first = workplace / "take-band"
    assert main(["accompany", "--from", str(first / "settings.json"), "-o", "again"]) == 0
    for name in ("accompaniment.wav", "mix.wav", "settings.json"):
        assert (workplace / "again" / name).read_bytes() == (first / name).read_bytes()


def test_repeating_with_another_recording_is_refused(
    workplace: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accompany(model, "take.wav", "--no-picture")
    write_audio("take.wav", sung(1.3))
    assert main(["accompany", "--from", "take-band/settings.json"]) == 1
    assert "not the recording of that run" in capsys.readouterr().err


def test_another_run_gets_a_numbered_folder_and_the_same_run_its_own(workplace: Path, model: Path) -> None:
    for seed in ("1", "2", "2"):
        assert accompany(model, "take.wav", "--seed", seed, "--no-picture") == 0
    assert names(workplace) == {"take.wav", "take-band", "take-band-2"}
    seeds = [
        json.loads((workplace / f / "settings.json").read_text())["generation"]["seed"]
        for f in ("take-band", "take-band-2")
    ]
    assert seeds == [1, 2]


def test_a_named_file_gets_its_companions_beside_it(workplace: Path, model: Path) -> None:
    assert accompany(model, "take.wav", "-o", "song.flac") == 0
    assert names(workplace) == {
        "take.wav", "song.flac", "song-mix.flac", "song-picture.png", "song-latents.safetensors", "song-chords.txt",
        "song-settings.json",
    }  # fmt: skip
    assert accompany(model, "take.wav", "-o", "song.flac", "--seed", "1", "--no-picture") == 0
    assert "song-2.flac" in names(workplace)


def test_mix_only_writes_no_accompaniment(workplace: Path, model: Path) -> None:
    assert accompany(model, "take.wav", "-o", "out", "--mix-only", "--no-picture", "--format", "mp3") == 0
    assert names(workplace / "out") == {"mix.mp3", "chords.txt", "settings.json"}


def test_variations_are_numbered_and_equal_the_runs_of_their_seeds(workplace: Path, model: Path) -> None:
    assert accompany(model, "take.wav", "-o", "both", "--variations", "2", "--seed", "4", "--no-picture") == 0
    assert accompany(model, "take.wav", "-o", "second", "--seed", "5", "--no-picture") == 0
    assert names(workplace / "both") == {
        "accompaniment-1.wav", "accompaniment-2.wav", "mix-1.wav", "mix-2.wav",
        "latents-1.safetensors", "latents-2.safetensors", "chords.txt", "settings.json",
    }  # fmt: skip
    assert (workplace / "both/accompaniment-2.wav").read_bytes() == (
        workplace / "second/accompaniment.wav"
    ).read_bytes()


def write_floats(path: Path, samples: np.ndarray) -> None:
    soundfile.write(path, samples, 44_100, subtype="FLOAT")


def write_truncated(path: Path) -> None:
    write_audio(path, sung(2.0))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def write_mp3_without_length(path: Path) -> None:
    """Half of a stream of constant bit rate: no header tells how long it should be."""
    vocal = sung(2.0)
    with av.open(str(path), "w", options={"write_xing": "0"}) as container:
        stream = container.add_stream("mp3", rate=vocal.sample_rate)
        frame = av.AudioFrame.from_ndarray(vocal.samples, format="fltp", layout="mono")
        frame.sample_rate = vocal.sample_rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def write_truncated_ogg(path: Path) -> None:
    soundfile.write(path, sung(30.0, 16_000).samples.T, 16_000, format="OGG", subtype="VORBIS")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def write_sparse_three_hours(path: Path) -> None:
    """A header and a hole of 953 MB, which takes no room on the disk."""
    size, rate = 3 * 3_600 * 88_200, 44_100
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVE" + form + b"data" + struct.pack("<I", size))
        file.truncate(44 + size)


def write_three_hours(path: Path) -> None:
    with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_16") as file:
        for _ in range(180):
            file.write(np.zeros(60 * 8_000, np.int16))


BAD_FILES: dict[str, Callable[[Path], object]] = {
    "missing.wav": lambda path: None,
    "a-folder": Path.mkdir,
    "empty.wav": Path.touch,
    "text.wav": lambda path: path.write_text("do re mi\n" * 100),
    "text.mp3": lambda path: path.write_text("do re mi\n" * 100),
    "text.flac": lambda path: path.write_text("do re mi\n" * 100),
    "truncated.mp3": write_truncated,
    "truncated-stream.mp3": write_mp3_without_length,
    "truncated.ogg": write_truncated_ogg,
    "truncated.flac": write_truncated,
    "zero-length.wav": lambda path: write_floats(path, np.zeros((0, 1))),
    "silence.wav": lambda path: write_floats(path, np.zeros(88_200)),
    "nan.wav": lambda path: write_floats(path, np.full(88_200, np.nan)),
    "short.wav": lambda path: write_floats(path, np.full(4_410, 0.1)),
    "long.flac": write_three_hours,
    "long.wav": write_sparse_three_hours,
    "pipe.wav": os.mkfifo,
    "link.wav": lambda path: path.symlink_to("nowhere.wav"),
}


@pytest.mark.parametrize("vocal", BAD_FILES)
def test_a_bad_recording_is_one_line_exit_code_one_and_nothing_written(
    workplace: Path, model: Path, capfd: pytest.CaptureFixture[str], vocal: str
) -> None:
    BAD_FILES[vocal](workplace / vocal)
    assert_refused(["accompany", "--model", str(model), vocal, "-o", "out"], workplace, capfd, vocal)


def assert_refused(arguments: list[str], folder: Path, capfd: pytest.CaptureFixture[str], *words: str) -> None:
    before = sorted(folder.rglob("*"))
    capfd.readouterr()
    assert main(arguments) == 1
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.rstrip().endswith(".")
    assert all(word in printed.err for word in words)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "output",
    ["take.wav/out", "/proc/out", "take.wav/out/song.wav", "/dev/null", "link/out", "n" * 300, "n" * 300 + ".wav"],
)
def test_an_unwritable_output_is_refused_before_the_work(
    workplace: Path, model: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.setattr(accompanist_module.Accompanist, "vary", lambda *_, **__: pytest.fail("it went to work"))
    (workplace / "link").symlink_to("nowhere")
    assert_refused(
        ["accompany", "--model", str(model), "take.wav", "-o", output], workplace, capfd, "cannot be written"
    )


def test_an_output_of_an_unknown_kind_is_refused_before_any_work(
    workplace: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samuel.pipeline.run.read_vocal", lambda _: pytest.fail("it went to work"))
    for option in (["-o", "out.xyz"], ["-o", "song.wav", "--format", "mp3"]):
        assert_refused(["accompany", "take.wav", *option], workplace, capfd, option[1])


def test_an_unknown_model_is_refused(workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert_refused(["accompany", "take.wav", "--model", "no-such-model"], workplace, capfd, "no-such-model")
    assert_refused(["accompany", "take.wav", "--model", "m" * 300], workplace, capfd, "mmm")


def test_a_name_that_is_too_long_is_refused(workplace: Path, model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert_refused(["accompany", "--model", str(model), "v" * 300 + ".wav"], workplace, capfd, "vvv.wav")


def test_a_corrupted_checkpoint_is_refused(workplace: Path, model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(model.parent, workplace / "models")
    weights = workplace / "models" / model.name / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 0xFF
    weights.write_bytes(content)
    assert_refused(["accompany", "take.wav", "--model", "models/tiny"], workplace, capfd, "damaged")


def test_a_checkpoint_of_another_autoencoder_is_refused(
    workplace: Path, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(model.parent, workplace / "models")
    config = workplace / "models" / model.name / "config.json"
    values = json.loads(config.read_text())
    values["autoencoder"]["fingerprint"] = "f" * 64
    config.write_text(json.dumps(values))
    assert_refused(["accompany", "take.wav", "--model", "models/tiny"], workplace, capfd, "tiny-spectral", "ffff")


BAD_OPTIONS = {
    "--steps 0": "steps 0 is out of range: choose a value from 1 to 800.",
    "--steps 801": "steps 801 is out of range",
    "--guidance -1": "guidance -1.0 is out of range: choose a value from 0 to 20.",
    "--guidance nan": "guidance nan is out of range",
    "--guidance-interval 0.9-0.1": "guidance interval 0.9-0.1 is no range",
    "--guidance-rescale 2": "guidance rescale 2.0 is out of range",
    "--variations 0": "variations 0 is out of range: choose a value from 1 to 16.",
    "--seed -1": "seed -1 is out of range",
    "--seed 9007199254740991 --variations 2": "seed 9007199254740992 is out of range",
    "--vocal-gain nan": "vocal gain nan is out of range",
    "--extend 61": "extend 61.0 is out of range",
    "--threads 0": "threads 0 is out of range",
    "--example": "--example",
    "-o song.wav --format mp3": "song.wav",
    "--from take.wav": "settings.json of an earlier run, or its folder",
}


@pytest.mark.parametrize("options", BAD_OPTIONS)
def test_a_bad_option_is_one_line_before_the_model_is_loaded_and_nothing_written(
    workplace: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    monkeypatch.setattr(run.Accompanist, "from_pretrained", lambda _: pytest.fail("it loaded the model"))
    assert_refused(["accompany", "take.wav", *options.split()], workplace, capfd, BAD_OPTIONS[options])


def test_without_a_vocal_it_says_what_to_give(workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert_refused(["accompany"], workplace, capfd, "--example")


@pytest.mark.parametrize("moment", ["playing", "writing"])
def test_an_interrupt_exits_with_130_and_leaves_nothing(
    workplace: Path, model: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from samuel.pipeline import files

    calls = {"playing": (accompanist_module, "sample_songs"), "writing": (files, "draw_picture")}

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(*calls[moment], interrupted)
    assert accompany(model, "take.wav", "-o", "new/out") == 130
    assert names(workplace) == {"take.wav"}


def test_a_second_ctrl_c_while_clearing_up_exits_with_130_and_leaves_nothing(
    workplace: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    def removing(path: Path, **settings: bool) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(path, **settings)

    remove: Callable[..., None] = shutil.rmtree
    monkeypatch.setattr(accompanist_module, "sample_songs", interrupted)
    monkeypatch.setattr(shutil, "rmtree", removing)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests were started by
    try:
        assert accompany(model, "take.wav", "-o", "new/out") == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert names(workplace) == {"take.wav"}


def test_a_stereo_vocal_at_48_khz_keeps_its_sides_in_the_mix(workplace: Path, model: Path) -> None:
    left = sung(1.2, 48_000, channels=2).samples * np.array([[1.0], [0.0]], np.float32)
    write_audio("left.wav", Waveform(left, 48_000))
    assert accompany(model, "left.wav", "-o", "out", "--vocal-gain", "20", "--no-picture") == 0
    mixed = read_audio("out/mix.wav").samples
    assert np.abs(mixed[0]).mean() > 3 * np.abs(mixed[1]).mean()
