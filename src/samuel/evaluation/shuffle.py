"""What one listens for in audio, and the table of every audio against every song, on which shuffling rests.

The score of a shuffled pair is the mean over all other songs, not over one random derangement: the same for every
run, and of less variance. Excerpts of the same song never stand in for one another.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from samuel.audio.waveform import Waveform
from samuel.corpus.song import Song
from samuel.evaluation import harmony, rhythm


@dataclass(frozen=True)
class Heard:
    """The chroma (12, frames) and beats (s) of one audio of `duration` seconds."""

    chroma: np.ndarray
    beats: np.ndarray
    duration: float


@dataclass(frozen=True)
class Match:
    """How well audio fits a song: its chords (mean cosine) and its beats (F-measure and AMLt)."""

    chords: float
    beat_f1: float
    beat_amlt: float


def hear(audio: Waveform, tracker: rhythm.Tracker | None = "librosa") -> Heard:
    """Chroma and beats of a waveform; without its beats where there is no tracker."""
    frames = harmony.chroma(audio.samples, audio.sample_rate)
    beats = rhythm.track_beats(audio.samples, audio.sample_rate, tracker) if tracker else np.zeros(0)
    return Heard(frames, beats, audio.seconds)


def match(heard: Heard, song: Song) -> Match:
    """The fit of audio to a song, over the time that both last. Silence fits nothing and scores 0."""
    end = min(heard.duration, song.duration)
    truth = np.asarray(song.beats)
    truth, beats = truth[truth < end], heard.beats[heard.beats < end]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a silent output is a score of 0 here, not an accident
        return Match(
            harmony.chord_match(heard.chroma, song),
            rhythm.f_measure(truth, beats),
            rhythm.continuity_any_level(truth, beats),
        )


def match_table(heard: Sequence[Heard], songs: Sequence[Song]) -> np.ndarray:
    """(songs, audios, 3): chords, beat F-measure and AMLt of every audio against every song."""
    return np.array([[_values(match(one, song)) for one in heard] for song in songs]).reshape(len(songs), len(heard), 3)


def own_and_shuffled(table: np.ndarray, songs: Sequence[Song]) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (songs, 3): the fit of each song's own audio, and the mean fit of the audio of all other songs.

    `table` is (songs, songs, 3), audio i being that of song i. A song without another is NaN.
    """
    names = np.array([song.identifier for song in songs])
    other = names[:, None] != names[None, :]
    counts = other.sum(axis=1)[:, None]
    sums = np.where(other[:, :, None], table, 0.0).sum(axis=1)
    own = np.einsum("iik->ik", table)
    return own, np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _values(found: Match) -> tuple[float, float, float]:
    return found.chords, found.beat_f1, found.beat_amlt
