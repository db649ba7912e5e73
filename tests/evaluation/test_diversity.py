from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation import diversity
from samuel.evaluation.judging import Sound
from samuel.evaluation.shuffle import Heard

FRAMES = 40


def sound(pitch_class: int, timbre: float) -> Sound:
    """Ten seconds of one pitch class, at one place of the space of timbres."""
    chroma = np.zeros((12, FRAMES))
    chroma[pitch_class] = 1.0
    return Sound(Heard(chroma, np.zeros(0), 10.0), np.full((5, 40), timbre))


def test_equal_takes_are_0_apart_and_takes_without_a_common_note_a_little_over_1() -> None:
    same = diversity.evaluate([[sound(0, 1.0), sound(0, 1.0)]], ["a"])
    apart = diversity.evaluate([[sound(0, 1.0), sound(7, 1.0)]], ["a"])
    assert (same["take_distance"], same["take_chroma"]) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert apart["take_chroma"] == pytest.approx(1 + 1 / 11)


def test_the_distance_of_timbre_is_that_of_the_mean_embeddings() -> None:
    found = diversity.evaluate([[sound(0, 0.0), sound(0, 2.0)], [sound(0, 3.0), sound(0, 3.5)]], ["a", "b"])
    unit = np.sqrt(40)
    assert found["take_distance"] == pytest.approx([2 * unit, 0.5 * unit])
    assert found["timbre_distance"] == pytest.approx([2.25 * unit] * 2)  # |0 - 3.5| and |2 - 3|, by other seeds


def test_a_band_that_does_not_listen_differs_as_much_over_vocals_as_over_seeds() -> None:
    deaf = [[sound(0, 0.0), sound(5, 4.0)] for _ in range(3)]
    for interval in diversity.beyond_seeds(diversity.evaluate(deaf, list("abc"))).values():
        assert interval.value == pytest.approx(0.0, abs=1e-12)


def test_excerpts_of_the_same_song_are_not_another_vocal() -> None:
    found = diversity.evaluate([[sound(0, 0.0)], [sound(0, 9.0)], [sound(7, 1.0)]], ["a", "a", "b"])
    assert found["timbre_distance"][0] == pytest.approx(np.sqrt(40))
    assert found["chroma_distance"] == pytest.approx([1 + 1 / 11] * 3)
    assert np.isnan(diversity.evaluate([[sound(0, 0.0)]], ["a"])["timbre_distance"]).all()


def test_other_vocals_change_more_than_other_seeds_by_the_difference() -> None:
    spread = diversity.evaluate([[sound(k, 0.0), sound(k, 1.0)] for k in range(4)], list("abcd"))
    found = diversity.beyond_seeds(spread)
    assert found["chroma: vocals beyond seeds"].value == pytest.approx(1 + 1 / 11)
    assert found["timbre: vocals beyond seeds"].value == pytest.approx(0.0)
    assert diversity.beyond_seeds(diversity.evaluate([[sound(0, 0.0)], [sound(1, 0.0)]], ["a", "b"])) == {}


def test_silence_beside_silence_warns_and_beside_a_note_is_far() -> None:
    silent, note = np.zeros((12, 4)), diversity.cells(sound(0, 0.0).heard)[:, :4]
    with pytest.warns(UserWarning, match="empty"):
        assert diversity.chroma_distance(silent, silent) == 0.0
    assert diversity.chroma_distance(silent, note) == 1.0


def test_sets_that_do_not_fit_are_refused_and_an_empty_one_says_nothing() -> None:
    with pytest.raises(ConfigError, match="name the song"):
        diversity.evaluate([[sound(0, 0.0)]], ["a", "b"])
    with pytest.raises(ConfigError, match="as many takes"):
        diversity.evaluate([[sound(0, 0.0)], [sound(0, 0.0), sound(1, 0.0)]], ["a", "b"])
    assert diversity.evaluate([], []) == {}
