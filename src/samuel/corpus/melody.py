"""Melodies: gestures get the pitches that best follow their aims and the harmony, as singers choose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from samuel.corpus.harmony import RelativeChord, melody_scale
from samuel.corpus.rhythm import STRONG, Gesture, Manner, Metre, draw_phrase
from samuel.corpus.score import ScoreChord, ScoreNote

Timed = TypeVar("Timed", Gesture, ScoreNote)
REACH = 8  # semitones either side of the centre: an octave and a third in all
FORBIDDEN = 1e3
BREATH, SHORTEST_NOTE = 0.5, 0.25  # beats
# costs, in units of the noise that makes one seed differ from another
FOREIGN = {"strong": 2.2, "beat": 1.2, "weak": 0.4}  # a tone foreign to the chord, by its place
LEAP_FROM_FOREIGN = 4.0  # passing and neighbour notes resolve by step
LEAP_TO_FOREIGN = 1.5
AGAINST_NEXT = 2.5  # held into a chord to which it is foreign
NEWS = 0.8  # reward of a tone that the chord before lacked: it tells the listener of the change
COLOUR = 0.3  # reward of third and seventh, which tell the quality
INTERVAL_COSTS = np.array([0.8, 0, 0, 0.3, 0.4, 0.5, 3.0, 0.8, 1.5, 1.5, 3.5, 5.0, 1.5, 6, 6, 6, 6])
PHRASE_FORMS = {1: ("A",), 2: ("Aa", "AB"), 4: ("AaBa", "ABAb", "AaAB", "ABAC"), 8: ("ABAbCaAb", "AaBaAaBC")}


def _chord_at(chords: Sequence[ScoreChord], beat: float) -> int:
    """Index of the chord that sounds at a beat; before the first and after the last the nearest."""
    starts = [chord.start for chord in chords]
    return int(np.clip(np.searchsorted(starts, beat + 1e-6, side="right") - 1, 0, len(chords) - 1))


def _main_chord(chords: Sequence[ScoreChord], gesture: Gesture) -> int:
    """The chord under most of a note: a note that anticipates the next chord belongs to that one."""
    return _chord_at(chords, (gesture.start + min(gesture.end, gesture.start + 2)) / 2)


def _place(metre: Metre, gesture: Gesture) -> str:
    weight = metre.weight(gesture.start, syncopation=0.0)
    if weight >= STRONG or gesture.cadence or gesture.end - gesture.start >= 1.5:
        return "strong"
    return "beat" if weight > 0 or gesture.end - gesture.start >= 1 else "weak"


def _pitch_costs(
    pitches: np.ndarray,
    gesture: Gesture,
    metre: Metre,
    chords: Sequence[ScoreChord],
    tonic: int,
    scale: tuple[int, ...],
    manner: Manner,
) -> tuple[np.ndarray, np.ndarray]:
    """The cost of every pitch for a note, and whether it is foreign to the note's chord; both (pitches,)."""
    bond = 1 - manner.independence
    index = _main_chord(chords, gesture)
    chord, classes = chords[index], pitches % 12
    relative = RelativeChord((chord.root - tonic) % 12, chord.quality, (chord.bass - tonic) % 12)
    allowed = [(tonic + tone) % 12 for tone in melody_scale(scale, relative)]
    foreign = ~np.isin(classes, list(chord.tones))
    cost = 0.12 * np.abs(pitches - gesture.aim) ** 1.5 + FORBIDDEN * ~np.isin(classes, allowed)
    cost += manner.pentatonic * np.isin((classes - tonic) % 12, beyond_pentatonic(scale))
    cost += bond * FOREIGN[_place(metre, gesture)] * foreign
    if index and gesture.start - chord.start < metre.beats_per_bar / 2:
        cost -= bond * NEWS * np.isin(classes, list(chord.tones - chords[index - 1].tones))
    cost -= bond * COLOUR * np.isin((classes - chord.root) % 12, (3, 4, 10, 11))
    held = chords[_chord_at(chords, gesture.end - 0.75)]
    if held.start > chord.start:
        cost += bond * AGAINST_NEXT * ~np.isin(classes, list(held.tones))
    if gesture.cadence:
        cost += bond * ~np.isin((classes - chord.root) % 12, (0, 3, 4))
    return cost, foreign


