"""Imagined performances look to the listener as sung ones do."""

import numpy as np

from samuel.config import FEATURE_CHANNELS, FRAME_RATE
from samuel.corpus.performance import imagined_features
from samuel.corpus.song import SungNote
from samuel.features.beats import FIRST_ONSET, QUARTERS, RATE, VOICING

LOUDNESS, ONSETS = 14, slice(FIRST_ONSET, FIRST_ONSET + QUARTERS)


def apart(count: int = 12) -> list[SungNote]:
    """Notes of half a second, a second of rest before each."""
    return [SungNote(1 + 1.5 * n, 1.5 + 1.5 * n, 60 + n % 5, "ta") for n in range(count)]


def around_starts(rows: np.ndarray, notes: list[SungNote], first: float, last: float) -> np.ndarray:
    """Means over the notes of quarter frames (q,) from first to last (s) around their starts."""
    places = np.arange(int(first * RATE), int(last * RATE))
    return np.mean([rows[int(note.start * RATE) + places] for note in notes], axis=0)


def test_the_imagined_tune_is_the_tune(small_song):
    frames = int(small_song.duration * FRAME_RATE)
    features = imagined_features(small_song.melody, frames, np.random.default_rng(0))
    assert features.shape == (FEATURE_CHANNELS, frames)
    for note in small_song.melody:
        middle = slice(int((note.start + 0.1) * FRAME_RATE), int((note.end - 0.05) * FRAME_RATE))
        assert features[:12, middle].sum(1).argmax() == note.pitch % 12


def test_rests_are_silent_once_a_voice_has_rung_off_and_onsets_begin_notes():
    frames = int(20 * FRAME_RATE)
    sung = np.zeros(frames, bool)
    for note in apart():
        sung[int((note.start - 0.25) * FRAME_RATE) : int((note.end + 0.55) * FRAME_RATE)] = True
    for seed in range(5):
        features = imagined_features(apart(), frames, np.random.default_rng(seed))
        assert features[VOICING, ~sung].max() < 0.1
        starts = [int(note.start * FRAME_RATE) for note in apart()]
        near = np.mean([features[ONSETS, start - 2 : start + 2].max() for start in starts])
        assert near > 2 * features[ONSETS].mean()


def test_consonants_lie_before_the_beat_and_vowels_on_it():
    rows = []
    for seed in range(30):
        features = imagined_features(apart(), int(20 * FRAME_RATE), np.random.default_rng(seed))
        rows.append(features[ONSETS].T.reshape(-1))
    mean = np.mean(rows, axis=0)
    silent, consonant, vowel, held = (
        around_starts(mean, apart(), *span).mean()
        for span in ((-0.4, -0.25), (-0.1, -0.04), (-0.03, 0.04), (0.2, 0.35))
    )
    assert consonant > 3 * silent
    assert vowel > 1.5 * held


def test_some_voices_ring_on_in_a_rest_and_others_stop():
    voiced = []
    for seed in range(40):
        features = imagined_features(apart(), int(20 * FRAME_RATE), np.random.default_rng(seed))
        after = [int((note.end + 0.1) * FRAME_RATE) for note in apart()]
        voiced.append(features[VOICING, after].mean())
    assert min(voiced) < 0.1
    assert max(voiced) > 0.9


def test_notes_fade_after_their_end_and_consonants_inside_a_phrase_close_the_mouth():
    legato = [SungNote(1 + 0.5 * n, 1.5 + 0.5 * n, 60 + n % 5, "ta") for n in range(36)]
    levels, voicing = [], []
    for seed in range(30):
        frames = int(20 * FRAME_RATE)
        alone = imagined_features(apart(), frames, np.random.default_rng(seed))[LOUDNESS]
        released = [alone[int((note.end + after) * FRAME_RATE)] for note in apart() for after in (0.05, 0.3)]
        levels.append(np.mean(released[::2]) - np.mean(released[1::2]))
        phrase = imagined_features(legato, frames, np.random.default_rng(seed))
        before, inside = ([int((note.start + place) * FRAME_RATE) for note in legato[1:]] for place in (-0.03, 0.2))
        levels[-1] = levels[-1], phrase[LOUDNESS, inside].mean() - phrase[LOUDNESS, before].mean()
        voicing.append(phrase[VOICING, inside].mean() - phrase[VOICING, before].mean())
    fade, closure = np.mean(levels, axis=0)
    assert fade > 0.2
    assert closure > 0.04
    assert np.mean(voicing) > 0.1


def test_what_begins_before_the_first_frame_or_ends_after_the_last_is_cut():
    notes = [SungNote(-1.0, 0.8, 60, "ta"), SungNote(1.0, 1.5, 64, "ta"), SungNote(4.5, 9.0, 62, "ta")]
    for seed in range(10):
        features = imagined_features(notes, int(5 * FRAME_RATE), np.random.default_rng(seed))
        assert features[:12, : int(0.7 * FRAME_RATE)].sum(1).argmax() == 0
        assert features[:12, -int(0.3 * FRAME_RATE) :].sum(1).argmax() == 2


def test_one_seed_is_one_performance_and_no_notes_are_silence():
    frames = int(20 * FRAME_RATE)
    one, same, other = (imagined_features(apart(), frames, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert imagined_features([], frames, np.random.default_rng(0))[VOICING].max() == 0
