from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chord_song import make_song

from samuel.evaluation.shuffle import own_and_shuffled


def test_each_song_is_shuffled_with_all_others_and_never_with_itself() -> None:
    songs = [make_song(name=name) for name in "abc"]
    table = np.repeat(np.array([[9.0, 1, 2], [3, 9, 5], [6, 7, 9]])[:, :, None], 3, axis=2)
    own, shuffled = own_and_shuffled(table, songs)
    assert own[:, 0].tolist() == [9, 9, 9]
    assert shuffled[:, 0].tolist() == [1.5, 4, 6.5]


def test_two_excerpts_of_one_song_never_stand_in_for_one_another() -> None:
    songs = [make_song(name="a"), replace(make_song(name="a"), duration=4.0), make_song(name="b")]
    _, shuffled = own_and_shuffled(np.arange(9.0).reshape(3, 3, 1), songs)
    assert shuffled[:, 0] == pytest.approx([2.0, 5.0, 6.5])


def test_a_song_without_another_has_no_shuffled_score() -> None:
    _, shuffled = own_and_shuffled(np.ones((1, 1, 3)), [make_song()])
    assert np.isnan(shuffled).all()
