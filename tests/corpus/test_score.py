import numpy as np
import pytest

from samuel.corpus.score import TempoMap, draw_tempo_map


def test_beats_fall_on_the_sums_of_their_periods() -> None:
    tempo_map = TempoMap((0.5, 0.6, 0.4), swing=0.6)
    assert [tempo_map.seconds(beat) for beat in range(4)] == pytest.approx([0, 0.5, 1.1, 1.5])


def test_swing_moves_the_offbeat_and_leaves_the_beats() -> None:
    tempo_map = TempoMap((0.6, 0.6), swing=2 / 3)
    assert tempo_map.seconds(0.5) == pytest.approx(0.4)
    assert tempo_map.seconds(1.5) == pytest.approx(1.0)


def test_straight_time_is_linear_within_a_beat() -> None:
    tempo_map = TempoMap((0.6,))
    assert [tempo_map.seconds(k / 3) for k in range(4)] == pytest.approx([0, 0.2, 0.4, 0.6])


@pytest.mark.parametrize("seed", range(8))
def test_time_never_runs_back_and_the_tempo_stays_near_what_was_asked(seed: int) -> None:
    tempo_map = draw_tempo_map(64, 120, 0.62, np.random.default_rng(seed))
    times = [tempo_map.seconds(beat) for beat in np.arange(0, 64.01, 0.25)]
    assert np.all(np.diff(times) > 0)
    assert 60 * 64 / times[-1] == pytest.approx(120, rel=0.05)
