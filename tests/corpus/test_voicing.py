"""Voice leading."""

from __future__ import annotations

from itertools import pairwise

from samuel.corpus.song import QUALITIES, Chord, Song
from samuel.corpus.voicing import REACH, lead_voices, motion


def test_every_voicing_has_exactly_the_pitch_classes_of_its_chord() -> None:
    chords = [Chord(0, 1, root, quality, bass) for root in range(12) for quality in QUALITIES for bass in (root, 2)]
    for chord, voicing in zip(chords, lead_voices(chords, 62, 4), strict=True):
        assert {pitch % 12 for pitch in voicing} == set(chord.pitch_classes)


def test_voicings_stay_within_reach_of_the_centre(small_song: Song) -> None:
    for voicing in lead_voices(small_song.chords, 60, 4):
        assert all(abs(pitch - 60) <= REACH for pitch in voicing)


def test_voices_move_less_than_in_root_position(small_song: Song) -> None:
    led = lead_voices(small_song.chords, 62, 4)
    rooted = [
        tuple(54 + (chord.root - 54) % 12 + i for i in QUALITIES[chord.quality][:4]) for chord in small_song.chords
    ]
    assert sum(motion(a, b) for a, b in pairwise(led)) < 0.6 * sum(motion(a, b) for a, b in pairwise(rooted))
