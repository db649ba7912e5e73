"""What the listener heard in a recording, as the page draws it: pitch line, chords, beats."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from samuel.audio import Waveform
from samuel.config import FRAME_RATE
from samuel.model.condition import Condition
from samuel.model.rhythm import BEAT, DOWNBEAT
from samuel.pipeline import Accompanist
from samuel.pipeline.listening import beats_of, listen
from samuel.pipeline.vocal import heard

_HEIGHT, _VOICING = 12, 13  # rows of the melodic features
_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_TRIADS = {"": (0, 4, 7), "m": (0, 3, 7)}
_LEAST = 0.3  # mean probability of a chord's tones, below which no chord is named
_SPAN = 0.5  # s: how finely chords are told where no beat was heard


@dataclass(frozen=True)
class Chord:
    """A triad such as "Am" from start to stop (s)."""

    start: float
    stop: float
    name: str


@dataclass(frozen=True)
class Analysis:
    """rate: pitches per second; pitch in MIDI notes, None where nothing is sung; beats and downbeats in s."""

    rate: float
    pitch: tuple[float | None, ...]
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    chords: tuple[Chord, ...]


def analyse(accompanist: Accompanist, recording: Waveform) -> Analysis:
    """Hear a recording as the accompanist does before it plays."""
    windows = accompanist.windowing.length
    condition = listen(heard(recording), accompanist.denoiser, accompanist.autoencoder, windows)
    features = condition.features[0].numpy()
    pitch = tuple(
        round(60 + 12 * float(height), 2) if voiced > 0 else None
        for height, voiced in zip(features[_HEIGHT], features[_VOICING], strict=True)
    )
    beats = beats_of(condition)
    return Analysis(FRAME_RATE, pitch, beats, _downbeats(condition, beats), _chords(condition, beats))


def _downbeats(condition: Condition, beats: tuple[float, ...]) -> tuple[float, ...]:
    if condition.plan.shape[1] <= DOWNBEAT:
        return ()
    row = condition.plan[0, DOWNBEAT].numpy()
    return tuple(beat for beat in beats if row[min(int(beat * FRAME_RATE), len(row) - 1)] > 0.5)


def _chords(condition: Condition, beats: tuple[float, ...]) -> tuple[Chord, ...]:
    """One triad for each span between two beats, equal neighbours joined; none without a listener."""
    if condition.plan.shape[1] <= BEAT:
        return ()
    tones = condition.plan[0, :12].numpy()
    end = tones.shape[1] / FRAME_RATE
    edges = [0.0, *beats, end] if beats else [*np.arange(0, end, _SPAN).tolist(), end]
    spans = [(start, stop, name_chord(_mean(tones, start, stop))) for start, stop in pairwise(edges)]
    runs = [(name, list(run)) for name, run in groupby(spans, key=lambda span: span[2])]
    return tuple(Chord(round(run[0][0], 3), round(run[-1][1], 3), name) for name, run in runs if name)


def _mean(tones: NDArray[np.float32], start: float, stop: float) -> NDArray[np.float32]:
    first = min(int(start * FRAME_RATE), tones.shape[1] - 1)
    mean: NDArray[np.float32] = tones[:, first : max(first + 1, round(stop * FRAME_RATE))].mean(axis=1)
    return mean


def name_chord(tones: NDArray[np.float32]) -> str:
    """The major or minor triad whose tones are likeliest among 12 pitch class probabilities; "" if none is likely."""
    scores = {
        (root, kind): float(tones[[(root + step) % 12 for step in steps]].mean())
        for root in range(12)
        for kind, steps in _TRIADS.items()
    }
    (root, kind), best = max(scores.items(), key=lambda item: item[1])
    return _NAMES[root] + kind if best >= _LEAST else ""
