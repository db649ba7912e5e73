"""How syllables are laid on time: which frame of the bank sounds when, how syllables join, and how loud they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.song import SungNote
from samuel.corpus.units import Bank, Unit
from samuel.corpus.world import FRAMES_PER_SECOND

JOIN = 7  # frames (35 ms) over which one syllable becomes the next
RELEASE = 16  # frames of fading after the last note of a phrase
LEGATO_GAP = 0.05  # s: notes closer than this are sung in one breath
BREATH_GAP = 0.35  # s: a rest long enough to be heard breathing in
BREATH_FRAMES = 52
BREATH_GAIN = (0.04, 0.14)  # of a vowel


@dataclass(frozen=True)
class Diction:
    """For each frame: the bank's frame that sounds, the one that fades out under it, how far, voicing and gain."""

    source: NDArray[np.intp]
    fading: NDArray[np.intp]
    share: NDArray[np.float32]  # of source; 1 - share is fading's
    voiced: NDArray[np.bool_]
    gain: NDArray[np.float32]  # amplitude; 0 = silence

    @classmethod
    def silence(cls, frames: int) -> Diction:
        """Nothing sung yet."""
        share, gain = np.ones(frames, np.float32), np.zeros(frames, np.float32)
        return cls(np.zeros(frames, np.intp), np.zeros(frames, np.intp), share, np.zeros(frames, bool), gain)


@dataclass(frozen=True)
class Placement:
    """One note in frames: its vowel starts at onset and is left at offset; legato notes run into the next."""

    onset: int
    offset: int
    consonant: int  # frames before onset
    legato: bool


def lay_out(notes: Sequence[SungNote], bank: Bank, frames: int, timing: float, rng: np.random.Generator) -> Diction:
    """Sing the notes on units of the bank; vowels start on time, give or take ``timing`` (s, one sigma)."""
    diction = Diction.silence(frames)
    accents = 1 + 0.08 * rng.standard_normal(len(notes))
    shifts = timing * rng.standard_normal(len(notes))
    rest_before = np.inf
    for index, note in enumerate(notes):
        following = notes[index + 1] if index + 1 < len(notes) else None
        unit = bank.find(note.syllable, 440 * 2 ** ((note.pitch - 69) / 12))
        previous = notes[index - 1] if index else None
        placement = _place(note, previous, following, unit, shifts[index])
        if rest_before > BREATH_GAP and rng.random() < 0.6:
            _breathe(diction, bank, placement.onset - placement.consonant, rng)
        _paint(diction, bank, unit, placement, accents[index])
        rest_before = following.start - note.end if following else np.inf
    smooth = np.hanning(11)[1:-1] / np.hanning(11).sum()
    diction.gain[:] = np.convolve(diction.gain, smooth, "same")
    return diction


def _place(
    note: SungNote, previous: SungNote | None, following: SungNote | None, unit: Unit, shift: float
) -> Placement:
    onset = max(0, round((note.start + shift) * FRAMES_PER_SECOND))
    legato = following is not None and following.start - note.end < LEGATO_GAP
    end = following.start if following is not None and legato else note.end
    consonant = unit.vowel - unit.start
    if previous is not None:  # a consonant takes at most a third of the note before it
        consonant = min(consonant, max(4, round((note.start - previous.start) * FRAMES_PER_SECOND / 3)))
    return Placement(onset, max(onset + JOIN, round(end * FRAMES_PER_SECOND)), consonant, legato)


def _paint(diction: Diction, bank: Bank, unit: Unit, place: Placement, accent: float) -> None:
    """Lay a unit over what sounded before; the vowel runs on past its end until the next syllable covers it."""
    tail = JOIN + place.consonant if place.legato else RELEASE
    vowel = _sustain(unit, place.offset - place.onset + tail)
    consonant = np.linspace(unit.start, unit.vowel - 1, place.consonant).astype(np.intp)
    source = np.concatenate([consonant, vowel])
    frames = np.arange(place.onset - place.consonant, place.onset + len(vowel))
    inside = (frames >= 0) & (frames < len(diction.source))
    frames, source = frames[inside], source[inside]
    envelope = accent * (1 - 0.25 * np.clip((frames - place.onset) / max(1, place.offset - place.onset), 0, 1))
    if not place.legato:
        envelope *= np.clip((place.offset + RELEASE - frames) / (RELEASE + 6), 0, 1) ** 1.5
    sounding = diction.gain[frames] > 0
    share = np.where(sounding, np.minimum((np.arange(len(frames)) + 1) / JOIN, 1), 1).astype(np.float32)
    diction.gain[frames] = diction.gain[frames] * (1 - share) + envelope * share
    diction.fading[frames] = diction.source[frames]
    diction.source[frames] = source
    diction.share[frames] = share
    # a vowel is voiced whatever the analysis heard; so are m, n, r ..., through which the glide between notes is heard
    diction.voiced[frames] = bank.voiced[source] | (frames >= place.onset + 2)


def _sustain(unit: Unit, length: int) -> NDArray[np.intp]:
    """Frames of a vowel of any length: its start, then slowly to and fro within its steady part."""
    vowel = unit.end - unit.vowel
    low = min(25, vowel // 3)
    high = max(low + 4, vowel - max(3, vowel // 6))
    index = np.arange(length)
    phase = ((index - low) // 2) % (2 * (high - low))
    swing = low + np.where(phase > high - low, 2 * (high - low) - phase, phase)
    return np.asarray(unit.vowel + np.where(index < low, index, swing), np.intp)


def _breathe(diction: Diction, bank: Bank, end: int, rng: np.random.Generator) -> None:
    """Breath before a phrase: the consonant of 'ha', drawn out, swelling and voiceless."""
    unit = bank.find("ha", 200.0)
    length = round(BREATH_FRAMES * rng.uniform(0.6, 1.4))
    start = end - length - 6
    if start < 0 or unit.vowel - unit.start < 6 or diction.gain[start:end].any():
        return
    frames = slice(start, start + length)
    diction.source[frames] = np.linspace(unit.start + 2, (unit.start + unit.vowel) // 2, length).astype(np.intp)
    diction.share[frames] = 1
    diction.voiced[frames] = False
    diction.gain[frames] = rng.uniform(*BREATH_GAIN) * np.sin(np.linspace(0, np.pi, length)) ** 1.5
