from __future__ import annotations

import mir_eval
import numpy as np
import pytest
from chord_song import RATE, play

from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation import rhythm

TRUTH = np.arange(0.5, 20.5, 0.5)  # 40 beats


def test_a_perfect_match_scores_1() -> None:
    assert rhythm.compare(TRUTH, TRUTH) == pytest.approx({"beat_f1": 1.0, "beat_amlt": 1.0, "tempo_ratio": 1.0})


@pytest.mark.parametrize(("shift", "expected"), [(0.069, 1.0), (0.071, 0.0), (-0.069, 1.0)])
def test_the_window_is_70_ms(shift: float, expected: float) -> None:
    assert rhythm.f_measure(TRUTH, TRUTH + shift) == pytest.approx(expected)


def test_half_the_beats_have_an_f_measure_of_two_thirds_and_full_continuity() -> None:
    assert rhythm.f_measure(TRUTH, TRUTH[::2]) == pytest.approx(2 / 3)
    assert rhythm.continuity_any_level(TRUTH, TRUTH[::2]) == pytest.approx(1.0)


def test_the_off_beat_costs_the_f_measure_but_not_the_continuity() -> None:
    off_beats = TRUTH[:-1] + 0.25
    assert rhythm.f_measure(TRUTH, off_beats) == 0
    assert rhythm.continuity_any_level(TRUTH, off_beats) == pytest.approx(1.0)


def test_figures_are_those_of_mir_eval() -> None:
    estimate = np.sort(np.random.default_rng(0).choice(TRUTH, 25, replace=False) + 0.03)
    assert rhythm.f_measure(TRUTH, estimate) == mir_eval.beat.f_measure(TRUTH, estimate)
    assert rhythm.continuity_any_level(TRUTH, estimate) == mir_eval.beat.continuity(TRUTH, estimate)[3]


def test_clicks_are_tracked(song: Song) -> None:
    metrics = rhythm.evaluate(play(song), RATE, np.asarray(song.beats))
    assert metrics["beat_f1"] > 0.9
    assert metrics["tempo_ratio"] == pytest.approx(1.0, abs=0.05)


def test_silence_has_no_beats() -> None:
    assert len(rhythm.track_beats(np.zeros(RATE * 4, np.float32), RATE)) == 0


def test_empty_lists_warn_and_score_0() -> None:
    with pytest.warns(UserWarning, match="estimated beats is empty"):
        assert rhythm.f_measure(TRUTH, np.zeros(0)) == 0
    with pytest.warns(UserWarning, match="true beats is empty"):
        assert rhythm.continuity_any_level(np.zeros(0), TRUTH) == 0


@pytest.mark.parametrize("beats", [np.array([2.0, 1.0]), np.array([-1.0, 1.0]), np.array([np.nan]), np.ones((2, 2))])
def test_times_out_of_order_negative_or_missing_are_refused(beats: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="estimated beats"):
        rhythm.f_measure(TRUTH, beats)


def test_an_unknown_tracker_is_refused() -> None:
    with pytest.raises(ConfigError, match="tracker"):
        rhythm.track_beats(np.zeros(RATE * 2), RATE, "ear")  # type: ignore[arg-type]


@pytest.mark.parametrize(("ratio", "error"), [(1.0, 0.0), (2.0, 0.0), (0.5, 0.0), (1.5, 0.415), (2**0.5, 0.5)])
def test_the_tempo_error_is_folded_to_half_an_octave(ratio: float, error: float) -> None:
    truth = np.arange(20) * 0.5
    assert rhythm.tempo_error(truth, truth / ratio) == pytest.approx(error, abs=1e-3)
    assert rhythm.tempo_error(truth, np.zeros(0)) == 0.5
