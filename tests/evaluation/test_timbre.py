from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation import timbre

RATE = 44_100


def test_equal_items_count_as_one_and_unlike_ones_each_for_itself() -> None:
    assert timbre.vendi_score(np.ones((5, 5))) == pytest.approx(1.0)
    assert timbre.vendi_score(np.eye(5)) == pytest.approx(5.0)
    two_kinds = np.kron(np.eye(2), np.ones((3, 3)))
    assert timbre.vendi_score(two_kinds) == pytest.approx(2.0)


def test_the_score_of_clips_far_apart_is_their_number() -> None:
    vectors = 1_000 * np.eye(4, 40)
    assert timbre.vendi_interval(vectors).value == pytest.approx(4.0)
    assert timbre.vendi_interval(np.zeros((4, 40))).high == pytest.approx(1.0)


def test_an_empty_set_warns_and_has_no_diversity() -> None:
    with pytest.warns(UserWarning, match="empty"):
        assert timbre.vendi_score(np.zeros((0, 0))) == 0.0


def test_a_kernel_without_ones_on_its_diagonal_is_refused() -> None:
    with pytest.raises(ConfigError, match="diagonal"):
        timbre.vendi_score(np.full((2, 2), 0.5))


def test_the_mean_distance_to_others_is_right_and_unknown_for_one() -> None:
    assert timbre.distance_to_others(np.array([[0.0], [1.0], [3.0]])) == pytest.approx([2.0, 1.5, 2.5])
    assert np.isnan(timbre.distance_to_others(np.zeros((1, 40)))).all()


def test_a_change_of_gain_rate_or_channels_changes_the_embedding_little() -> None:
    rng = np.random.default_rng(0)
    noise = np.cumsum(rng.standard_normal(RATE * 3)) * 1e-3
    first = timbre.embed(noise, RATE)
    assert first.shape == (4, 40) or first.shape == (5, 40)
    assert timbre.embed(np.stack([noise, noise]) / 10, RATE) == pytest.approx(first, abs=1e-2)


def test_a_tone_is_far_from_noise() -> None:
    time = np.arange(RATE * 2) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 220 * time)
    noises = [0.1 * np.random.default_rng(seed).standard_normal(len(time)) for seed in (0, 1)]
    vectors = np.stack([timbre.clip_vector(timbre.embed(audio, RATE)) for audio in (tone, *noises)])
    apart = timbre.distances(vectors)
    assert apart[0, 1] > 20 * apart[1, 2]
