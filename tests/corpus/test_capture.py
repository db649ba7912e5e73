"""Microphones: each keeps length and time, and none invents a voice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate

from samuel.config import SAMPLE_RATE
from samuel.corpus.capture import CHAINS, capture, capture_by


def voice() -> np.ndarray:
    """Half a second of silence, half a second of a tone with overtones, and silence again."""
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 20)) * np.hanning(len(time))
    quiet = np.zeros(SAMPLE_RATE // 2)
    return (0.2 * np.concatenate([quiet, tone, quiet])).astype(np.float32)


def hiss() -> np.ndarray:
    """A consonant: noise for a tenth of a second."""
    burst = np.zeros(3 * (SAMPLE_RATE // 2), np.float32)
    burst[20_000:24_000] = np.random.default_rng(0).standard_normal(4_000)
    return burst


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("seed", range(3))
def test_every_chain_keeps_length_time_and_headroom(name: str, seed: int) -> None:
    vocal = 0.1 * hiss()
    taken = capture_by(name, vocal, np.random.default_rng(seed))
    assert taken.shape == vocal.shape
    assert taken.dtype == np.float32
    assert np.abs(taken).max() < 1
    delay = np.argmax(correlate(taken, vocal)) - (len(vocal) - 1)
    assert abs(delay) <= SAMPLE_RATE // 1000


@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_keeps_the_voice_well_above_the_noise(name: str) -> None:
    for seed in range(3):
        taken = capture_by(name, voice(), np.random.default_rng(seed))
        loud, quiet = (np.sqrt(np.mean(part**2)) for part in (taken[30_000:36_000], taken[:20_000]))
        assert 20 * np.log10(loud / max(quiet, 1e-9)) > 15


def test_equal_seeds_give_equal_samples() -> None:
    first, second = (capture(voice(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", CHAINS)
def test_silence_stays_quiet(name: str) -> None:
    taken = capture_by(name, np.zeros(SAMPLE_RATE, np.float32), np.random.default_rng(0))
    assert np.isfinite(taken).all()
    assert np.abs(taken).max() < 0.05


def test_the_shares_of_the_chains_add_up_to_one() -> None:
    assert sum(share for share, _ in CHAINS.values()) == pytest.approx(1)
