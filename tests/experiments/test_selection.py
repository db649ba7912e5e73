"""Which songs an arm gets, and what it sees of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.experiments import Arm, Experiment
from samuel.experiments.catalogue import VOCAL_DENSITY
from samuel.experiments.selection import arm_folder, choose_songs, sung_fractions
from samuel.training.data import read_latents


def test_sung_fractions_are_those_of_the_features(data: Path) -> None:
    assert sung_fractions(data) == pytest.approx({"a": 1.0, "b": 0.6, "c": 0.3}, abs=0.02)


def test_density_arms_have_the_songs_sung_enough_and_equally_many(data: Path) -> None:
    chosen = choose_songs(VOCAL_DENSITY, data)
    assert {name: len(songs) for name, songs in chosen.songs.items()} == {"50 %": 1, "0 %": 1, "75 %": 1}
    assert chosen.songs["75 %"] == ("a",)
    assert chosen.left_out == ("Arm 25 % is left out: its songs are those of arm 0 %; the least sung is so for 30%.",)


def test_smaller_shares_lie_within_larger_ones(data: Path) -> None:
    arms = tuple(Arm(str(n), share=n / 3) for n in (1, 2, 3))
    songs = choose_songs(Experiment("share", "?", arms, "3"), data).songs
    assert len(songs["1"]) == 1
    assert set(songs["1"]) < set(songs["2"]) < set(songs["3"])


def test_data_that_leave_nothing_to_compare_are_refused_with_the_reason(data: Path) -> None:
    arms = (Arm("all"), Arm("dense", least_sung=1.0, share=0.1))
    with pytest.raises(ConfigError, match="Arm dense is left out: the data hold no song sung for 100%"):
        choose_songs(Experiment("share", "?", arms, "all"), data)


def test_a_view_holds_the_chosen_songs_with_the_hidden_part_silent(data: Path, tmp_path: Path) -> None:
    folder = arm_folder(Arm("deaf", hidden=("vocal",)), ("a", "c"), data, tmp_path / "view")
    songs = read_latents(folder, "train", ["vocal", "band"])
    assert [song.identifier for song in songs] == ["a", "c"]
    assert all(not song.arrays["vocal"].any() for song in songs)
    theirs = read_latents(data, "train", ["band"])[0].arrays["band"]
    np.testing.assert_array_equal(songs[0].arrays["band"], theirs)
    assert len(read_latents(folder, "valid", ["vocal"])) == 2


def test_an_arm_that_takes_everything_needs_no_view(data: Path, tmp_path: Path) -> None:
    assert arm_folder(Arm("plain"), ("a", "b", "c"), data, tmp_path / "view") == data
