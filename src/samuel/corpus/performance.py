"""Performances without sound: the melodic features that a singer's notes would have, drawn and not analysed.

How voices begin and end notes is drawn after the singers of world.py, whose features these stand in for: consonants lie
before the beat and their vowels on it (Sundberg 1987, "The Science of the Singing Voice"), so one note may have two
onsets, mostly less than 150 ms apart, and rests ring on. The figures without a source of their own are fitted by hand
to the curves of docs/experiments/021-what-can-be-heard.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samuel.config import HOP, SAMPLE_RATE
from samuel.corpus.pitch_curve import draw_manner, pitch_curve
from samuel.corpus.song import SungNote
from samuel.corpus.world import FRAMES_PER_SECOND
from samuel.features.melodic import GATE_DB, QUARTER, QUARTERS, assemble

Array = NDArray[np.float64]

PERFORMANCE_VERSION = 2  # raised whenever the same notes and seed give other features
SILENCE_DB = -55.0  # levels are in dB re the loudest 5 %
REST = 0.12  # s of silence after which a note begins anew
LONGEST_LEAD = 0.16  # s from a consonant to its vowel
LONGEST_RELEASE = 0.6  # s after which the end of a note is no longer heard
MEAN_LEVEL, LEVEL_DEVIATION = -2.3, 2.5  # dB, of notes
FADING = 4.0  # dB that a note falls until it ends
OCTAVE_ERRORS = 0.01  # share of notes that the pitch tracker hears an octave off
DROPOUTS = 0.01  # share of quarter frames in which it hears no voice


@dataclass(frozen=True)
class Articulation:
    """How one performance begins and ends its notes; each note varies around it."""

    lead: float  # s from a consonant to its vowel
    consonant: float  # its onset strength
    vowel: float  # its onset strength
    voiceless: float  # share of the consonants
    closure: float  # dB, the most that a consonant inside a phrase takes
    width: float  # s over which an onset rises
    release: float  # s that a note is still heard as voice after its end
    decay: float  # dB a second after its end
    flicker: float  # deviation of the onset strength while the voice sounds: vibrato and breath


def draw_articulation(rng: np.random.Generator) -> Articulation:
    """From crisp and dry to soft and in a hall."""
    return Articulation(
        lead=float(rng.uniform(0.01, 0.075)),
        consonant=float(rng.uniform(0.35, 1.0)),
        vowel=float(rng.uniform(0.3, 0.9)),
        voiceless=float(rng.uniform(0.2, 0.65)),
        closure=float(rng.uniform(4, 16)),
        width=float(rng.uniform(0.01, 0.022)),
        release=float(rng.uniform(0, 0.28)),
        decay=float(rng.uniform(40, 220)),
        flicker=float(rng.uniform(0.05, 0.24)),
    )


def imagined_features(notes: Sequence[SungNote], frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Melodic features (20, t) of the notes as one of our singers would perform them and the tracker hear them.

    notes: in order, times in seconds from the first frame on; what lies outside the frames (t = frames, 46 ms each) is
    not heard. rng: the performance is drawn from it.
    """
    performed = _displaced(notes, rng)
    stage = _Stage(frames * QUARTERS, _midi(performed, frames, rng))
    articulation = draw_articulation(rng)
    end = -np.inf
    for note in performed:
        stage.perform(note, note.start - end > REST, articulation, rng)
        end = note.end
    return stage.features(articulation.flicker, rng)


def _displaced(notes: Sequence[SungNote], rng: np.random.Generator) -> list[SungNote]:
    """The notes in the octave of a voice, each a little early or late, and all of them by what the singer leans to."""
    delays = rng.normal(0, 0.012) + rng.uniform(0.003, 0.02) * rng.standard_normal(len(notes))
    octave = 12 * rng.integers(-1, 2)
    return [
        SungNote(note.start + delay, note.end + delay, int(note.pitch + octave), note.syllable)
        for note, delay in zip(notes, delays, strict=True)
    ]


def _midi(notes: Sequence[SungNote], frames: int, rng: np.random.Generator) -> Array:
    """The pitch in each quarter frame, (4 t,)."""
    curve = pitch_curve(notes, int(frames * HOP / SAMPLE_RATE * FRAMES_PER_SECOND) + 1, draw_manner(rng), rng)
    times = _centres(frames * QUARTERS)
    return np.asarray(
        69 + 12 * np.log2(curve[np.minimum((times * FRAMES_PER_SECOND).astype(int), len(curve) - 1)] / 440)
    )


