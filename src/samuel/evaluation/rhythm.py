"""Does the band keep the song's time? Beats tracked in the audio, against the true beats.

Conventions: beats are times in seconds, in order, not negative. All beats count: mir_eval's own `evaluate` drops the
first five seconds, which would be a fifth of a short clip.

F-measure: a beat is right within 70 ms. AMLt: the share of beats in right runs, of any length, at the true, double or
half tempo or on the off-beat, so that the choice of metrical level costs nothing. Source: Davies, Degara & Plumbley,
"Evaluation Methods for Musical Audio Beat Tracking Algorithms", 2009, computed by mir_eval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np

from samuel.config import require_choice
from samuel.errors import ConfigError
from samuel.evaluation import beatnet
from samuel.evaluation.optional import require
from samuel.evaluation.signals import ANALYSIS_RATE, EMPTY_MESSAGE, analysis_signal
from samuel.evaluation.statistics import normalised_gain

Tracker = Literal["librosa", "beatnet"]
TRACKERS: tuple[Tracker, ...] = ("librosa", "beatnet")
WINDOW = 0.07  # s, either side
AUDIBLE = 1e-4  # -80 dBFS; a tracker hears beats in anything, silence included


def validate(truth: np.ndarray, estimate: np.ndarray) -> None:
    """Raise ConfigError unless both are (n,), finite, not negative and in order; warn where either is empty."""
    for name, beats in (("true", truth), ("estimated", estimate)):
        if beats.ndim != 1 or not np.isfinite(beats).all() or (beats < 0).any() or (np.diff(beats) < 0).any():
            raise ConfigError(
                f"The {name} beats must be times in order, none negative: sort them and leave out the rest."
            )
        if not len(beats):
            warnings.warn(f"The list of {name} beats {EMPTY_MESSAGE}", stacklevel=3)


def track_beats(audio: np.ndarray, sample_rate: int, tracker: Tracker = "librosa") -> np.ndarray:
    """Times (s) of the beats that a tracker hears in audio (n,) or (channels, n); none in silence.

    'librosa' is Ellis's dynamic programming ("Beat Tracking by Dynamic Programming", 2007); 'beatnet' needs two
    packages more.
    """
    require_choice("tracker", tracker, TRACKERS)
    samples = analysis_signal(audio, sample_rate)
    if np.abs(samples).max() < AUDIBLE:
        return np.zeros(0)
    track: dict[Tracker, Callable[[np.ndarray], np.ndarray]]
    track = {"librosa": _track_by_librosa, "beatnet": beatnet.track_beats}
    return track[tracker](samples)


def f_measure(truth: np.ndarray, estimate: np.ndarray, window: float = WINDOW) -> float:
    """Harmonic mean of precision and recall, each estimated beat matched to one true beat within the window (s)."""
    validate(truth, estimate)
    if not len(truth) or not len(estimate):
        return 0.0
    return float(require("mir_eval.beat").f_measure(truth, estimate, f_measure_threshold=window))


def continuity_any_level(truth: np.ndarray, estimate: np.ndarray) -> float:
    """AMLt, 0 to 1; fewer than two beats on either side score 0."""
    validate(truth, estimate)
    if len(truth) < 2 or len(estimate) < 2:
        return 0.0
    return float(require("mir_eval.beat").continuity(truth, estimate)[3])


def tempo_ratio(truth: np.ndarray, estimate: np.ndarray) -> float:
    """Estimated tempo over true tempo, by median intervals; NaN with fewer than two beats on either side."""
    if len(truth) < 2 or len(estimate) < 2:
        return float("nan")
    return float(np.median(np.diff(truth)) / np.median(np.diff(estimate)))


def tempo_error(truth: np.ndarray, estimate: np.ndarray) -> float:
    """Distance of the tempi in octaves, folded: 0 the same, half or double, .5 at most; .5 where there is none."""
    ratio = tempo_ratio(truth, estimate)
    if not np.isfinite(ratio):
        return 0.5
    octaves = abs(float(np.log2(ratio)))
    return abs(octaves - round(octaves))


def rhythm_score(generated: float, real: float, shuffled: float) -> float:
    """(G - S) / (R - S) of any of these measures: 1 as the real band, 0 as a band that plays another song."""
    return normalised_gain(np.array([[generated, real, shuffled]]))


def compare(truth: np.ndarray, estimate: np.ndarray) -> dict[str, float]:
    """All metrics of two lists of beats: 'beat_f1', 'beat_amlt' and 'tempo_ratio'."""
    return {
        "beat_f1": f_measure(truth, estimate),
        "beat_amlt": continuity_any_level(truth, estimate),
        "tempo_ratio": tempo_ratio(truth, estimate),
    }


def evaluate(audio: np.ndarray, sample_rate: int, truth: np.ndarray, tracker: Tracker = "librosa") -> dict[str, float]:
    """All metrics of this family for audio against the true beats (s)."""
    return compare(np.asarray(truth, dtype=np.float64), track_beats(audio, sample_rate, tracker))


def _track_by_librosa(samples: np.ndarray) -> np.ndarray:
    _, beats = require("librosa").beat.beat_track(y=samples, sr=ANALYSIS_RATE, trim=False, units="time")
    return np.asarray(beats, dtype=np.float64)
