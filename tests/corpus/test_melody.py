"""How closely a melody follows its chords, which tones it prefers, and how a phrase runs ahead of the beat."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from samuel.corpus.forms import draw_progressions, place_chords
from samuel.corpus.harmony import SCALES, parse_progression
from samuel.corpus.melody import beyond_pentatonic, choose_pitches, draw_gestures
from samuel.corpus.rhythm import Manner, Metre, draw_phrase
from samuel.corpus.song import QUALITIES

METRE = Metre(4, 2)
PLAIN = Manner(density=1.2, syncopation=0.4, rest=0.5, sung=0.7, pickup=0.2, restlessness=2.0, centre=62.0)
BARS = 8


def sung(manner, seeds=range(12)):
    """(gestures, pitches, chords) of a verse over I V vi IV in C for each seed."""
    chords = place_chords(parse_progression("I | V | vi | IV") * 2, METRE, 0, 0)
    for seed in seeds:
        gestures = draw_gestures(METRE, manner, BARS, 4, np.random.default_rng(seed))
        gestures = [gesture for gesture in gestures if gesture.start >= 0]
        rng = np.random.default_rng([seed, 1])
        yield gestures, choose_pitches(gestures, METRE, chords, 0, SCALES["ionian"], manner, rng), chords


def is_foreign(pitch, gesture, chords):
    middle = (gesture.start + min(gesture.end, gesture.start + 2)) / 2
    chord = next(chord for chord in reversed(chords) if chord.start <= middle)
    return (pitch - chord.root) % 12 not in {interval % 12 for interval in QUALITIES[chord.quality]}


def shares_of_foreign_tones(manner):
    """On the first beats of bars, and the share of all foreign tones inside a phrase that a step follows."""
    strong, steps = [], []
    for gestures, pitches, chords in sung(manner):
        for (gesture, pitch), (after, following) in pairwise(zip(gestures, pitches, strict=True)):
            foreign = is_foreign(pitch, gesture, chords)
            if gesture.start % 4 == 0:
                strong.append(foreign)
            if foreign and not gesture.cadence and after.start - gesture.end < 1e-6:
                steps.append(1 <= abs(following - pitch) <= 2)
    assert len(steps) > 30
    return np.mean(strong), np.mean(steps)


def test_a_bound_melody_has_the_chords_tones_on_strong_beats_and_resolves_the_others():
    foreign, resolved = shares_of_foreign_tones(PLAIN)
    assert foreign < 0.1
    assert resolved > 0.85


def test_an_independent_melody_keeps_to_its_scale_alone():
    foreign, _ = shares_of_foreign_tones(replace(PLAIN, independence=1.0))
    assert 0.3 < foreign < 0.7
    for _, pitches, _ in sung(replace(PLAIN, independence=1.0)):
        assert {pitch % 12 for pitch in pitches} <= set(SCALES["ionian"])


@pytest.mark.parametrize(("mode", "lacking"), [("ionian", (5, 11)), ("aeolian", (2, 8)), ("mixolydian", (5, 10))])
def test_the_pentatonic_of_a_scale_lacks_two_degrees(mode, lacking):
    assert beyond_pentatonic(SCALES[mode]) == lacking


def test_a_pentatonic_melody_avoids_fourth_and_seventh():
    def share(manner):
        return np.mean([pitch % 12 in (5, 11) for _, pitches, _ in sung(manner) for pitch in pitches])

    free = replace(PLAIN, independence=1.0)
    assert share(replace(free, pentatonic=2.0)) < 0.05 < 0.12 < share(free)


def test_a_reciting_melody_repeats_its_pitches():
    def share(manner):
        return np.mean([a == b for _, pitches, _ in sung(manner) for a, b in pairwise(pitches)])

    assert share(replace(PLAIN, recitation=1.2)) > 2 * share(PLAIN)


def test_a_pushed_phrase_sings_its_beats_one_slot_early_and_stays_in_order():
    for seed in range(20):
        pushed = draw_phrase(METRE, replace(PLAIN, push=1.0, pickup=0.0), 4, np.random.default_rng(seed))
        starts = [gesture.start for gesture in pushed]
        assert all(b - a > 1e-6 for a, b in pairwise(starts))
        on_beats = {start for start in starts if start % 1 == 0}
        assert all(start - 0.5 in starts for start in on_beats)  # only where the slot before was taken
    plain = draw_phrase(METRE, replace(PLAIN, pickup=0.0), 4, np.random.default_rng(0))
    assert any(gesture.start % 1 == 0 for gesture in plain)


def test_slow_pop_may_change_chords_twice_a_bar_and_other_metres_and_genres_never_gather():
    def most_chords(genre, metre, seconds):
        drawn = [
            draw_progressions(genre, "minor", 8, metre, seconds, np.random.default_rng(seed))["V"] for seed in range(40)
        ]
        assert {len(bars) for bars in drawn} <= {2, 4, 8}
        return np.mean([len(bar) for bars in drawn for bar in bars])

    assert most_chords("pop", METRE, 3.0) > 1.3 * most_chords("pop", METRE, 1.9)
    assert most_chords("pop", Metre(3, 2), 3.0) == pytest.approx(most_chords("pop", Metre(3, 2), 1.9), abs=0.15)
    assert most_chords("folk", METRE, 3.0) == pytest.approx(most_chords("folk", METRE, 1.9), abs=0.15)
