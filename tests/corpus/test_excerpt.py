"""Cutting keeps everything in step."""

import numpy as np
import pytest

from samuel.corpus.excerpt import cut_arrangement, cut_song, draw_start, sung_fraction
from samuel.corpus.song import Arrangement, Note, Part


def test_cutting_nothing_changes_nothing(small_song):
    assert cut_song(small_song, 0.0, small_song.duration) == small_song


def test_a_cut_song_starts_again_at_zero(small_song):
    cut = cut_song(small_song, 3.3, 6.0)
    assert cut.duration == 6.0
    assert cut.chords[0].start == 0.0
    assert cut.chords[-1].end == 6.0
    assert all(a.end == pytest.approx(b.start) for a, b in zip(cut.chords, cut.chords[1:], strict=False))
    assert np.allclose([beat + 3.3 for beat in cut.beats], [beat for beat in small_song.beats if 3.3 <= beat < 9.3])
    assert all(0 <= note.start < note.end <= 6.0 for note in cut.melody)


def test_a_cut_never_reaches_beyond_the_song(small_song):
    assert cut_song(small_song, small_song.duration - 2, 10.0).duration == pytest.approx(2.0)


def test_the_chord_at_a_time_is_the_same_before_and_after(small_song):
    cut = cut_song(small_song, 5.0, 7.0)
    for time in (0.5, 2.1, 6.9):
        now = next(chord for chord in cut.chords if chord.start <= time < chord.end)
        then = next(chord for chord in small_song.chords if chord.start <= time + 5.0 < chord.end)
        assert (now.root, now.quality, now.bass) == (then.root, then.quality, then.bass)


def test_sung_fraction_counts_what_sounds(small_song):
    sung = sum(note.end - note.start for note in small_song.melody)
    assert sung_fraction(small_song, 0.0, small_song.duration) == pytest.approx(sung / small_song.duration)
    assert sung_fraction(small_song, 0.0, 0.45) == pytest.approx(1.0)


def test_a_short_song_starts_at_its_start(small_song):
    assert draw_start(small_song, np.random.default_rng(0)) == 0.0


def test_held_notes_are_struck_again_but_drums_are_not():
    notes = (Note(0.0, 4.0, 60, 90), Note(5.0, 6.0, 62, 90))
    band = Arrangement("pop", (Part("pad", "chords", 89, False, notes), Part("drums", "drums", 0, True, notes)))
    pad, drums = cut_arrangement(band, 2.0, 10.0).parts
    assert [(note.start, note.end) for note in pad.notes] == [(0.0, 2.0), (3.0, 4.0)]
    assert [note.start for note in drums.notes] == [3.0]