def beyond_pentatonic(scale: tuple[int, ...]) -> tuple[int, int]:
    """The two degrees (semitones above the tonic) of a seven-tone scale that its pentatonic leaves out."""
    return (scale[3], scale[6]) if 4 in scale else (scale[1], scale[5])


def choose_pitches(
    gestures: Sequence[Gesture],
    metre: Metre,
    chords: Sequence[ScoreChord],
    tonic: int,
    scale: tuple[int, ...],
    manner: Manner,
    rng: np.random.Generator,
) -> list[int]:
    """The cheapest path of pitches within REACH of the centre (Viterbi), with noise for variety.

    A melody over changing chords may keep to its scale alone, as in much rock and pop (Temperley, "The
    melodic-harmonic 'divorce' in rock", 2007): manner.independence says how far.
    """
    pitches = np.arange(int(np.ceil(manner.centre - REACH)), int(np.floor(manner.centre + REACH)) + 1)
    bond = 1 - manner.independence
    steps = INTERVAL_COSTS - manner.recitation * (np.arange(len(INTERVAL_COSTS)) == 0)
    intervals = np.abs(pitches[:, None] - pitches[None, :])
    leaps = (intervals > 2) | (intervals == 0)
    total, foreign_before, breath = np.zeros(len(pitches)), np.zeros(len(pitches), bool), True
    back: list[np.ndarray] = []
    for gesture in gestures:
        cost, foreign = _pitch_costs(pitches, gesture, metre, chords, tonic, scale, manner)
        move = steps[intervals] * (0.4 if breath else 1.0)
        move = move + bond * LEAP_FROM_FOREIGN * (foreign_before[:, None] & leaps)
        move = move + bond * LEAP_TO_FOREIGN * (foreign[None, :] & (intervals > 2))
        paths = total[:, None] + (move if back else np.zeros_like(move))
        back.append(paths.argmin(axis=0))
        total = paths.min(axis=0) + cost - rng.gumbel(0, 0.5, len(pitches))
        foreign_before, breath = foreign, gesture.cadence
    state = int(total.argmin())
    chosen = []
    for pointers in reversed(back):
        chosen.append(int(pitches[state]))
        state = int(pointers[state])
    return chosen[::-1]


def draw_gestures(metre: Metre, manner: Manner, bars: int, phrase_bars: int, rng: np.random.Generator) -> list[Gesture]:
    """The phrases of a section: letters of a form, a small letter repeating its capital with another ending."""
    count = bars // phrase_bars
    forms = PHRASE_FORMS.get(count) or ("".join("Aa"[k % 2] for k in range(count)),)
    known: dict[str, list[Gesture]] = {}
    gestures: list[Gesture] = []
    for number, letter in enumerate(forms[rng.integers(len(forms))]):
        if letter.upper() not in known:
            known[letter.upper()] = draw_phrase(metre, manner, phrase_bars, rng)
        phrase = known[letter.upper()]
        if letter.islower():
            phrase = _vary_ending(phrase, rng)
        offset = number * phrase_bars * metre.beats_per_bar
        phrase = shifted(phrase, offset)
        gestures = [*make_room(gestures, phrase[0].start), *phrase]
    return gestures


def shifted(gestures: Sequence[Gesture], offset: float) -> list[Gesture]:
    """The same gestures so many beats later."""
    return [replace(g, start=g.start + offset, end=g.end + offset) for g in gestures]


def _vary_ending(phrase: list[Gesture], rng: np.random.Generator) -> list[Gesture]:
    """The same phrase with its last quarter aimed elsewhere."""
    shift, start = rng.normal(0, 3), phrase[-1].end * 0.75
    return [replace(g, aim=g.aim + shift) if g.start >= start else g for g in phrase]


def make_room(notes: Sequence[Timed], start: float) -> list[Timed]:
    """Ends the notes before a phrase in time for a breath of half a beat; drops what would hardly sound."""
    limit = start - BREATH
    return [replace(note, end=min(note.end, limit)) for note in notes if note.start <= limit - SHORTEST_NOTE]
