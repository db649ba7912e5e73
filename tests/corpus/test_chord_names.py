"""Chord names as musicians write them."""

from __future__ import annotations

from itertools import product

import pytest

from samuel.corpus.chord_names import SUFFIXES, chord_name, read_chord_name
from samuel.corpus.errors import CorpusError
from samuel.corpus.song import QUALITIES


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_chord_is_read_back_as_it_was_named(quality: str) -> None:
    for root, bass in product(range(12), range(12)):
        assert read_chord_name(chord_name(root, quality, bass)) == (root, quality, bass)


@pytest.mark.parametrize(
    ("name", "chord"),
    [
        ("C", (0, "maj", 0)),
        ("F#m7", (6, "min7", 6)),
        ("B♭maj7", (10, "maj7", 10)),
        ("Dm7/G", (2, "min7", 7)),
        ("Ebsus", (3, "sus4", 3)),
        ("Cb", (11, "maj", 11)),
        ("A-7b5", (9, "hdim7", 9)),
        ("G:min7/b3", (7, "min7", 10)),
        ("C6/9", (0, "maj6", 0)),
        ("Am6/9/E", (9, "min6", 4)),
        ("C7#5", (0, "aug", 0)),
        ("N", None),
        ("N.C.", None),
    ],
)
def test_usual_spellings_are_read(name: str, chord: tuple[int, str, int] | None) -> None:
    assert read_chord_name(name) == chord


@pytest.mark.parametrize(
    "name", ["", "H", "c", "Cmajor", "C/H", "C/", "Am7 ", "F##", "C:wrong", "/G", "Do", "C7b5", "C7alt"]
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(CorpusError):
        read_chord_name(name)


@pytest.mark.parametrize(
    ("suffix", "fifth"),
    [(suffix, 8) for each in SUFFIXES.values() for suffix in each if any(sign in suffix for sign in ("#5", "+", "aug"))]
    + [(suffix, 6) for each in SUFFIXES.values() for suffix in each if "b5" in suffix],
)
def test_an_altered_fifth_is_never_read_as_a_natural_one(suffix: str, fifth: int) -> None:
    read = read_chord_name("C" + suffix)
    assert read is not None
    assert {step for step in QUALITIES[read[1]] if step in (6, 7, 8)} == {fifth}


def test_who_writes_german_names_is_told() -> None:
    with pytest.raises(CorpusError, match="the German H is B"):
        read_chord_name("Hm7")


def test_every_spelling_means_one_quality_and_every_quality_has_one() -> None:
    spellings = [spelling for each in SUFFIXES.values() for spelling in each]
    assert len(spellings) == len(set(spellings))
    assert SUFFIXES.keys() == QUALITIES.keys()


def test_minor_chords_are_spelt_as_they_are_met() -> None:
    assert (chord_name(8, "min"), chord_name(8, "maj"), chord_name(9, "min7", 8)) == ("G#m", "Ab", "Am7/Ab")
