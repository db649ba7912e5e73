"""What every style must hold to, whatever the song."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from samuel.corpus.arranger import arrange
from samuel.corpus.grid import Grid
from samuel.corpus.song import Arrangement, Note, Part, Song
from samuel.corpus.styles import STYLES, suitable_styles
from samuel.errors import ConfigError
from samuel.training.recipes import DenoiserRecipe, read_recipe

every_style = pytest.mark.parametrize("style", STYLES)
CLOSE = 0.06  # s: human timing, strumming and layback together stay below this


def play(song: Song, style: str, seed: int = 0) -> Arrangement:
    return arrange(song, style, np.random.default_rng(seed))


def notes_of(arrangement: Arrangement, stem: str) -> list[Note]:
    return [note for part in arrangement.parts if part.stem == stem for note in part.notes]


@every_style
def test_the_same_seed_gives_the_same_notes_and_another_seed_others(small_song: Song, style: str) -> None:
    assert play(small_song, style) == play(small_song, style)
    assert play(small_song, style) != play(small_song, style, seed=1)


@every_style
def test_notes_are_sorted_and_lie_within_the_song_in_every_metre(song_in_metre: Song, style: str) -> None:
    for part in play(song_in_metre, style).parts:
        assert list(part.notes) == sorted(part.notes, key=lambda note: (note.start, note.pitch))
        for note in part.notes:
            assert 0 <= note.start < note.end <= song_in_metre.duration
            assert 1 <= note.velocity <= 127
            assert 20 <= note.pitch <= 108


@every_style
def test_every_chord_begins_with_its_bass_note(song_in_metre: Song, style: str) -> None:
    bass = notes_of(play(song_in_metre, style), "bass")
    for chord in song_in_metre.chords:
        first = [note for note in bass if abs(note.start - chord.start) < CLOSE]
        assert first, chord
        assert first[0].pitch % 12 == chord.bass


@every_style
def test_the_first_comp_sounds_tones_of_every_chord_and_no_others(small_song: Song, style: str) -> None:
    comp = first_comp(play(small_song, style))
    for chord in small_song.chords:
        heard = {n.pitch % 12 for n in comp.notes if chord.start - CLOSE < n.start and n.end < chord.end + CLOSE}
        assert heard, chord
        # a pushed chord comes up to a beat early, so tones of the next one may be among them
        following = [other for other in small_song.chords if abs(other.start - chord.end) < 1e-6]
        allowed = set(chord.pitch_classes).union(*(other.pitch_classes for other in following))
        assert heard <= allowed


@every_style
def test_a_full_section_is_denser_and_louder_than_a_calm_one(small_song: Song, style: str) -> None:
    half = small_song.duration / 2
    notes = [note for part in play(small_song, style).parts for note in part.notes]
    calm, full = [n for n in notes if n.start < half], [n for n in notes if n.start >= half]
    assert len(full) > 1.2 * len(calm)
    assert np.mean([n.velocity for n in full]) > np.mean([n.velocity for n in calm])


def test_a_section_ends_with_a_fill_on_the_toms(small_song: Song) -> None:
    toms = [
        note.start
        for seed in range(4)
        for note in notes_of(play(small_song, "rock", seed), "drums")
        if note.pitch in (43, 47, 48)
    ]
    middle, bar = small_song.duration / 2, 4 * small_song.beats[1]
    assert toms
    assert all(middle - bar < start < middle for start in toms)


def test_the_band_follows_the_beats_and_not_the_tempo(small_song: Song) -> None:
    times = np.array(small_song.beats)
    warped = times + 0.2 * np.sin(times)  # speeds up and slows down
    song = replace(small_song, beats=tuple(warped), downbeats=tuple(warped[::4]), tempo=77.0)
    kicks = [note.start for note in notes_of(play(song, "house"), "drums") if note.pitch == 36]
    assert max(np.abs(warped - kick).min() for kick in kicks) < CLOSE


def test_swing_moves_the_off_beat_and_leaves_the_beat(small_song: Song) -> None:
    grid = Grid(replace(small_song, swing=0.64))
    assert grid.seconds(3.0) == pytest.approx(small_song.beats[3])
    assert grid.seconds(3.5) == pytest.approx(small_song.beats[3] + 0.64 * small_song.beats[1])


def test_answers_leave_the_singer_alone(small_song: Song) -> None:
    answers = next(part for part in play(small_song, "pop").parts if part.name == "answers")
    for note in answers.notes:
        assert not any(sung.start + CLOSE < note.start < sung.end - CLOSE for sung in small_song.melody)


def test_an_unresolve_style_is_refused_by_name(small_song: Song) -> None:
    with pytest.raises(ConfigError, match="'polka' is unknown"):
        play(small_song, "polka")


def test_suitable_styles_keep_to_metre_swing_and_tempo(small_song: Song) -> None:
    assert "house" in suitable_styles(small_song)
    assert "house" not in suitable_styles(replace(small_song, beats_per_bar=3))
    assert "swing" not in suitable_styles(small_song)
    assert suitable_styles(replace(small_song, tempo=500.0))


def first_comp(arrangement: Arrangement) -> Part:
    name = STYLES[arrangement.style].comps[0].name
    return next(part for part in arrangement.parts if part.name == name)


def test_the_denoiser_s_preset_asks_for_all_styles_that_the_corpus_plays() -> None:
    assert set(read_recipe(DenoiserRecipe, "denoiser").model.styles) == set(STYLES)
