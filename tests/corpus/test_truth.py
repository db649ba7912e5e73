"""The truth per frame says what the song says."""

import numpy as np

from samuel.config import FRAME_RATE
from samuel.corpus.truth import TRUTH_CHANNELS, frame_truth
from samuel.features.beats import pulses


def test_every_frame_carries_its_chord_and_one_bass(small_song):
    frames = int(small_song.duration * FRAME_RATE)
    truth = frame_truth(small_song, frames)
    assert truth.shape == (TRUTH_CHANNELS, frames)
    assert (truth[12:24].sum(0) == 1).all()
    for chord in small_song.chords:
        middle = int((chord.start + chord.end) / 2 * FRAME_RATE)
        assert set(np.flatnonzero(truth[:12, middle])) == set(chord.pitch_classes)
        assert truth[12 + chord.bass, middle] == 1


def test_beats_can_be_read_back_from_the_pulses(small_song):
    row = frame_truth(small_song, int(small_song.duration * FRAME_RATE))[24]
    for beat in small_song.beats[1:]:
        position = beat * FRAME_RATE - 0.5
        near = np.arange(int(position), int(position) + 2)
        assert abs((row[near] * near).sum() / row[near].sum() - position) < 1e-3


def test_downbeats_are_beats(small_song):
    truth = frame_truth(small_song, int(small_song.duration * FRAME_RATE))
    assert (truth[25] <= truth[24]).all()
    assert 0 < truth[25].sum() < truth[24].sum()


def test_the_key_is_the_tonic_and_twelve_more_in_minor(small_song):
    from dataclasses import replace

    assert frame_truth(small_song, 4)[26, 0] == small_song.tonic
    assert frame_truth(replace(small_song, tonic=9, mode="minor"), 4)[26, 0] == 21


def test_a_pulse_in_the_middle_of_a_frame_is_that_frame_alone():
    assert pulses((2.5 / FRAME_RATE,), 5).tolist() == [0, 0, 1, 0, 0]
