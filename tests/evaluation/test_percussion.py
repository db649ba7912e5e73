from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT, get_window

from samuel.evaluation import percussion

RATE = 44_100


def hits(decay: float, floor: float = 0.0) -> np.ndarray:
    """Four seconds of noise bursts, two a second, that decay within so many seconds, over a steady noise."""
    rng = np.random.default_rng(0)
    time = np.arange(RATE * 4) / RATE
    return (np.exp(-((time + 0.25) % 0.5) / decay) + floor) * rng.standard_normal(len(time)) * 0.1


def test_hits_are_sharper_than_hits_in_a_wash_of_noise_and_those_than_noise() -> None:
    clean, washed, noise = (percussion.evaluate(hits(0.03, floor), RATE) for floor in (0.0, 0.3, 50.0))
    for name in ("attack_db", "crest_db"):
        assert clean[name] > washed[name] + 5 > noise[name] + 10


def test_a_smeared_attack_is_less_sharp() -> None:
    sharp = hits(0.05)
    kernel = np.hanning(4_410)
    envelope = np.convolve(np.abs(sharp), kernel / kernel.sum(), mode="same")
    smeared = envelope * np.random.default_rng(1).standard_normal(len(sharp))
    assert percussion.evaluate(sharp, RATE)["attack_db"] > percussion.evaluate(smeared, RATE)["attack_db"] + 5


def test_the_level_does_not_matter() -> None:
    loud, soft = (percussion.evaluate(gain * hits(0.05), RATE) for gain in (1.0, 0.01))
    assert soft == pytest.approx(loud, abs=0.01)


def test_silence_warns_and_has_no_hits() -> None:
    with pytest.warns(UserWarning, match="empty"):
        assert percussion.evaluate(np.zeros(RATE * 2), RATE) == {"attack_db": 0.0, "crest_db": 0.0}


def test_the_level_of_the_high_band_is_that_of_scipys_transform() -> None:
    audio = hits(0.05).astype(np.float32)
    transform = ShortTimeFFT(get_window("hann", percussion.WINDOW), percussion.HOP, RATE)
    inside = (transform.f >= percussion.LOW) & (transform.f <= percussion.HIGH)
    power = (np.abs(transform.stft(audio)) ** 2)[inside].mean(axis=0)
    level = percussion.high_band_level(audio, RATE)
    expected = np.maximum(10 * np.log10(power / power.max()) + percussion.RANGE_DB, 0.0)
    shared = min(len(level), len(expected))
    assert shared > 1_300
    assert level[:shared] == pytest.approx(expected[:shared], abs=1e-3)
