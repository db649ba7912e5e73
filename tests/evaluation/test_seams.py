"""Seams: what must be found, and what must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samuel.audio import Waveform, write_audio
from samuel.errors import ConfigError
from samuel.evaluation import seams
from samuel.segments import windows_of

LENGTH, OVERLAP = 430, 32  # latent frames: 20 s and 1.5 s
FRAMES = 1_226
WINDOWS = windows_of(FRAMES, LENGTH, OVERLAP)


def song(gains: tuple[float, ...] = (1.0,), tones: tuple[float, ...] = (220.0, 277.2, 329.6)) -> Waveform:
    """Soft strokes at 120 beats a minute over a chord, each window's stretch at a gain of its own."""
    time = np.arange(FRAMES * 2048) / 44_100
    chord = sum(np.sin(2 * np.pi * tone * time) for tone in tones)
    stroke = np.random.default_rng(0).standard_normal(22_050) * np.exp(-np.arange(22_050) / 1_470) * 0.1
    strokes = np.resize(stroke, len(time))
    stretch = np.searchsorted(seams.seams_of(WINDOWS), time) % len(gains)
    return Waveform(((0.05 * chord + strokes) * np.array(gains)[stretch]).astype(np.float32)[None], 44_100)


def test_an_even_song_has_no_seams_to_be_heard() -> None:
    found = seams.evaluate(song(), LENGTH, OVERLAP)
    assert found["seams"] == len(WINDOWS) - 1
    assert found["flux_ratio"] == pytest.approx(1, abs=0.05)
    assert found["loudness_ratio"] < 2
    assert found["same_key"] == found["same_tempo"] == 1


def test_windows_at_levels_of_their_own_are_found() -> None:
    found = seams.evaluate(song((1.0, 0.1)), LENGTH, OVERLAP)
    assert found["loudness_above"] == 1
    assert found["loudness_ratio"] > 2


def test_windows_in_keys_of_their_own_are_found() -> None:
    one, two = song().samples, song(tones=(311.1, 392.0, 466.2)).samples
    borders = np.searchsorted(seams.seams_of(WINDOWS), np.arange(one.shape[1]) / 44_100)
    found = seams.evaluate(Waveform(np.where(borders % 2, two, one), 44_100), LENGTH, OVERLAP)
    assert found["same_key"] < 1
    assert seams.evaluate(song(), LENGTH, OVERLAP)["same_key"] == 1


@pytest.mark.parametrize(("first", "second", "same"), [(100, 102, True), (60, 120, True), (100, 110, False)])
def test_tempi_an_octave_apart_are_one_tempo(first: float, second: float, same: bool) -> None:
    assert seams.same_tempo(first, second) is same


def test_a_tempo_between_two_whole_numbers_of_frames_is_found() -> None:
    frame = 512 / 22_050
    beats = np.round(np.arange(80) * 60 / 115 / frame) * frame  # 22 or 23 frames apart: 117 or 112 a minute
    assert seams.tempo_of(beats) == pytest.approx(115, rel=0.005)
    assert seams.tempo_of(np.delete(beats, [10, 40])) == pytest.approx(115, rel=0.005)  # two were not heard
    assert np.isnan(seams.tempo_of(beats[:1]))


def test_a_song_of_one_window_is_refused() -> None:
    with pytest.raises(ConfigError, match="no seam"):
        seams.evaluate(Waveform(song().samples[:, : 44_100 * 40], 44_100))


def test_songs_that_are_broken_or_too_short_are_skipped_and_counted(tmp_path: Path) -> None:
    write_audio(tmp_path / "long.wav", song())
    write_audio(tmp_path / "short.wav", Waveform(song().samples[:, : 44_100 * 10], 44_100))
    (tmp_path / "broken.wav").write_text("no audio")
    table = seams.evaluate_seams(tmp_path, LENGTH, OVERLAP)
    assert [row["clip"] for row in table.rows] == ["long"]
    assert [item.identifier for item in table.skipped] == ["broken", "short"]
    (tmp_path / "long.wav").unlink()
    with pytest.raises(ConfigError, match="None of 2 clips"):
        seams.evaluate_seams(tmp_path, LENGTH, OVERLAP)
