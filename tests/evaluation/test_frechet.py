from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation import frechet
from samuel.evaluation.frechet import Gaussian

RNG = np.random.default_rng


def test_equal_gaussians_are_0_apart() -> None:
    covariance = np.cov(RNG(0).standard_normal((50, 6)), rowvar=False)
    one = Gaussian(np.arange(6.0), covariance)
    assert frechet.frechet_distance(one, one) == pytest.approx(0.0, abs=1e-9)


def test_commuting_gaussians_have_the_distance_of_the_closed_form() -> None:
    means = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]])
    deviations = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 0.5]])
    one, other = (Gaussian(m, np.diag(d**2)) for m, d in zip(means, deviations, strict=True))
    expected = ((means[0] - means[1]) ** 2).sum() + ((deviations[0] - deviations[1]) ** 2).sum()
    assert frechet.frechet_distance(one, other) == pytest.approx(expected)


def test_any_two_gaussians_have_the_distance_of_the_matrix_square_root() -> None:
    from scipy.linalg import sqrtm

    first, second = (np.cov(RNG(seed).standard_normal((30, 5)), rowvar=False) for seed in (0, 1))
    expected = np.trace(first + second - 2 * sqrtm(first @ second).real)
    zero = np.zeros(5)
    assert frechet.frechet_distance(Gaussian(zero, first), Gaussian(zero, second)) == pytest.approx(expected)


def test_a_singular_covariance_is_no_trouble() -> None:
    line = Gaussian(np.zeros(2), np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert frechet.frechet_distance(line, Gaussian(np.zeros(2), np.zeros((2, 2)))) == pytest.approx(2.0)


def test_extrapolation_takes_away_most_of_what_few_samples_add() -> None:
    reference = RNG(0).standard_normal((20_000, 10))
    few = RNG(1).standard_normal((120, 10))  # the true distance is 0
    plain = frechet.frechet_distance(frechet.fit(reference), frechet.fit(few))
    found = [frechet.frechet_infinity(reference, few, RNG(seed)) for seed in range(5)]
    assert abs(float(np.mean(found))) < plain / 2


def test_songs_are_measured_against_the_bands_of_other_songs_alone() -> None:
    bands = [RNG(seed).standard_normal((40, 4)) + 10 * seed for seed in range(2)]
    own, swapped = (
        frechet.song_distances(bands, bands, ["a", "b"]),
        frechet.song_distances(bands, bands[::-1], ["a", "b"]),
    )
    assert own.min() > 300
    assert swapped == pytest.approx([0.0, 0.0], abs=1e-6)
    assert np.isnan(frechet.song_distances(bands, bands, ["a", "a"])).all()


def test_a_set_is_0_from_itself() -> None:
    bands = [RNG(seed).standard_normal((40, 4)) for seed in range(3)]
    assert frechet.set_distance(bands, bands).value == pytest.approx(0.0, abs=1e-9)


def test_windows_all_alike_warn_and_one_window_is_refused() -> None:
    with pytest.warns(UserWarning, match="alike"):
        frechet.fit(np.ones((5, 3)))
    with pytest.raises(ConfigError, match="no covariance"):
        frechet.fit(np.ones((1, 3)))


def test_samples_of_two_known_gaussians_are_as_far_apart_as_the_gaussians() -> None:
    first, second = Gaussian(np.zeros(3), np.diag([1.0, 4.0, 9.0])), Gaussian(np.array([1.0, 2.0, 2.0]), np.eye(3))
    drawn = [
        RNG(seed).multivariate_normal(one.mean, one.covariance, 200_000) for seed, one in enumerate((first, second))
    ]
    assert frechet.frechet_distance(first, second) == pytest.approx(9 + 0 + 1 + 4)
    assert frechet.set_distance(drawn[:1], drawn[1:]).value == pytest.approx(14, rel=0.01)
