from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chord_song import RATE, make_song, play

from samuel.corpus.song import Song
from samuel.errors import AudioError, ConfigError
from samuel.evaluation import harmony


def test_chords_matched_against_themselves_score_1(song: Song) -> None:
    vectors = harmony.chord_vectors(song, np.asarray(song.beats), song.duration)
    assert harmony.mean_cosine(vectors, vectors) == pytest.approx(1.0)


def test_a_chord_that_changes_within_a_beat_counts_by_its_share(song: Song) -> None:
    first, second = replace(song.chords[0], end=0.4), replace(song.chords[3], start=0.4, end=0.5)
    vectors = harmony.chord_vectors(replace(song, chords=(first, second)), np.array([0.0]), 0.5)
    # C major for 0.4 s holds C and E, G major for 0.1 s holds B and D, both hold G
    assert vectors[[0, 4, 11, 2, 7], 0] == pytest.approx(np.array([0.4, 0.4, 0.1, 0.1, 0.5]) / np.sqrt(3))


def test_rendered_chords_match_their_own_song_and_not_another(song: Song) -> None:
    frames = harmony.chroma(play(song), RATE)
    own = harmony.chord_match(frames, song)
    other = harmony.chord_match(frames, make_song(tonic=6))
    assert own > 0.9
    assert other < 0.4


def test_every_major_triad_lights_its_own_pitch_classes() -> None:
    for tonic in range(12):
        triad = replace(make_song(tonic, beats=4), beats=())
        profile = harmony.chroma(play(triad), RATE).mean(axis=1)
        assert set(np.argsort(profile)[-3:]) == set(triad.chords[0].pitch_classes)


def test_stereo_and_mono_agree(song: Song) -> None:
    mono = play(song)
    both = [harmony.evaluate(audio, RATE, song)["chord_match"] for audio in (mono, np.stack([mono, mono]))]
    assert both[0] == pytest.approx(both[1], abs=1e-6)


def test_the_harmony_score_is_1_for_the_real_band_and_0_for_another() -> None:
    assert harmony.harmony_score(0.8, real=0.8, shuffled=0.3) == pytest.approx(1)
    assert harmony.harmony_score(0.3, real=0.8, shuffled=0.3) == pytest.approx(0)
    assert np.isnan(harmony.harmony_score(0.5, real=0.4, shuffled=0.4))


def test_silence_scores_0_with_a_warning(song: Song) -> None:
    silence = np.zeros(RATE * 8, np.float32)
    with pytest.warns(UserWarning, match="empty"):
        assert harmony.evaluate(silence, RATE, song) == {"chord_match": 0.0}


def test_a_silent_beat_scores_0_and_the_others_as_before(song: Song) -> None:
    audio = play(song)
    audio[len(audio) // 2 :] = 0
    half = harmony.chord_match(harmony.chroma(audio, RATE), song)
    whole = harmony.chord_match(harmony.chroma(play(song), RATE), song)
    assert half == pytest.approx(whole / 2, rel=0.1)


def test_bad_input_is_refused(song: Song) -> None:
    with pytest.raises(AudioError, match="too short"):
        harmony.chroma(np.zeros(100, np.float32), RATE)
    with pytest.raises(AudioError, match="finite"):
        harmony.chroma(np.full(RATE * 2, np.nan, np.float32), RATE)
    with pytest.raises(AudioError, match="shape"):
        harmony.chroma(np.zeros((RATE * 2, 2), np.float32), RATE)
    with pytest.raises(ConfigError, match="no chords"):
        harmony.chord_match(np.ones((12, 50)), replace(song, chords=()))