def _centres(quarters: int) -> Array:
    """Times (s) of the middles of the first quarter frames, (quarters,)."""
    return np.asarray((np.arange(quarters) + 0.5) * QUARTER / SAMPLE_RATE)


class _Stage:
    """What holds in each quarter frame of a performance while its notes are added: pitch, voicing, level, onsets."""

    def __init__(self, quarters: int, midi: Array) -> None:
        self.times = _centres(quarters)
        self.midi = midi
        self.voiced = np.zeros(quarters, bool)
        self.level = np.full(quarters, -np.inf)  # dB re the loudest 5 %
        self.onsets = np.zeros(quarters)

    def span(self, start: float, end: float) -> slice:
        """The quarter frames whose centres lie in start..end (s)."""
        first, last = (int(np.ceil(time * SAMPLE_RATE / QUARTER - 0.5)) for time in (start, end))
        return slice(max(first, 0), max(last, 0))

    def perform(self, note: SungNote, anew: bool, how: Articulation, rng: np.random.Generator) -> None:
        """Add a note: a consonant before its vowel, with voice or without, the fading vowel, and what rings on."""
        lead = min(how.lead * rng.uniform(0.3, 1.8) * (1.6 if anew else 1.0), LONGEST_LEAD)
        voiceless = rng.random() < how.voiceless
        begin = note.start + (rng.uniform(-0.02, 0.02) if voiceless else -lead * rng.uniform(0.3, 1.0))
        loudness = rng.normal(MEAN_LEVEL, LEVEL_DEVIATION)
        self._sound(note, begin, lead, loudness, how, rng)
        if not anew:
            self.level[self.span(note.start - lead, note.start)] -= rng.uniform(0, how.closure)
        if voiceless:
            self.voiced[self.span(note.start - lead - 0.02, note.start + rng.uniform(-0.02, 0.03))] = False
        if rng.random() < (0.9 if anew else 0.75):
            strength = how.consonant * (1.7 if anew else 1.25) * rng.uniform(0.2, 1.3)
            self._strike(note.start - lead, how.width * rng.uniform(1, 2), strength)
        if rng.random() < 0.75:
            strength = how.vowel * rng.uniform(0.4, 1.7)
            self._strike(note.start + rng.uniform(-0.03, 0.045), how.width * rng.uniform(1, 2), strength)
        if rng.random() < OCTAVE_ERRORS:
            self.midi[self.span(note.start, note.end)] += rng.choice([-12, 12])

    def features(self, flicker: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Melodic features (20, t) of all that was performed, with noise where nothing was."""
        quarters = len(self.times)
        level = np.maximum(self.level, SILENCE_DB + 6 * rng.standard_normal(quarters))
        onsets = self.onsets + np.abs(rng.normal(0, np.where(self.voiced, flicker, 0.03)))
        voiced = self.voiced & (level > GATE_DB) & (rng.random(quarters) > DROPOUTS)
        return assemble(
            self.midi.astype(np.float32),
            voiced,
            level.astype(np.float32),
            np.clip(onsets, 0, 1).astype(np.float32),
        )

    def _sound(
        self, note: SungNote, begin: float, lead: float, loudness: float, how: Articulation, rng: np.random.Generator
    ) -> None:
        """The level (dB) of a note from its consonant to its release, and where it is heard as voice."""
        before = self.span(note.start - lead - 0.03, begin)
        self._raise(before, loudness - rng.uniform(8, 30), 2.0, rng)
        vowel, after = self.span(begin, note.end), self.span(note.end, note.end + LONGEST_RELEASE)
        progress = np.clip((self.times[vowel] - note.start) / max(note.end - note.start, 0.05), 0, 1)
        self._raise(vowel, loudness - FADING * progress, 1.2, rng)
        self._raise(after, loudness - FADING - how.decay * (self.times[after] - note.end), 1.5, rng)
        self.voiced[self.span(begin, note.end + how.release * rng.uniform(0.5, 1.6))] = True

    def _raise(self, span: slice, level: Array | float, deviation: float, rng: np.random.Generator) -> None:
        """Let it be at least as loud there as level (dB, one for all or one each), give or take a deviation."""
        place = self.level[span]
        np.maximum(place, level + deviation * rng.standard_normal(len(place)), out=place)

    def _strike(self, time: float, width: float, strength: float) -> None:
        """An onset around a time (s)."""
        span = self.span(time - width, time + width)
        distance = np.abs(self.times[span] - time) / width
        self.onsets[span] = np.maximum(self.onsets[span], strength * (1 - 0.6 * distance))
