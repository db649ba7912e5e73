"""Beats, picture, settings and device: the small parts of a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import sung, tiny_accompanist

from samuel.audio.picture import draw_picture, mel_spectrogram
from samuel.config import FRAME_RATE
from samuel.device import MAX_SEED, autocast, generator, has_fast_bf16
from samuel.errors import ConfigError
from samuel.pipeline.listening import beats_of
from samuel.pipeline.settings import RunSettings


def test_beats_are_the_peaks_of_their_probability() -> None:
    plan = torch.zeros(1, 26, 100)
    plan[0, 24, [0, 20, 40, 99]] = 0.9
    plan[0, 24, 41] = 0.5  # the same beat, seen twice
    plan[0, 24, 60] = 0.1  # hardly one
    beats = beats_of(plan)
    assert beats == pytest.approx([(frame + 0.5) / FRAME_RATE for frame in (0, 20, 40, 99)])


def test_a_louder_tone_is_brighter_at_its_own_pitch() -> None:
    spectrogram = mel_spectrogram(sung(2.0))
    assert spectrogram.shape[0] == 96
    assert spectrogram.shape[1] <= 1_700
    strongest = int(spectrogram.mean(axis=1).argmax())
    assert strongest < 20  # 220 Hz lies low among 96 bands up to 12 kHz
    assert (spectrogram[strongest] > spectrogram[80] + 20).all()


def test_ten_minutes_fit_into_the_picture() -> None:
    assert mel_spectrogram(sung(600.0, 8_000)).shape[1] <= 1_700


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    draw_picture(tmp_path / "picture.png", sung(1.0, channels=2), sung(1.0, channels=2), (0.25, 0.5), "take.wav")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def run_settings() -> RunSettings:
    accompanist = tiny_accompanist()
    generation = accompanist.settings(MAX_SEED, accompanist.sampler_config(), -3.5)
    return RunSettings("/vöcals/take.m4a", "a" * 64, 2, "flac", False, True, generation)


def test_settings_come_back_from_their_file(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(run_settings().to_json(), encoding="utf-8")
    assert RunSettings.from_file(tmp_path / "settings.json") == run_settings()


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"seed": 1}', '{"vocal": 3}'])
def test_what_are_no_settings_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "settings.json").write_text(text)
    with pytest.raises(ConfigError):
        RunSettings.from_file(tmp_path / "settings.json")


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="variations"):
        dataclasses.replace(run_settings(), variations=17)


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ConfigError, match=str(seed)):
        generator(seed)


def test_autocast_computes_in_bfloat16_only_where_asked_or_fast() -> None:
    ones = torch.ones(4, 4)
    for enabled, expected in ((True, torch.bfloat16), (False, torch.float32), (None, None)):
        with autocast(enabled):
            dtype = (ones @ ones).dtype
        assert dtype == (expected or (torch.bfloat16 if has_fast_bf16() else torch.float32))


def test_the_mel_spectrogram_of_silence_is_finite() -> None:
    silence = dataclasses.replace(sung(1.0), samples=np.zeros((1, 44_100), np.float32))
    assert np.isfinite(mel_spectrogram(silence)).all()
