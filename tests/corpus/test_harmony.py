import numpy as np
import pytest

from samuel.corpus.harmony import SCALES, melody_scale, parse_chord, parse_progression
from samuel.corpus.keys import find_key
from samuel.corpus.progressions import BRIDGES, PROGRESSIONS, TURNAROUNDS

ALL_TEXTS = [text for group in (PROGRESSIONS, BRIDGES, TURNAROUNDS) for texts in group.values() for text in texts]


@pytest.mark.parametrize(
    ("text", "root", "quality", "bass"),
    [
        ("I", 0, "maj", 0),
        ("V/3", 7, "maj", 11),
        ("bVIImaj7", 10, "maj7", 10),
        ("iihdim7", 2, "hdim7", 2),
        ("#ivdim7", 6, "dim7", 6),
        ("IV/2", 5, "maj", 7),
        ("iminmaj7", 0, "minmaj7", 0),
        ("vi7/b7", 9, "min7", 7),
        ("Vsus4", 7, "sus4", 7),
    ],
)
def test_roman_numerals_name_root_quality_and_bass(text: str, root: int, quality: str, bass: int) -> None:
    chord = parse_chord(text)
    assert (chord.root, chord.quality, chord.bass) == (root, quality, bass)


@pytest.mark.parametrize("text", ["H", "VIII", "Vmaj13", "I/x", ""])
def test_what_is_no_chord_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=repr(text)):
        parse_chord(text)


def test_there_are_at_least_forty_progressions_and_none_twice() -> None:
    texts = [text for texts in PROGRESSIONS.values() for text in texts]
    assert len(texts) >= 40
    assert len({parse_progression(text) for text in texts}) == len(texts)


def test_every_progression_offers_melodies_all_tones_of_its_chords() -> None:
    chords = {chord for text in ALL_TEXTS for bar in parse_progression(text) for chord in bar}
    for scale in SCALES.values():
        assert all(set(chord.tones) <= melody_scale(scale, chord) for chord in chords)


@pytest.mark.parametrize(
    ("chord", "present", "absent"),
    [("II7", 6, 5), ("III7", 8, 7), ("iv", 8, 9), ("bVII", 10, 11), ("bVI", 3, 4), ("#ivdim7", 6, 5), ("I7", 10, 11)],
)
def test_a_foreign_chord_tone_replaces_the_scale_tone_of_its_letter(chord: str, present: int, absent: int) -> None:
    tones = melody_scale(SCALES["ionian"], parse_chord(chord))
    assert present in tones
    assert absent not in tones


def test_the_key_found_moves_with_the_music() -> None:
    scale = np.isin(np.arange(12), SCALES["ionian"]).astype(float)
    for tonic in range(12):
        assert find_key(np.roll(scale, tonic), tonic, final_is_minor=False) == (tonic, "major")
        assert find_key(np.roll(scale, tonic), (tonic + 9) % 12, final_is_minor=True) == ((tonic + 9) % 12, "minor")
