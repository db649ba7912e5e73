"""Tracked beats in the plan: where the onsets are, downbeats where the listener leans."""

import numpy as np
import pytest
import torch

from samuel.config import FRAME_RATE
from samuel.features.beats import Told
from samuel.model.rhythm import BEAT, DOWNBEAT, downbeat_probabilities, with_tracked_beats


@pytest.mark.parametrize(("metre", "phase"), [(3, 0), (3, 2), (4, 1), (4, 3)])
def test_a_lean_towards_one_phase_of_one_metre_decides(metre, phase):
    rng = np.random.default_rng(1)
    heard = 0.1 + 0.02 * rng.random(48)
    heard[phase::metre] += 0.05
    found = downbeat_probabilities(heard.astype(np.float32), np.arange(48) * 0.5)
    assert (found[phase::metre] > 0.6).all()
    assert np.delete(found, np.arange(phase, 48, metre)).max() < 0.4


def test_without_any_lean_every_beat_may_open_the_bar():
    found = downbeat_probabilities(np.full(24, 0.1, np.float32), np.arange(24) * 0.5)
    assert found.min() > 0.2
    assert found.max() < 0.4


def test_chords_stay_and_beats_fall_on_the_onsets():
    features = torch.zeros(2, 20, 640)
    times = np.arange(0.5, 29, 0.6)
    for time in times:
        features[0, 16, int(time * FRAME_RATE)] = 1.0
    plan = torch.rand(2, 26, 640, generator=torch.Generator().manual_seed(0))
    tracked = with_tracked_beats(plan, features)
    assert torch.equal(tracked[:, :BEAT], plan[:, :BEAT])
    places = (times * FRAME_RATE).astype(int)
    for place in places[1:-1]:
        assert tracked[0, BEAT, place - 1 : place + 2].sum() > 0.9
    assert tracked[0, BEAT].sum() < len(times) + 2
    assert (tracked[0, DOWNBEAT] <= tracked[0, BEAT] + 1e-6).all()
    assert torch.equal(tracked[1, BEAT:], torch.zeros(2, 640))  # nobody sings there


@pytest.mark.parametrize("tempo", [72.0, 144.0])
def test_a_tempo_that_the_singer_tells_decides_between_one_and_its_double(tempo):
    features = torch.zeros(1, 20, 640)
    for time in np.arange(0.5, 29, 60 / 144):
        features[0, 16, int(time * FRAME_RATE)] = 1.0
    plan = torch.full((1, 26, 640), 0.1)
    beats = with_tracked_beats(plan, features, Told(tempo))[0, BEAT]
    assert beats.sum() == pytest.approx(640 / FRAME_RATE * tempo / 60, abs=2)


def test_what_the_listener_leans_to_decides_between_two_phases_of_a_tempo():
    features, plan = torch.zeros(1, 20, 640), torch.full((1, 26, 640), 0.1)
    strong, leaned = np.arange(0.5, 29, 0.8), np.arange(0.9, 29, 0.8)
    features[0, 16, (strong * FRAME_RATE).astype(int)] = 1.0
    features[0, 16, (leaned * FRAME_RATE).astype(int)] = 0.6
    plan[0, BEAT, (leaned * FRAME_RATE).astype(int)] = 0.15
    beats = with_tracked_beats(plan, features, Told(75.0))[0, BEAT].numpy()
    at_leaned, at_strong = (
        sum(beats[place - 1 : place + 2].sum() for place in (times * FRAME_RATE).astype(int))
        for times in (leaned, strong)
    )
    assert at_leaned > 30
    assert at_strong < 3


@pytest.mark.parametrize(("metre", "phase"), [(3, 1), (4, 2)])
def test_told_changes_of_chord_open_bars(metre, phase):
    times = 0.3 + 0.5 * np.arange(36)
    told = Told(changes=tuple(times[phase :: 2 * metre] + 0.06))
    found = downbeat_probabilities(np.full(36, 0.1, np.float32), times, told)
    assert (found[phase::metre] > 0.6).all()
    assert np.delete(found, np.arange(phase, 36, metre)).max() < 0.4


def test_a_told_downbeat_opens_a_bar_against_all_leaning():
    times = 0.3 + 0.5 * np.arange(36)
    heard = np.full(36, 0.1, np.float32)
    heard[::4] = 0.9
    found = downbeat_probabilities(heard, times, Told(downbeat=times[5] + 0.04))
    assert found[5] == pytest.approx(1.0)
    assert found[6] < 0.01  # in neither metre


def test_no_beats_have_no_downbeats():
    assert len(downbeat_probabilities(np.zeros(0, np.float32), np.zeros(0), Told(downbeat=1.0, changes=(1.0,)))) == 0
