from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chord_song import RATE, make_song, play

from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation import onsets


def test_onsets_on_beats_and_swung_off_beats_score_1(song: Song) -> None:
    swung = replace(song, swing=0.67)
    assert onsets.alignment(onsets.grid(swung), onsets.grid(swung)) == 1.0


def test_onsets_at_random_score_near_0(song: Song) -> None:
    anywhere = np.sort(np.random.default_rng(0).uniform(0, song.beats[-1], 5_000))
    assert onsets.alignment(anywhere, onsets.grid(song)) == pytest.approx(0.0, abs=0.05)


def test_onsets_between_the_places_score_below_0(song: Song) -> None:
    places = onsets.grid(song)
    assert onsets.alignment(places[:-1] + 0.125, places) < -0.2


def test_a_band_is_heard_on_its_beats_and_not_on_those_of_another_tempo(song: Song) -> None:
    audio = play(song)
    other = replace(song, beats=tuple(0.43 * i for i in range(18)))
    assert onsets.evaluate(audio, RATE, song)["onset_alignment"] > 0.8
    assert onsets.evaluate(audio, RATE, other)["onset_alignment"] < 0.4


def test_silence_warns_and_scores_0(song: Song) -> None:
    with pytest.warns(UserWarning, match="empty"):
        assert onsets.evaluate(np.zeros(RATE * 2), RATE, song) == {"onset_alignment": 0.0}


def test_a_song_without_beats_is_refused() -> None:
    with pytest.raises(ConfigError, match="two or more beats"):
        onsets.validate(replace(make_song(), beats=(0.0,)))
