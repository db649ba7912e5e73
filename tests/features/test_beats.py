"""Beats from onsets: a metronome is found, gaps are bridged, silence has none."""

import numpy as np
import pytest

from samuel.config import FRAME_RATE
from samuel.features.beats import RATE, Told, pulses, track_beats


def clicks(
    beats_per_minute: float, seconds: float = 30.0, first: float = 0.4, jitter: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Features (20, t) with an onset on every beat, and the beats' times beside them."""
    rng = np.random.default_rng(0)
    times = np.arange(first, seconds - 0.1, 60 / beats_per_minute)
    times = times + jitter * rng.standard_normal(len(times))
    frames = int(seconds * FRAME_RATE)
    onsets = np.zeros(4 * frames)
    onsets[(times * RATE).astype(int)] = rng.uniform(0.4, 1.0, len(times))
    features = np.zeros((20, frames), np.float32)
    features[16:] = onsets.reshape(frames, 4).T
    return features, times


@pytest.mark.parametrize("beats_per_minute", [66.0, 84.0, 100.0, 127.0])
def test_a_metronome_is_found_within_a_frame(beats_per_minute):
    features, times = clicks(beats_per_minute, jitter=0.01)
    found = track_beats(features)
    assert len(found) == len(times)
    assert np.abs(found - times).max() < 0.05


def test_beats_that_nobody_sings_are_filled_in():
    features, times = clicks(100.0)
    silent = (times > 12) & (times < 14)
    for time in times[silent]:
        features[16:, int(time * FRAME_RATE)] = 0
    found = track_beats(features)
    assert silent.sum() >= 3
    for time in times[silent]:
        assert np.abs(found - time).min() < 0.07


def test_a_louder_off_beat_now_and_then_does_not_shift_the_beat():
    features, times = clicks(90.0)
    for time in times[::8]:
        features[16, int((time + 1 / 3) * FRAME_RATE)] = 1.0
    assert np.abs(track_beats(features) - times).max() < 0.07


@pytest.mark.parametrize("frames", [0, 1, 20, 400])
def test_silence_has_no_beats(frames):
    assert len(track_beats(np.zeros((20, frames), np.float32))) == 0


def test_a_pulse_between_two_frames_is_shared_by_nearness():
    row = pulses((10.25 / FRAME_RATE,), 20)  # a quarter frame before frame 9 ends and 10 begins: centres 9.5 and 10.5
    np.testing.assert_allclose(row[[9, 10]], [0.25, 0.75], atol=1e-6)
    assert row.sum() == pytest.approx(1.0)


def test_where_the_voice_sets_in_counts_like_an_onset():
    features, times = clicks(100.0)
    features[16:] = 0
    features[13] = 1.0
    for time in times:
        features[13, int(time * FRAME_RATE) - 4 : int(time * FRAME_RATE)] = 0.0  # breath before each note
    assert np.abs(track_beats(features) - times).max() < 0.07


@pytest.mark.parametrize(("told", "apart"), [(100.0, 1), (50.0, 2)])
def test_a_tempo_that_is_told_decides_between_one_and_its_half(told, apart):
    features, times = clicks(100.0)
    found = track_beats(features, told=Told(told))
    assert np.median(np.diff(found)) == pytest.approx(0.6 * apart, abs=0.02)
    assert max(np.abs(times - time).min() for time in found) < 0.07


@pytest.mark.parametrize("told", [50.0, 83.0, 94.0, 142.0, 210.0])
def test_a_tempo_that_is_told_is_kept_where_the_voice_repeats_at_another_or_at_none(told):
    features = np.zeros((20, 640), np.float32)
    features[16, [100, 103, 260, 267, 411, 600]] = 1.0  # no two distances alike
    for sung in (features, clicks(117.0)[0]):
        found = track_beats(sung, told=Told(told))
        assert 60 * (len(found) - 1) / (found[-1] - found[0]) == pytest.approx(told, rel=0.03)


def test_evidence_decides_between_two_phases():
    features, times = clicks(200.0, first=0.3)  # beats of 100 a minute, and as many between them
    for wanted in (times[::2], times[1::2]):
        evidence = pulses(wanted, features.shape[1]).astype(float)
        found = track_beats(features, 2 * (evidence - evidence.mean()) / evidence.std())
        assert len(found) == len(wanted)
        assert np.abs(found - wanted).max() < 0.07


def test_evidence_for_another_tempo_does_not_outvote_what_the_voice_repeats():
    features, _ = clicks(84.0)
    _, others = clicks(127.0)
    evidence = pulses(others, features.shape[1]).astype(np.float64)
    evidence = 1.5 * (evidence - evidence.mean()) / evidence.std()
    found = track_beats(features, evidence)
    assert np.median(np.diff(found)) == pytest.approx(60 / 84, abs=0.03)


@pytest.mark.parametrize("evidence", [np.zeros(5), np.full(645, np.nan)])
def test_evidence_that_does_not_fit_is_refused(evidence):
    features, _ = clicks(100.0)
    with pytest.raises(ValueError, match=r"evidence \(\d+,\) must be finite and \(645,\)"):
        track_beats(features, evidence)


def test_beats_go_on_to_the_ends_of_the_song():
    features, _ = clicks(90.0, first=6.4)
    features[16:, 500:] = 0  # the last eight seconds are silent as well
    found = track_beats(features)
    wanted = np.arange(6.4 % (60 / 90), features.shape[1] / FRAME_RATE, 60 / 90)
    assert len(found) == len(wanted)
    assert np.abs(found - wanted).max() < 0.07
    assert found[0] >= 0


def sixteenths(beats_per_minute: float, seed: int, seconds: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """Features (20, t) with onsets on two sixteenths of five, whichever they are, and the beats' times."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * FRAME_RATE)
    places = np.arange(0.4, seconds - 0.3, 15 / beats_per_minute)
    places = places[rng.random(len(places)) < 0.4]
    onsets = np.zeros(4 * frames)
    onsets[(places * RATE).astype(int)] = rng.uniform(0.4, 1.0, len(places))
    features = np.zeros((20, frames), np.float32)
    features[16:] = onsets.reshape(frames, 4).T
    return features, np.arange(0.4, seconds - 0.1, 60 / beats_per_minute)


def test_told_changes_of_chord_decide_between_two_phases():
    features, times = clicks(200.0, first=0.3)
    for wanted in (times[::2], times[1::2]):
        found = track_beats(features, told=Told(changes=tuple(wanted[::4])))
        assert np.abs(found[1:-1, None] - wanted[None, :]).min(axis=1).max() < 0.07
        assert np.median(np.diff(found)) == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("seed", [1, 4, 7])
def test_told_changes_of_chord_decide_between_two_tempi_where_the_voice_is_unsure(seed):
    features, times = sixteenths(90.0, seed)
    untold, told = track_beats(features), track_beats(features, told=Told(changes=tuple(times[::4])))
    assert np.median(np.diff(untold)) != pytest.approx(60 / 90, rel=0.05)
    assert np.median(np.diff(told)) == pytest.approx(60 / 90, rel=0.04)


def test_long_chords_do_not_halve_the_tempo_of_a_voice_that_is_sure():
    features, times = clicks(150.0)
    found = track_beats(features, told=Told(changes=tuple(times[::8])))
    assert np.median(np.diff(found)) == pytest.approx(60 / 150, rel=0.03)


@pytest.mark.parametrize("late", [0.1, 0.2, 1 / 3])
def test_every_other_change_of_chord_off_the_beat_does_not_shift_the_beat(late):
    features, times = clicks(90.0)
    changes = times[::4].copy()
    changes[1::2] += late
    found = track_beats(features, told=Told(changes=tuple(changes)))
    assert np.abs(found[:, None] - times[None, :]).min(axis=1).max() < 0.07


@pytest.mark.parametrize("late", [0.0, 0.2, 0.4])
def test_a_beat_is_where_a_downbeat_is_told_whatever_is_sung(late):
    features, times = clicks(100.0)
    found = track_beats(features, told=Told(100.0, downbeat=times[7] + late))
    assert np.abs(found - times[7] - late).min() < 0.02


def test_a_told_downbeat_decides_between_two_phases_of_equal_strength():
    features, times = clicks(200.0, first=0.3)
    features[16:][features[16:] > 0] = 1.0
    for wanted in (times[::2], times[1::2]):
        found = track_beats(features, told=Told(100.0, downbeat=wanted[20]))
        near = np.abs(found[:, None] - wanted[None, :]).min(axis=1)
        assert (near < 0.07).mean() > 0.9


@pytest.mark.parametrize("outside", [-3.0, 30.1, 1e6])
def test_what_is_told_of_a_place_beyond_the_song_changes_nothing(outside):
    features, _ = clicks(100.0)
    for told in (Told(changes=(outside,)), Told(downbeat=outside)):
        np.testing.assert_array_equal(track_beats(features, told=told), track_beats(features))


@pytest.mark.parametrize(("downbeat", "count"), [(0.05, 3), (1.0, 2), (2.9, 3)])
def test_a_song_of_three_seconds_has_all_its_beats(downbeat, count):
    features = np.zeros((20, 65), np.float32)
    features[16, [10, 30]] = 1.0
    found = track_beats(features, told=Told(50.0, downbeat))
    assert len(found) == count
    assert np.abs(found - downbeat).min() < 0.02
