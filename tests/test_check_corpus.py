"""The scripts that check a corpus: on one whose truth is known, they find it true."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from chord_song import hum, make_song, play

from samuel.audio import Waveform, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus.prepare import prepare_corpus

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Three pairs of 12 s: sines and clicks that keep to their truth."""
    folder = tmp_path_factory.mktemp("checked") / "corpus"
    for number, tonic in enumerate((0, 4, 7)):
        song = make_song(tonic, beats=24, name=f"song-{number}")
        pair = folder / "pairs" / f"pair-{number:06d}"
        pair.mkdir(parents=True)
        band = np.tile(play(song, SAMPLE_RATE), (2, 1))
        write_audio(pair / "accompaniment.flac", Waveform(band, SAMPLE_RATE))
        write_audio(pair / "vocal.flac", Waveform(hum(song)[None].astype(np.float32), SAMPLE_RATE))
        details = {"style": "folk", "voice": "alto", "soundfont": "none", "split": "train", "cut_from": 0.0}
        (pair / "truth.json").write_text(json.dumps({**asdict(song), **details}))
    return folder


def run(monkeypatch, script: str, *arguments: object):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module(script)
    monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
    return module


def test_truth_finds_melody_chords_key_and_beats(corpus, tmp_path, monkeypatch, capsys):
    for package in ("librosa", "madmom_infer", "BeatNet"):
        pytest.importorskip(package, reason=f"{package} is not installed: scripts/setup.py does it")
    out = tmp_path / "truth.json"
    run(monkeypatch, "check_corpus", "truth", corpus, "--pairs", 3, "--pyin", 1, "--out", out).main()
    found = json.loads(out.read_text())
    means = found["means"]
    assert found["pairs"] == 3
    assert means["melody within 50 cents"] > 0.95
    assert means["melody within 50 cents (pyin)"] > 0.9
    assert means["chords"] > means["chords shuffled"] + 0.2
    assert means["chords beat every other"] == 1
    assert max(means["beats librosa, any level"], means["beats beatnet, any level"]) > 0.8
    assert "| melody within 50 cents |" in capsys.readouterr().out


def test_truth_notices_a_melody_that_is_a_semitone_off_and_chords_of_another_key(corpus, monkeypatch):
    check = run(monkeypatch, "check_corpus")
    song = make_song(beats=24)
    wrong = make_song(6, beats=24)
    midi, voiced = check.track_pitch(hum(song).astype(np.float32), len(hum(song)) // check.QUARTER)
    step = check.QUARTER / SAMPLE_RATE
    assert check.melody_agreement(midi, voiced, step, song)["melody within 50 cents"] > 0.95
    assert check.melody_agreement(midi + 1, voiced, step, song)["melody within 50 cents"] < 0.05
    chroma = check.harmony.chroma(np.tile(play(song, SAMPLE_RATE), (2, 1)), SAMPLE_RATE)
    assert check.harmony.chord_match(chroma, song) > check.harmony.chord_match(chroma, wrong) + 0.3


def test_prepared_finds_the_same_in_the_arrays(corpus, tmp_path, monkeypatch):
    pytest.importorskip("librosa", reason="librosa is not installed: it comes with extra eval")
    prepare_corpus(corpus, tmp_path / "data")
    out = tmp_path / "prepared.json"
    run(monkeypatch, "check_corpus", "prepared", corpus, tmp_path / "data", "--pairs", 3, "--out", out).main()
    means = json.loads(out.read_text())["means"]
    assert means["melody within 50 cents"] > 0.95
    assert means["chords"] > means["chords shuffled"] + 0.2
    assert means["chords above all others"] == 1


def test_styles_draws_what_there_is(corpus, tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    run(monkeypatch, "check_corpus", "styles", corpus, "--out", tmp_path / "styles.png").main()
    assert (tmp_path / "styles.png").read_bytes()[:4] == b"\x89PNG"


def test_voices_measures_recordings_and_vocals_alike(corpus, tmp_path, monkeypatch, capsys):
    """A recording that wavers by 40 cents at 5.5 Hz moves 25 cents on average; sines do not move."""
    time = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    frequency = 220 * 2 ** (0.4 * np.sin(2 * np.pi * 5.5 * time) / 12)
    phase = 2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE
    sound = sum(0.2 / k * np.sin(k * phase) for k in range(1, 9))  # a bare sine is no voice to the tracker
    write_audio(tmp_path / "wavering.wav", Waveform(sound[None].astype(np.float32), SAMPLE_RATE))
    arguments = (corpus, tmp_path / "wavering.wav", "--pairs", 3, "--out", tmp_path / "voices.png")
    run(monkeypatch, "check_voices", *arguments).main()
    rows = {line.split(" | ")[0]: line.split(" | ")[1:] for line in capsys.readouterr().out.splitlines() if "|" in line}
    real, ours = rows["| F0 around its trend of half a second, mean, cents"]
    assert float(real) == pytest.approx(25, abs=6)
    assert float(ours.split()[0]) < 3
    assert float(rows["| strongest modulation of long notes from 3 to 9 Hz, Hz"][0]) == pytest.approx(5.5, abs=0.6)
    assert (tmp_path / "voices.png").is_file()


def test_movement_sings_the_melodies_anew_beside_recordings(corpus, tmp_path, monkeypatch, capsys):
    check = run(
        monkeypatch,
        "check_movement",
        *(corpus, corpus / "pairs" / "pair-000000" / "vocal.flac"),
        *("--pairs", 2, "--takes", 2, "--out", tmp_path / "movement.png"),
    )
    monkeypatch.setattr(check, "sing", lambda notes, voice, duration, rng: hum(make_song(beats=24), semitones=1))
    monkeypatch.setattr(check, "capture", lambda vocal, rng: vocal)
    check.main()
    found = json.loads((tmp_path / "movement.json").read_text())
    assert len(found["the corpus"]["moved"]) == 2
    assert len(found["sung anew"]["moved"]) == 4
    within = "voiced note time within 50 cents"
    assert min(found["the corpus"][within]) > 0.95
    assert max(found["sung anew"][within]) < 0.5, "a semitone off"
    assert f"| {within}, mean |" in capsys.readouterr().out
