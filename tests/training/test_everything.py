"""All three networks in one call: every stage's checkpoint fits the next, and a second call goes on."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.chord_song import hum, make_song, play

from samuel.audio import Waveform, write_audio
from samuel.checkpoint import load_denoiser
from samuel.checkpoint.parts import join_parts
from samuel.errors import ConfigError, SamuelError
from samuel.training.everything import EverythingSettings, train_everything
from samuel.training.trainer import Trainer

DEBUG = {role: f"debug-{role}" for role in ("autoencoder", "listener", "denoiser")}
QUICK = EverythingSettings("22s", songs=2, presets=DEBUG, shortest=0.0, name="tiny")  # little time: a second a run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for number, split in enumerate(("train", "train", "valid")):
        song = make_song(tonic=number, name=f"song-{number}")
        folder = tmp_path / "corpus" / "pairs" / f"pair-{number}"
        folder.mkdir(parents=True)
        band = play(song, 44_100)
        write_audio(folder / "vocal.flac", Waveform(hum(song)[None].astype(np.float32), 44_100))
        write_audio(folder / "accompaniment.flac", Waveform(np.stack([band, band]), 44_100))
        (folder / "truth.json").write_text(json.dumps({**asdict(song), "split": split}))
    return tmp_path / "corpus"


def test_three_networks_come_out_that_fit_each_other_whole_and_in_parts(corpus: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    folder = train_everything(tmp_path / "out", QUICK, corpus, report=lines.append)
    loaded = load_denoiser(folder)
    assert loaded.autoencoder == tmp_path / "out" / "models" / "tiny-autoencoder"
    assert loaded.listener is not None
    assert "3 pairs prepared" in "\n".join(lines)

    join_parts(tmp_path / "out" / "parts", tmp_path / "carried")
    assert load_denoiser(tmp_path / "carried" / "tiny-denoiser").fingerprint == loaded.fingerprint

    again: list[str] = []
    assert load_denoiser(train_everything(tmp_path / "out", QUICK, corpus, report=again.append)) is not None
    assert not any(line.startswith(("autoencoder:", "listener:", "denoiser:")) for line in again)
    for stage in ("0 pairs prepared", "0 pairs encoded", "0 songs imagined"):
        assert stage in "\n".join(again)


def test_too_little_time_is_said_before_a_network_is_half_made(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="left for the autoencoder, less than 60: run it again"):
        train_everything(tmp_path / "out", replace(QUICK, shortest=60.0), corpus)
    assert not (tmp_path / "out" / "models").exists()


def test_a_network_that_was_stopped_is_not_taken_for_a_finished_one(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_run", lambda self, log, batches, stopped: True)
        with pytest.raises(SamuelError, match="was stopped at step 0: run the same command"):
            train_everything(tmp_path / "out", QUICK, corpus)
    assert not (tmp_path / "out" / "models").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"budget": "soon"}, "duration 'soon'"), ({"workers": 0}, "workers 0"), ({"name": "a/b"}, "name 'a/b'")],
)
def test_settings_that_cannot_work_are_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(QUICK, **changed)
