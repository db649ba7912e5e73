"""How a voice moves between notes: glides with overshoot, vibrato, scoops, drift and jitter, in cents around the tune.

Glides are second-order responses to the steps of the melody, as Saitou et al. (2005, "Development of an F0 control
model based on F0 dynamic characteristics for singing-voice synthesis") found in recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.song import SungNote
from samuel.corpus.world import FRAMES_PER_SECOND

FRAME = 1 / FRAMES_PER_SECOND  # s
VIBRATO_NOTE = 0.45  # s: shorter notes stay straight
SLID_NOTE = 0.35  # s: shorter notes are struck at their pitch
PHRASE_GAP = 0.25  # s of silence before a note that starts a phrase
LEAD = 0.8  # share of the filter's delay that is taken back: most of a glide lies before the vowel
ATTACK = 0.15  # s: a phrase's first pitch is reached before its first vowel
RATE_FRAMES = 60  # over which the rate of the vibrato wanders
DRIFT_FRAMES = 40


@dataclass(frozen=True)
class Manner:
    """The habits of one performance; each note varies around them."""

    vibrato_rate: float  # Hz
    vibrato_depth: float  # cents, the largest
    glide_rate: float  # Hz: natural frequency of the glides
    damping: float  # 1 = no overshoot
    scoops: float  # share of phrases that start from below, and of those that fall as they end
    intonation: float  # cents, standard deviation between notes
    drift: float  # cents, slow wandering
    jitter: float  # cents, from frame to frame
    slides: float = 0.0  # share of long notes inside a phrase that are reached from below


def draw_manner(rng: np.random.Generator) -> Manner:
    """From plain to operatic, from exact to slightly out of tune, and from steady to free; most are rather steady.

    The freest move as much within half a second as the singers of docs/experiments/012-corpus.md.
    """
    freedom = float(rng.random()) ** 1.5
    return Manner(
        vibrato_rate=float(rng.uniform(4.4, 6.6)),
        vibrato_depth=float(rng.choice([rng.uniform(5, 20), rng.uniform(20, 60 + 60 * freedom)], p=[0.3, 0.7])),
        glide_rate=float(rng.uniform(6.0 - freedom, 10.0)),
        damping=float(rng.uniform(0.68, 0.95)),
        scoops=float(rng.uniform(0.1, 0.6 + 0.3 * freedom)),
        intonation=float(rng.uniform(2, 10 + 2 * freedom)),
        drift=float(rng.uniform(3, 7 + 14 * freedom)),
        jitter=float(rng.uniform(1.5, 4)),
        slides=float(rng.uniform(0, 0.4 * freedom)),
    )


def pitch_curve(
    notes: Sequence[SungNote], frames: int, manner: Manner, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fundamental frequency (frames,) in Hz at 200 frames per second; rests hold the pitch of the note before."""
    if not notes:
        return np.full(frames, 220.0)
    cents = _steps(notes, frames, manner, rng)
    _add_scoops(cents, notes, manner, rng)
    cents = _glide(cents, manner)
    cents += _vibrato(notes, frames, manner, rng)
    cents += manner.drift * _wander(frames, DRIFT_FRAMES, rng) + manner.jitter * rng.standard_normal(frames)
    return np.asarray(440 * 2 ** ((cents - 6900) / 1200), np.float64)


def _steps(notes: Sequence[SungNote], frames: int, manner: Manner, rng: np.random.Generator) -> NDArray[np.float64]:
    """The tune in cents (MIDI note times 100), each note slightly off; after a rest it changes unheard."""
    cents = np.array([100.0 * note.pitch for note in notes]) + manner.intonation * rng.standard_normal(len(notes))
    changes = [max(note.end, following.start - ATTACK) for note, following in pairwise(notes)]
    return np.asarray(cents[np.searchsorted(changes, np.arange(frames) * FRAME, side="right")])


def _add_scoops(
    cents: NDArray[np.float64], notes: Sequence[SungNote], manner: Manner, rng: np.random.Generator
) -> None:
    """Start some phrases up to 3 semitones low for about a tenth of a second, and let some fall as they end.

    Some long notes inside a phrase are reached from below too, more slowly.
    """
    for previous, note in zip([None, *notes], notes, strict=False):
        if (previous is None or note.start - previous.end > PHRASE_GAP) and rng.random() < manner.scoops:
            _bend(cents, note.start - 0.05, note.start + 0.09, -rng.uniform(50, 300), 0)
    for previous, note in pairwise(notes):
        inside = note.start - previous.end <= PHRASE_GAP and note.end - note.start > SLID_NOTE
        if inside and rng.random() < manner.slides:
            _bend(cents, note.start - 0.03, note.start + rng.uniform(0.1, 0.2), -rng.uniform(50, 250), 0)
    for note, following in zip(notes, [*notes[1:], None], strict=True):
        if (following is None or following.start - note.end > PHRASE_GAP) and rng.random() < manner.scoops:
            _bend(cents, note.end - 0.03, note.end + 0.09, 0, -rng.uniform(50, 300))


def _bend(cents: NDArray[np.float64], start: float, end: float, first: float, last: float) -> None:
    """Add a straight line from first to last (cents) between two times (s)."""
    region = cents[max(0, round(FRAMES_PER_SECOND * start)) : max(0, round(FRAMES_PER_SECOND * end))]
    region += np.linspace(first, last, len(region))


def _glide(cents: NDArray[np.float64], manner: Manner) -> NDArray[np.float64]:
    """The response of a damped oscillator, moved forward by most of its delay."""
    from scipy.signal import cont2discrete, lfilter

    rate, damping = 2 * np.pi * manner.glide_rate, manner.damping
    numerator, denominator, _ = cont2discrete(([rate**2], [1, 2 * damping * rate, rate**2]), FRAME)
    lead = round(LEAD * 2 * damping / rate / FRAME)
    padded = np.pad(cents - cents[0], (0, lead), mode="edge")
    return np.asarray(lfilter(np.ravel(numerator), denominator, padded)[lead:] + cents[0])


def _vibrato(notes: Sequence[SungNote], frames: int, manner: Manner, rng: np.random.Generator) -> NDArray[np.float64]:
    """A sine whose rate wanders by 5 %; it grows on long notes after a straight start."""
    depth = np.zeros(frames)
    for note in notes:
        if note.end - note.start > VIBRATO_NOTE:
            onset = note.start + rng.uniform(0.15, 0.35)
            first, last = (int(np.clip(round(FRAMES_PER_SECOND * time), 0, frames)) for time in (onset, note.end))
            growth = np.minimum(np.arange(max(0, last - first)) * FRAME / 0.3, 1)
            depth[first : first + len(growth)] = manner.vibrato_depth * rng.uniform(0.6, 1.0) * growth
    depth = np.convolve(depth, np.ones(9) / 9, "same")  # no step where a note ends
    rate = manner.vibrato_rate * (1 + 0.05 * _wander(frames, RATE_FRAMES, rng))
    return np.asarray(depth * np.sin(2 * np.pi * np.cumsum(rate * FRAME)))


def _wander(frames: int, length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of unit variance that changes over about ``length`` frames."""
    from scipy.signal import lfilter

    pole = np.exp(-1 / length)
    return np.asarray(lfilter([np.sqrt(1 - pole**2)], [1, -pole], rng.standard_normal(frames)))
