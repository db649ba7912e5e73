"""Where files go: names, numbers, and all or nothing."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samuel.errors import AudioError, ConfigError
from samuel.pipeline.output import Target, choose_target, free_target, staged


@pytest.mark.parametrize(
    ("output", "given", "folder", "stem", "audio_format"),
    [
        (None, None, "take-band", "", "wav"),
        ("out", "mp3", "out", "", "mp3"),
        ("out.d", None, "out.d", "", "wav"),
        ("take.final", None, "take.final", "", "wav"),
        ("No.5", "flac", "No.5", "", "flac"),
        ("songs/song.flac", None, "songs", "song", "flac"),
        ("song.MP3", "mp3", ".", "song", "mp3"),
    ],
)
def test_the_output_option_names_a_folder_or_a_file(
    output: str | None, given: str | None, folder: str, stem: str, audio_format: str
) -> None:
    target, chosen = choose_target(Path(output) if output else None, Path("voices/take.m4a"), given)  # type: ignore[arg-type]
    assert (target, chosen) == (Target(Path(folder), stem), audio_format)


def test_a_file_name_and_another_format_contradict_each_other() -> None:
    with pytest.raises(ConfigError, match="contradict"):
        choose_target(Path("song.wav"), Path("take.wav"), "mp3")


@pytest.mark.parametrize("name", ["out.xyz", "songs/band.ogg", "band.M4A", "band.aiff"])
def test_a_name_that_ends_as_another_kind_of_file_is_refused_unless_it_is_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="which is not written"):
        choose_target(tmp_path / name, Path("take.wav"), None)
    (tmp_path / name).mkdir(parents=True)
    assert choose_target(tmp_path / name, Path("take.wav"), None) == (Target(tmp_path / name), "wav")


def test_files_are_named_in_a_folder_and_beside_a_file() -> None:
    assert Target(Path("out")).name("mix", ".wav", 2) == "mix-2.wav"
    assert Target(Path("."), "song").name("mix", ".wav", 2) == "song-mix-2.wav"
    assert Target(Path("."), "song").name("accompaniment", ".wav", main=True) == "song.wav"


def test_only_another_runs_files_make_a_number(tmp_path: Path) -> None:
    def names(target: Target) -> list[str]:
        return [target.name("mix", ".wav"), target.name("settings", ".json")]

    out = Target(tmp_path / "out")
    out.folder.mkdir()
    (out.folder / "lyrics.txt").touch()
    assert free_target(out, names, "run 1") == out
    (out.folder / "mix.wav").touch()
    (out.folder / "settings.json").write_text("run 1")
    assert free_target(out, names, "run 1") == out
    assert free_target(out, names, "run 2") == Target(tmp_path / "out-2")


def test_staged_files_appear_together_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with staged(folder, ["x", "y"]) as stage:
        (stage / "x").write_text("1")
        (stage / "y").write_text("2")
        assert not folder.exists()
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"x": "1", "y": "2"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_leaves_neither_files_nor_folders(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with staged(tmp_path / "a" / "b", ["x"]) as stage:
            (stage / "x").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def _heeds_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupting(function: Callable[..., object]) -> Callable[..., object]:
    def interrupted(*arguments: object, **settings: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return function(*arguments, **settings)

    return interrupted


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_again_while_all_is_removed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "rmtree", interrupting(shutil.rmtree))
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "out", []):
        signal.raise_signal(signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_as_files_are_moved_leaves_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", interrupting(Path.replace))
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "out", ["x", "y"]) as stage:
        [(stage / name).touch() for name in ("x", "y")]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["out", "out/x", "out/y"]


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_as_the_hidden_folder_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(**settings: object) -> str:
        name = make(**settings)
        signal.raise_signal(signal.SIGINT)
        return name

    make: Callable[..., str] = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", made)
    with pytest.raises(KeyboardInterrupt), staged(tmp_path / "out", []):
        pytest.fail("entered")
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match="cannot be written"), staged(tmp_path / "file" / "out", []):
        pytest.fail("entered")
