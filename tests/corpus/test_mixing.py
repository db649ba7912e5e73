"""The master."""

from __future__ import annotations

import numpy as np
import pytest

from samuel.audio.loudness import integrated_loudness
from samuel.audio.waveform import Waveform
from samuel.corpus.mixing import CEILING, KNEE, mix_stems, soft_clip
from samuel.corpus.song import STEMS, Stem

pytest.importorskip("pedalboard", exc_type=ImportError)  # it needs libatomic1 of the system


def bursts(seconds: float = 3.0) -> dict[Stem, np.ndarray]:
    """Noise that decays twice a second, another for each stem."""
    n = round(seconds * 44_100)
    envelope = np.exp(-8 * (np.arange(n) / 44_100 % 0.5))
    rng = np.random.default_rng(0)
    return {stem: (0.05 * envelope * rng.standard_normal((2, n))).astype(np.float32) for stem in STEMS}


@pytest.mark.parametrize("seed", range(4))
def test_the_master_is_loud_enough_and_does_not_clip(seed: int) -> None:
    master = mix_stems(bursts(), np.random.default_rng(seed))
    assert master.shape == (2, 3 * 44_100)
    assert master.dtype == np.float32
    assert -17 <= integrated_loudness(Waveform(master, 44_100)) <= -11
    assert np.abs(master).max() <= 10 ** (-0.3 / 20)


def test_the_same_seed_gives_the_same_master_and_another_another() -> None:
    first, again, other = (mix_stems(bursts(1.0), np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - other).max() > 0.01


def test_the_mix_does_not_depend_on_the_level_of_the_stems() -> None:
    stems = bursts(1.0)
    quiet = {name: np.float32(0.25) * stem for name, stem in stems.items()}
    np.testing.assert_allclose(
        mix_stems(quiet, np.random.default_rng(0)), mix_stems(stems, np.random.default_rng(0)), atol=1e-4
    )


def test_silence_stays_silent() -> None:
    silence: dict[Stem, np.ndarray] = {stem: np.zeros((2, 44_100), np.float32) for stem in STEMS}
    assert not mix_stems(silence, np.random.default_rng(0)).any()


def test_soft_clipping_keeps_small_samples_keeps_order_and_keeps_under_the_ceiling() -> None:
    ramp = np.linspace(-4, 4, 2001, dtype=np.float32)[None]
    bent = soft_clip(ramp)
    small = np.abs(ramp) <= KNEE
    np.testing.assert_array_equal(bent[small], ramp[small])
    assert (np.diff(bent) >= 0).all()
    assert np.abs(bent).max() <= np.float32(CEILING)
