"""Pairs on disk, small enough to judge in a second."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from chord_song import hum, make_song, play

from samuel.audio.files import write_audio
from samuel.audio.waveform import Waveform
from samuel.corpus.song import Song
from samuel.evaluation.pairs import Pair, read_pairs

RATE = 44_100


def write_pair(corpus: Path, song: Song) -> None:
    """Add a pair to a corpus folder."""
    folder = corpus / "pairs" / song.identifier
    folder.mkdir(parents=True)
    band = play(song, RATE)
    write_audio(folder / "accompaniment.flac", Waveform.from_array(np.stack([band, band]), RATE))
    write_audio(folder / "vocal.flac", Waveform.from_array(hum(song), RATE))
    (folder / "truth.json").write_text(json.dumps({**asdict(song), "style": "pop", "voice": "a sine"}))
    with (corpus / "manifest.jsonl").open("a") as manifest:
        manifest.write(json.dumps({"identifier": song.identifier, "split": "validation"}) + "\n")


@pytest.fixture
def song() -> Song:
    """Four chords in C major, 1.6 s each."""
    return make_song()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of three songs in keys far apart."""
    for tonic in (0, 3, 6):
        write_pair(tmp_path, make_song(tonic, name=f"song-{tonic}"))
    return tmp_path


@pytest.fixture
def pairs(corpus: Path) -> list[Pair]:
    """Its pairs."""
    return read_pairs(corpus)


@pytest.fixture
def short_pairs(tmp_path: Path) -> list[Pair]:
    """Two songs of two chords, 3.2 s, where what they sound like matters little."""
    for tonic in (0, 3):
        write_pair(tmp_path / "short", make_song(tonic, beats=8, name=f"song-{tonic}"))
    return read_pairs(tmp_path / "short")
