"""ABC notation: what a hymn in four parts writes is read as it sounds."""

from fractions import Fraction

import pytest

from samuel.corpus.abc_notation import AbcScore, read_abc
from samuel.corpus.errors import CorpusError

HEADER = "X: 1\nT: A Tune\nM: 4/4 % metre\nL: 1/4\nV: S1V1 clef=treble\nK: {}\n"


def read(*lines: str, key: str = "C") -> AbcScore:
    return read_abc(HEADER.format(key) + "\n".join(lines), "tune.abc")


def heard(music: str, key: str = "C") -> list[tuple[float, float, int]]:
    """Start, end (quarter notes) and pitch of each note of a line."""
    return [(float(n.start), float(n.end), n.pitch) for n in read(f"[V: S1V1] {music}", key=key).voices[0].notes]


def test_pitches_lie_in_the_octaves_of_the_standard():
    assert [pitch for *_, pitch in heard("C, C c c'")] == [48, 60, 72, 84]


@pytest.mark.parametrize(
    ("written", "quarters"), [("C", 1), ("C2", 2), ("C/", 0.5), ("C//", 0.25), ("C3/2", 1.5), ("C/4", 0.25)]
)
def test_lengths_multiply_the_unit(written, quarters):
    assert heard(written) == [(0, quarters, 60)]


@pytest.mark.parametrize(
    ("key", "pitches"),
    [("C", [65, 71]), ("G", [66, 71]), ("Eb", [65, 70]), ("Gm", [65, 70]), ("Am", [65, 71]), ("F#", [66, 71])],
)
def test_the_key_alters_its_steps(key, pitches):
    assert [pitch for *_, pitch in heard("F B", key=key)] == pitches


def test_an_accidental_holds_to_the_bar_line_in_its_octave():
    assert [pitch for *_, pitch in heard("^F F f =F | F _B =B __B", key="G")] == [66, 66, 78, 65, 66, 70, 71, 69]


def test_a_tie_makes_one_note_and_a_slur_two():
    assert heard("C2- | C (C C)") == [(0, 3, 60), (3, 4, 60), (4, 5, 60)]
    assert heard("[CE]2- [CE]2") == [(0, 4, 60), (0, 4, 64)]
    assert heard("[C2-E2] [CF]") == [(0, 3, 60), (0, 2, 64), (2, 3, 65)]


def test_a_tuplet_squeezes_the_notes_that_it_counts():
    assert [float(end - start) for start, end, _ in heard("(3CDE F")] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 1])
    assert [end - start for start, end, _ in heard("(3::2C2D C")] == pytest.approx([4 / 3, 2 / 3, 1])


def test_what_makes_no_note_is_passed_over():
    music = '[Q:1/4=90] "^Refrain" !fermata!C {D E} x z .(D) |["1" E :|["2-9" F |1 G ||'
    assert [(start, pitch) for start, _, pitch in heard(music)] == [(0, 60), (3, 62), (4, 64), (5, 65), (6, 67)]


def test_an_overlay_sounds_from_the_bars_beginning():
    assert heard("C2 | D E & C2 | F")[-1] == (4, 5, 65)
    assert (2, 4, 60) in heard("C2 | D E & C2 | F")


def test_voices_go_on_from_line_to_line_and_bars_are_counted_over_them():
    score = read("[V: S1V1] G | C D E", "[V: S2V1] C, | C,3", "% 2", "[V: S1V1] F | G4 |]", "[V: S2V1] D, | E,4 |]")
    assert [len(voice.notes) for voice in score.voices] == [6, 4]
    assert score.voices[0].bars == tuple(map(Fraction, (0, 1, 5, 9)))
    assert score.voices[0].bars == score.voices[1].bars


def test_the_first_verse_goes_to_the_notes_of_its_line():
    lines = ("[V: S1V1] z G A | (B c) d", "w: 1.~Ho- ly~one, won * 'rous", "w: 2.~No no no no no", "[V: S1V1] G")
    assert [note.lyric for note in read(*lines).voices[0].notes] == ["Ho", "ly one,", "won", "", "'rous", ""]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no score at all", "no ABC score"),
        (HEADER.format("C"), "no line of music"),
        (HEADER.format("H") + "[V: 1] C", "in the key 'H'"),
        (HEADER.format("C").replace("1/4", "1/0") + "[V: 1] C", "the unit '1/0'"),
        (HEADER.format("C") + "[V: 1] C [M:3/4] D", r"holds '\[M:3/4\] '"),
        (HEADER.format("C") + "[V: 1] C > D", "holds '> D'"),
        (HEADER.format("C") + "[V: 1] C/0", "damaged"),
    ],
)
def test_what_is_not_read_is_named(text, reason):
    with pytest.raises(CorpusError, match=reason):
        read_abc(text, "tune.abc")
