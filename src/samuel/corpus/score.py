"""A song in beats, and the one place where beats become seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter1d

from samuel.corpus.harmony import Mode
from samuel.corpus.song import QUALITIES, Chord, Section, Song, SungNote

DRIFT_MEMORY = 8.0  # beats: a band speeds up and slows down over bars, not within one


@dataclass(frozen=True)
class ScoreChord:
    """A chord from start to end (beats); root and bass are pitch classes."""

    start: float
    end: float
    root: int
    quality: str
    bass: int

    @property
    def tones(self) -> frozenset[int]:
        """Pitch classes that a melody may rest on: those of the chord, without a foreign bass."""
        return frozenset((self.root + interval) % 12 for interval in QUALITIES[self.quality])


@dataclass(frozen=True)
class ScoreNote:
    """A note of the melody from start to end (beats, before swing); pitch is a MIDI note number."""

    start: float
    end: float
    pitch: int
    syllable: str


@dataclass(frozen=True)
class ScoreSection:
    """A part of the form from start to end (beats)."""

    start: float
    end: float
    name: str
    energy: float


@dataclass(frozen=True)
class Score:
    """Everything of a Song but its time in seconds. The first beat is a downbeat, the length a whole number of bars.

    Two beats per bar always mean 6/8, counted in dotted quarters; simple duple metres are written as 4/4.
    """

    identifier: str
    source: str
    licence: str
    tonic: int
    mode: Mode
    beats_per_bar: int
    swing: float
    length: int  # beats
    chords: tuple[ScoreChord, ...]
    melody: tuple[ScoreNote, ...]
    sections: tuple[ScoreSection, ...]


@dataclass(frozen=True)
class TempoMap:
    """Maps beats to seconds: periods[k] (s) is the length of beat k, swing the place of its second eighth."""

    periods: tuple[float, ...]
    swing: float = 0.5

    @cached_property
    def times(self) -> np.ndarray:
        """Times of all beats and of the end, (beats + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.periods)])

    def seconds(self, beat: float) -> float:
        """The time of a place in the score (beats; any fraction of a beat)."""
        whole = min(int(beat), len(self.periods) - 1)
        fraction = beat - whole
        swung = float(np.interp(fraction, (0, 0.5, 1), (0, self.swing, 1)))
        return float(self.times[whole] + swung * self.periods[whole])


def draw_tempo_map(beats: int, tempo: float, swing: float, rng: np.random.Generator) -> TempoMap:
    """A steady or gently drifting tempo (beats per minute); some songs slow down over their last beats."""
    drift = 0.0 if rng.random() < 0.35 else rng.uniform(0.004, 0.025)
    wander = gaussian_filter1d(rng.standard_normal(beats + 64), DRIFT_MEMORY)[32:-32]
    wander = (wander - wander.mean()) / max(float(wander.std()), 1e-9)
    periods = 60 / tempo * np.exp(drift * np.clip(wander, -2, 2))
    if rng.random() < 0.2:
        tail = min(8, beats)
        periods[-tail:] *= np.linspace(1.0, rng.uniform(1.06, 1.25), tail)
    return TempoMap(tuple(periods.tolist()), swing)


def lay_out(score: Score, tempo_map: TempoMap) -> Song:
    """The song in seconds. Beats and downbeats lie in [0, duration): the end of the song is no beat."""
    at = tempo_map.seconds
    duration = at(score.length)
    beats = tuple(float(time) for time in tempo_map.times[:-1])
    return Song(
        identifier=score.identifier,
        source=score.source,
        licence=score.licence,
        tonic=score.tonic,
        mode=score.mode,
        beats_per_bar=score.beats_per_bar,
        tempo=60 * score.length / duration,
        swing=score.swing,
        beats=beats,
        downbeats=beats[:: score.beats_per_bar],
        chords=tuple(Chord(at(c.start), at(c.end), c.root, c.quality, c.bass) for c in score.chords),
        melody=tuple(SungNote(at(n.start), at(n.end), n.pitch, n.syllable) for n in score.melody),
        sections=tuple(Section(at(s.start), at(s.end), s.name, s.energy) for s in score.sections),
        duration=duration,
    )
