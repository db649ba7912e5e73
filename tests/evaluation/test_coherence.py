from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samuel.audio import Waveform, integrated_loudness, write_audio
from samuel.errors import ConfigError
from samuel.evaluation import coherence, evaluate_set
from samuel.evaluation.coherence import Mixtures
from samuel.evaluation.frechet import Gaussian
from samuel.evaluation.harmony import chroma
from samuel.evaluation.pairs import Pair


def at(place: float) -> Gaussian:
    """A Gaussian of two dimensions somewhere on a line."""
    return Gaussian(np.array([place, 0.0]), np.eye(2))


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (0.0, 1.0),  # as the real bands
        (10.0, 0.0),  # as those of other songs
        (5.0, 0.5),
        (4.0, 0.5 + (36 - 16) / 200),
        (-3.0, 1.0),  # beyond the real bands: the difference is its own denominator
    ],
)
def test_adherence_is_that_of_the_papers_formula(place: float, expected: float) -> None:
    assert coherence.adherence(at(place), at(0.0), at(10.0)) == pytest.approx(expected)


def test_real_bands_that_cannot_be_told_from_others_warn() -> None:
    with pytest.warns(UserWarning, match="guess"):
        assert coherence.adherence(at(0.0), at(0.0), at(0.0)) == 0.5


def test_the_interval_is_over_clips_and_narrow_where_they_agree() -> None:
    rng = np.random.default_rng(0)

    def clip(shift: float) -> Mixtures:
        noise = rng.standard_normal((3, 20, 2))
        return Mixtures(noise[0] + shift, noise[1], noise[2] + 10.0)

    found = coherence.evaluate([clip(4.0) for _ in range(10)])
    assert found.value == pytest.approx(0.6, abs=0.05)
    assert found.low < found.value < found.high < found.low + 0.2


def test_embeddings_of_two_spaces_are_refused() -> None:
    one, two = (Mixtures(*(np.zeros((4, width)),) * 3) for width in (2, 3))
    with pytest.raises(ConfigError, match="2 kinds"):
        coherence.evaluate([one, two])


def test_voice_and_band_are_equally_loud_in_the_mixture(pairs: list[Pair]) -> None:
    vocal, band = pairs[0].vocal(), pairs[0].accompaniment()
    softer = Waveform(band.samples * np.float32(0.3), band.sample_rate)
    expected = coherence.mixture(vocal, band).samples
    assert coherence.mixture(vocal, softer).samples == pytest.approx(expected, abs=1e-3)
    assert integrated_loudness(Waveform(expected, 44_100)) == pytest.approx(coherence.LOUDNESS + 3, abs=1.5)


def test_a_set_that_is_the_real_bands_adheres_and_one_of_other_songs_does_not(
    tmp_path: Path, short_pairs: list[Pair]
) -> None:
    def hears_chords(audio: np.ndarray, sample_rate: int) -> np.ndarray:
        return np.asarray(chroma(audio, sample_rate)[:, ::8].T)

    for folder, shift in (("own", 0), ("other", 1)):
        (tmp_path / folder).mkdir()
        for index, pair in enumerate(short_pairs):
            write_audio(tmp_path / folder / f"{pair.identifier}.flac", short_pairs[(index + shift) % 2].accompaniment())
    own, other = (
        evaluate_set(tmp_path / folder, short_pairs, embed=hears_chords).summary["adherence"].value
        for folder in ("own", "other")
    )
    assert own == pytest.approx(1.0, abs=1e-6)
    assert other < 0.2
    assert "adherence" not in evaluate_set(tmp_path / "own", short_pairs[:1], embed=hears_chords).summary
