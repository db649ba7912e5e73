from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from samuel.errors import AudioError
from samuel.evaluation import fidelity

RATE = 44_100


def noise(seconds: float = 2.0, channels: int = 2, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return level * np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE)))


def test_loudness_is_that_of_pyloudnorm() -> None:
    audio = noise()
    expected = pyloudnorm.Meter(RATE).integrated_loudness(audio.T)
    assert fidelity.loudness(audio, RATE) == pytest.approx(expected, abs=0.01)


def test_mono_is_as_loud_as_the_same_on_both_channels() -> None:
    mono = noise(channels=1)[0]
    assert fidelity.loudness(mono, RATE) == pytest.approx(fidelity.loudness(np.stack([mono, mono]), RATE))


def test_the_width_is_0_for_mono_half_for_independent_channels_and_1_for_opposite_ones() -> None:
    mono = noise(channels=1)[0]
    assert fidelity.stereo_width(np.stack([mono, mono])) == 0
    assert fidelity.stereo_width(noise()) == pytest.approx(0.5, abs=0.02)
    assert fidelity.stereo_width(np.stack([mono, -mono])) == 1


def test_the_bandwidth_of_a_sine_is_its_frequency() -> None:
    sine = np.sin(2 * np.pi * 3_000 * np.arange(RATE * 2) / RATE)
    assert fidelity.bandwidth(sine, RATE) == pytest.approx(3_000, abs=25)


def test_clipping_counts_samples_at_full_scale() -> None:
    audio = np.zeros(RATE)
    audio[:441] = -1.0
    assert fidelity.clipped_share(audio) == pytest.approx(0.01)


def test_a_pause_of_one_second_in_four_is_a_quarter_of_silence() -> None:
    audio = noise(4.0)
    audio[:, RATE : 2 * RATE] = 0
    assert fidelity.silent_share(audio, RATE) == pytest.approx(0.25, abs=0.02)


def test_silence_warns_and_has_the_lowest_of_everything() -> None:
    with pytest.warns(UserWarning, match="empty"):
        values = fidelity.evaluate(np.zeros((2, RATE)), RATE)
    assert values == {
        "loudness_lufs": -70.0, "clipped_share": 0.0, "silent_share": 1.0, "stereo_width": 0.0, "bandwidth_hz": 0.0,
    }  # fmt: skip


def test_audio_that_is_not_finite_is_refused() -> None:
    audio = noise()
    audio[0, 3] = np.nan
    with pytest.raises(AudioError, match="not finite"):
        fidelity.evaluate(audio, RATE)
