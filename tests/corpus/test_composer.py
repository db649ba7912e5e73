from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from samuel.corpus.composer import compose
from samuel.corpus.forms import draw_plan
from samuel.corpus.song import QUALITIES, Chord, Song
from samuel.corpus.syllables import MORAE, NASAL

SEEDS = range(12)


@cache
def song_of(seed: int) -> Song:
    return compose(seed)


def chord_at(song: Song, time: float) -> Chord:
    return next(chord for chord in reversed(song.chords) if chord.start <= time + 1e-6)


def place_in_beats(song: Song, time: float) -> float:
    times = (*song.beats, song.duration)
    return float(np.interp(time, times, np.arange(len(times))))


def test_the_same_seed_gives_the_same_song_and_another_seed_another() -> None:
    assert compose(3) == compose(3)
    assert compose(3) != compose(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_chords_and_sections_are_contiguous_from_start_to_end(seed: int) -> None:
    song = song_of(seed)
    for spans in (song.chords, song.sections):
        assert spans[0].start == 0
        assert spans[-1].end == song.duration
        assert all(first.end == second.start for first, second in pairwise(spans))
        assert all(span.end > span.start for span in spans)


@pytest.mark.parametrize("seed", SEEDS)
def test_chord_changes_fall_on_beats_and_bars_fill_the_song(seed: int) -> None:
    song = song_of(seed)
    assert {chord.start for chord in song.chords} <= set(song.beats)
    assert song.downbeats == song.beats[:: song.beats_per_bar]
    assert len(song.beats) % song.beats_per_bar == 0
    assert song.tempo == pytest.approx(60 * len(song.beats) / song.duration)


@pytest.mark.parametrize("seed", SEEDS)
def test_notes_follow_each_other_within_the_song_and_a_singers_range(seed: int) -> None:
    melody = song_of(seed).melody
    assert melody[0].start >= 0
    assert melody[-1].end <= song_of(seed).duration
    assert all(note.end > note.start for note in melody)
    assert all(first.end <= second.start + 1e-9 for first, second in pairwise(melody))
    assert max(n.pitch for n in melody) - min(n.pitch for n in melody) <= 16
    assert {note.syllable for note in melody} <= {*MORAE, NASAL}


@pytest.mark.parametrize("seed", SEEDS)
def test_onsets_lie_on_the_swung_grid(seed: int) -> None:
    song = song_of(seed)
    grid = {2: [0, 1 / 3, 2 / 3], 3: [0, 0.25, song.swing, 0.75], 4: [0, 0.25, song.swing, 0.75]}[song.beats_per_bar]
    places = np.array([place_in_beats(song, note.start) % 1 for note in song.melody])
    nearest = np.abs(places[:, None] - np.array([*grid, 1])).min(axis=1)
    assert nearest.max() < 1e-6


def test_songs_differ_in_how_closely_their_melody_follows_the_chords() -> None:
    shares = []
    for seed in SEEDS:
        song = song_of(seed)
        fits = []
        for note in song.melody:
            chord = chord_at(song, (note.start + note.end) / 2)
            fits.append((note.pitch - chord.root) % 12 in {i % 12 for i in QUALITIES[chord.quality]})
        shares.append(np.mean(fits))
    assert 0.6 < np.mean(shares) < 0.9
    assert min(shares) < 0.7 < 0.85 < max(shares)


def test_the_voice_rests_where_the_band_plays_alone_and_sings_most_of_verse_and_chorus() -> None:
    shares = []
    for seed in SEEDS:
        song = song_of(seed)
        for section in song.sections:
            sung = sum(max(0, min(n.end, section.end) - max(n.start, section.start)) for n in song.melody)
            share = sung / (section.end - section.start)
            if section.name in ("verse", "chorus"):
                shares.append(share)
            elif section.name == "outro":
                assert share == 0
    assert 0.55 < np.mean(shares) < 0.75


def test_a_chorus_comes_back_with_its_melody_and_words() -> None:
    song = next(s for s in map(song_of, SEEDS) if sum(x.name == "chorus" for x in s.sections) > 1)
    choruses = [x for x in song.sections if x.name == "chorus"]
    lines = [
        [(n.pitch, n.syllable) for n in song.melody if x.start <= n.start < x.start + 0.74 * (x.end - x.start)]
        for x in choruses
    ]
    assert lines[0] == lines[1]


@pytest.mark.parametrize("unit", [None, 12])
@pytest.mark.parametrize("bar_seconds", [1.0, 1.33, 1.94, 2.9, 3.87])
def test_every_tempo_finds_a_form_of_suitable_length(unit: int | None, bar_seconds: float) -> None:
    plan = draw_plan(bar_seconds, unit, np.random.default_rng(0))
    assert 60 <= sum(plan.bars) * bar_seconds <= 140


@pytest.mark.parametrize("unit", [None, 12])
@pytest.mark.parametrize("bar_seconds", [0.66, 1.0, 3.9])
def test_whatever_rests_are_drawn_there_is_a_form(unit: int | None, bar_seconds: float) -> None:
    lengths = [sum(draw_plan(bar_seconds, unit, np.random.default_rng(seed)).bars) * bar_seconds for seed in range(40)]
    assert min(lengths) > 50
    assert max(lengths) < 160
