"""A training folder of three songs with two held out, and the pairs that these were made from."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from chord_song import hum, make_song, play
from tiny import BlockAutoencoder

from samuel.audio import Waveform, write_audio
from samuel.checkpoint.files import write_json
from samuel.corpus.song import Song
from samuel.corpus.truth import frame_truth
from samuel.evaluation.harmony import CHROMA_HOP
from samuel.evaluation.shuffle import Heard
from samuel.evaluation.signals import ANALYSIS_RATE
from samuel.experiments import judge
from samuel.training import trainer

CHANNELS = {"vocal": 64, "band": 64, "features": 20, "truth": 27}
FRAMES = 43  # of the held-out songs: 2 s, as their pairs
SUNG = {"a": 1.0, "b": 0.6, "c": 0.3}  # fraction of each training song


def held_out_song(number: int) -> Song:
    return make_song(tonic=3 * number, beats=4, name=f"song-{number}")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    rows = []
    for number in range(2):
        song = held_out_song(number)
        pair = folder / "pairs" / f"held-{number}"
        pair.mkdir(parents=True)
        band = play(song, 44_100)
        write_audio(pair / "vocal.flac", Waveform.from_array(hum(song), 44_100))
        write_audio(pair / "accompaniment.flac", Waveform.from_array(np.stack([band, band]), 44_100))
        (pair / "truth.json").write_text(json.dumps(asdict(song)))
        rows.append({"identifier": pair.name, "split": "valid"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def cheap_ears(audio: Waveform, tracker: str) -> Heard:
    """Energy in twelve slices as chroma and a beat each half second: librosa takes seconds and is tested elsewhere."""
    frames = round(audio.seconds * ANALYSIS_RATE / CHROMA_HOP)
    slices = np.abs(audio.samples[0, : 12 * frames]).reshape(12, frames)
    return Heard(slices + 1e-3, np.arange(0.0, audio.seconds, 0.5), audio.seconds)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder, rng = tmp_path / "data", np.random.default_rng(0)
    (folder / "latents").mkdir(parents=True)
    splits = {**dict.fromkeys(SUNG, "train"), "held-0": "valid", "held-1": "valid"}
    for name in splits:
        for array, channels in CHANNELS.items():
            values = rng.normal(0, 1, (channels, FRAMES))
            if array == "features":
                values[13] = np.arange(FRAMES) < SUNG.get(name, 1.0) * FRAMES
            if array == "truth" and name.startswith("held"):
                values = frame_truth(held_out_song(int(name[-1])), FRAMES)
            np.save(folder / "latents" / f"{name}.{array}.npy", values.astype(np.float16))
    rows = [{"identifier": name, "split": split, "frames": FRAMES} for name, split in splits.items()]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_json(folder / "autoencoder.json", {"name": "blocks", "fingerprint": "0" * 64})
    monkeypatch.setattr(judge, "own_autoencoder", lambda data: BlockAutoencoder())
    monkeypatch.setattr(judge, "hear", cheap_ears)
    monkeypatch.setattr(trainer, "draw_loss", lambda folder: None)
    return folder
