"""Do notes begin where the song's beats are?

Conventions: onsets and beats are times in seconds, in order; swing is the place of the off-beat between two beats,
.5 straight, .67 triplets. Onset alignment is 1 where every onset lies on a beat or an off-beat within 40 ms, 0 where
no more do than would by chance, and below 0 where they avoid them.
"""

from __future__ import annotations

import warnings

import numpy as np

from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation.optional import require
from samuel.evaluation.rhythm import AUDIBLE
from samuel.evaluation.signals import ANALYSIS_RATE, EMPTY_MESSAGE, analysis_signal

TOLERANCE = 0.04  # s, either side: half of it is the analysis, whose frames are 23 ms


def validate(song: Song) -> None:
    """Raise ConfigError unless the song has two or more beats."""
    if len(song.beats) < 2:
        raise ConfigError(f"Song {song.identifier} needs two or more beats: check its truth.json.")


def detect_onsets(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Times (s) of the onsets that librosa's spectral flux hears; none in silence."""
    samples = analysis_signal(audio, sample_rate)
    if np.abs(samples).max() < AUDIBLE:
        return np.zeros(0)
    return np.asarray(require("librosa").onset.onset_detect(y=samples, sr=ANALYSIS_RATE, units="time"))


def grid(song: Song) -> np.ndarray:
    """The times of all beats and off-beats, in order."""
    beats = np.asarray(song.beats, dtype=np.float64)
    return np.sort(np.concatenate([beats, beats[:-1] + song.swing * np.diff(beats)]))


def alignment(onsets: np.ndarray, places: np.ndarray, tolerance: float = TOLERANCE) -> float:
    """(share near a place - share expected by chance) / (1 - that), -1 at least; 0, with a warning, without onsets.

    By chance: the part of the time between the first place and the last that lies near one.
    """
    inside = onsets[(onsets >= places[0] - tolerance) & (onsets <= places[-1] + tolerance)]
    if not len(inside):
        warnings.warn("The list of onsets " + EMPTY_MESSAGE, stacklevel=2)
        return 0.0
    share = float((np.abs(inside[:, None] - places[None, :]).min(axis=1) <= tolerance).mean())
    covered = np.minimum(np.diff(places), 2 * tolerance).sum() + 2 * tolerance
    chance = float(covered / (places[-1] - places[0] + 2 * tolerance))
    return max((share - chance) / (1 - chance), -1.0) if chance < 1 else 0.0


def evaluate(audio: np.ndarray, sample_rate: int, song: Song) -> dict[str, float]:
    """All metrics of this family: 'onset_alignment'."""
    validate(song)
    return {"onset_alignment": alignment(detect_onsets(audio, sample_rate), grid(song))}
