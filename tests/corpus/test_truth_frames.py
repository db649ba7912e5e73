"""Chords change in the frame where they change."""

import numpy as np

from samuel.config import FRAME_RATE
from samuel.corpus.truth import frame_truth


def test_each_frame_carries_the_chord_that_sounds_at_its_centre(small_song):
    truth = frame_truth(small_song, int(small_song.duration * FRAME_RATE))
    for frame in range(truth.shape[1]):
        centre = (frame + 0.5) / FRAME_RATE
        chord = next(chord for chord in small_song.chords if chord.start <= centre < chord.end)
        assert set(np.flatnonzero(truth[:12, frame])) == set(chord.pitch_classes)
        assert np.flatnonzero(truth[12:24, frame]).tolist() == [chord.bass]
