"""What is musically true in each latent frame: chord, bass, beat, downbeat and key, as the listener shall hear them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from samuel.config import FRAME_RATE, PLAN_CHANNELS
from samuel.corpus.song import Song
from samuel.features.beats import pulses

TRUTH_CHANNELS = PLAN_CHANNELS + 1  # the plan and the key


def frame_truth(song: Song, frames: int) -> NDArray[np.float32]:
    """(27, t): 12 chord pitch classes (0/1), 12 bass (one-hot), beat and downbeat (0..1), key (tonic, +12 if minor).

    A beat between two frame centres is shared by them in proportion to its nearness.
    """
    truth = np.zeros((TRUTH_CHANNELS, frames), np.float32)
    for chord in song.chords:
        span = slice(round(chord.start * FRAME_RATE), round(chord.end * FRAME_RATE))
        truth[list(chord.pitch_classes), span] = 1.0
        truth[12 + chord.bass, span] = 1.0
    truth[24] = pulses(song.beats, frames)
    truth[25] = pulses(song.downbeats, frames)
    truth[26] = song.tonic + 12 * (song.mode == "minor")
    return truth
