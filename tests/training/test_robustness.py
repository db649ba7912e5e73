"""What goes wrong stops a run with one sentence, and the last good state goes on to the end that was meant."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import save_tiny_model
from torch import Tensor
from training_folder import make_training_folder

from samuel.checkpoint.files import read_tensors, write_json
from samuel.checkpoint.folder import reference
from samuel.cli.main import main
from samuel.config import DEFAULT_AUTOENCODER
from samuel.errors import CheckpointError
from samuel.training import train_denoiser
from samuel.training.log import SAMPLES, RunLog, read_log
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.state import STATE

SETTINGS = {"loop.steps": 6, "loop.save_minutes": 0.0}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond size bytes: the writer meets the same errors as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def train(data: Path, run: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """Exit status and the error line of the command."""
    command = ["train", "denoiser", "--config", "debug-denoiser", "--data", str(data), "--out", str(run)]
    status = main(
        [*command, *(word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")), *more]
    )
    return status, capsys.readouterr().err


def assert_same(run: Path, other: Path) -> None:
    ours, theirs = (read_tensors(folder / STATE)[0] for folder in (run, other))
    assert {name for name in theirs if not torch.equal(ours[name], theirs[name])} == set()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_training_folder(tmp_path / "data")


def test_a_full_disk_stops_with_one_line_and_the_last_good_state_goes_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert train(data, run, capsys, "--set", "loop.steps=2")[0] == 0
    good = (run / STATE).read_bytes()
    with files_of_at_most(len(good) // 2):
        status, error = train(data, run, capsys)
    assert (status, error.count("\n")) == (1, 1)
    assert "state.safetensors cannot be written" in error
    assert "free some space" in error
    assert (run / STATE).read_bytes() == good
    assert not list(run.glob("*.part"))
    assert train(data, run, capsys)[0] == 0
    assert read_log(run)[-1]["step"] == 6


def test_a_log_on_a_full_disk_is_named(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 0)
    log._file.close()
    log._file = open("/dev/full", "a", encoding="utf-8")  # noqa: SIM115 (closed below)
    with pytest.raises(CheckpointError, match=r"log\.jsonl cannot be written \(No space left on device\): free"):
        log.write("train", 1, {"loss": 1.0})
    with pytest.raises(OSError, match="No space"):
        log.close()


def test_a_loss_that_is_not_a_number_stops_with_one_line_and_the_last_good_state_goes_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train_denoiser("debug-denoiser", data, tmp_path / "whole", overrides=SETTINGS)
    forward, calls = DenoiserObjective.forward, iter(range(100))

    def broken(self: DenoiserObjective, batch: dict[str, Tensor], generator: torch.Generator) -> object:
        loss, metrics = forward(self, batch, generator)
        return (loss * float("nan") if next(calls) == 4 else loss), metrics

    with monkeypatch.context() as patch:
        patch.setattr(DenoiserObjective, "forward", broken)
        status, error = train(data, tmp_path / "run", capsys)
    assert (status, error.count("\n")) == (1, 1)
    assert "the loss is not finite: training stopped, and the last good state is kept" in error
    assert read_tensors(tmp_path / "run" / STATE)[1]["progress"]["step"] == 4
    assert train(data, tmp_path / "run", capsys)[0] == 0
    assert_same(tmp_path / "run", tmp_path / "whole")


def test_a_damaged_data_file_stops_with_one_line_and_once_mended_the_run_goes_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, path = tmp_path / "run", data / "latents" / "b.band.npy"
    assert train(data, run, capsys, "--set", "loop.steps=2")[0] == 0
    good, content = (run / STATE).read_bytes(), path.read_bytes()
    path.write_bytes(content[:-100])
    status, error = train(data, run, capsys)
    assert (status, error.count("\n")) == (1, 1)
    assert "b.band.npy is missing or damaged" in error
    assert (run / STATE).read_bytes() == good
    path.write_bytes(content)
    assert train(data, run, capsys)[0] == 0


def test_latents_that_are_not_finite_are_named_before_training(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latents = np.load(data / "latents" / "c.vocal.npy")
    latents[3, 4] = np.inf
    np.save(data / "latents" / "c.vocal.npy", latents)
    status, error = train(data, tmp_path / "run", capsys)
    assert (status, error.count("\n")) == (1, 1)
    assert "song c has latents that are not finite: encode it again" in error


def test_samples_are_written_as_sound_and_pictures_while_training_goes_on(data: Path, tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "models")
    autoencoder = tmp_path / "models" / "tiny-spectral"
    write_json(data / "autoencoder.json", reference(autoencoder))
    settings = {"loop.render_every": 3, "loop.steps": 6, "objective.autoencoder": str(autoencoder)}
    train_denoiser("debug-denoiser", data, tmp_path / "run", overrides=settings)
    folders = sorted((tmp_path / "run" / SAMPLES).iterdir())
    assert [folder.name for folder in folders] == ["step-00000003", "step-00000006"]
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted(f"{n}{end}" for n in (0, 1) for end in ("-band.flac", "-sample.flac", "-vocal.flac", ".png"))
    assert (folders[0] / "0-band.flac").read_bytes() == (folders[1] / "0-band.flac").read_bytes()
    assert (folders[0] / "0-sample.flac").read_bytes() != (folders[1] / "0-sample.flac").read_bytes()
    events = b"".join(path.read_bytes() for path in (tmp_path / "run" / "tensorboard").iterdir())
    assert b"0/sample" in events

    settings["objective.autoencoder"] = DEFAULT_AUTOENCODER  # not the one that made the latents
    with pytest.raises(CheckpointError, match="was trained with tiny-spectral"):
        train_denoiser("debug-denoiser", data, tmp_path / "other", overrides=settings)
