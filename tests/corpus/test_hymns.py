"""Hymns: the soprano is sung, all voices tell the chords, and nobody's rights are touched."""

import numpy as np
import pytest
from hymnal import BARS, FREE, archive, hymn

from samuel.corpus.build import CorpusSettings, draw_song
from samuel.corpus.drawing import is_held_out
from samuel.corpus.errors import CorpusError
from samuel.corpus.hymns import draw_hymn, identify, read_hymn
from samuel.corpus.public_domain import is_free_hymn


def test_the_soprano_is_sung_and_the_four_voices_tell_the_chords():
    sheet = read_hymn(hymn(), "hymn.abc")
    assert (sheet.beats_per_bar, sheet.length) == (4, 48)
    assert [(n.start, n.pitch, n.lyric) for n in sheet.notes[:4]] == [
        (-1, 62, ""),
        (0, 67, "Come,"),
        (1, 67, "thou"),
        (2, 69, "fount"),
    ]
    found = {int(chord.start): (chord.root, chord.quality, chord.bass) for chord in sheet.chords if chord.start < 16}
    assert found[0] == (7, "maj", 7)
    assert found[4] == (0, "maj", 0)
    assert found[8] == (2, "7", 6) or found[8] == (2, "maj", 6)
    assert found[12] == (7, "maj", 7)


def test_a_short_bar_moves_all_voices_alike():
    short = {name: (pickup, bars.replace("2", "", 1)) for name, (pickup, bars) in BARS.items()}
    notes = read_hymn(hymn(voices=short), "hymn.abc").notes
    assert {note.start % 4 for note in notes if note.pitch == 72} == {0, 3}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xfe nothing", "not known to have died before 1930"),
        (FREE.encode(), "no ABC score"),
        (hymn(metre="none"), "is in none"),
        (hymn(metre="9/8"), "is in 9/8"),
        (hymn(voices={"S1V1": BARS["S1V1"]}), "has one voice"),
        (hymn(times=0), "1 notes that can be sung"),
    ],
)
def test_what_cannot_be_used_says_why(data, reason):
    with pytest.raises(CorpusError, match=reason):
        read_hymn(data, "hymn.abc")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1783-1844", "1872-1958"),
        ("1783-1844", "1873-1930"),
        ("(1783-1844)", "(1971-)"),
        ("(1783-1844)", ""),
        ("ARRANGER unknown", "ARRANGER Snell, Donna"),
        ("%OHTRANSLATOR none\n", ""),
        (";Latin", ";Dumont, Brian James (1971-)"),
        ('Hymnal", 1921', 'Hymnal", 1931'),
        ("copyright: public domain.", "copyright: Words: Copyright 2009, somebody."),
    ],
)
def test_one_living_hand_is_enough_to_leave_a_hymn_out(before, after):
    assert before in FREE
    assert is_free_hymn(FREE)
    assert not is_free_hymn(FREE.replace(before, after))


@pytest.mark.parametrize(
    "author", ["from Day's Psalter, 1563", "Turner, H. L. (18th Century)", "Welsh", "X (circa 387-493)"]
)
def test_old_collections_centuries_and_traditions_are_free(author):
    assert is_free_hymn(FREE.replace("Nettleton, Asahel (1783-1844)", author))


def test_hymns_are_drawn_past_the_bad_ones_and_the_splits_share_none(tmp_path):
    source = archive(tmp_path / "openhymnal.tar.xz")
    rng = np.random.default_rng(0)
    train, valid = ({draw_hymn(source, held, rng).identifier for _ in range(12)} for held in (False, True))
    assert not train & valid
    assert all(map(is_held_out, valid))
    settings = CorpusSettings(hours=1, openhymnal=source)
    songs = [draw_song(settings, number, np.random.default_rng([0, number])) for number in range(24)]
    assert {(song.source, song.licence) for song in songs} == {
        ("composer", "CC0-1.0"),
        ("openhymnal", "public domain"),
    }


def test_a_collection_without_a_hymn_is_refused(tmp_path):
    (tmp_path / "a.abc").write_bytes(b"bad")
    with pytest.raises(CorpusError, match="holds no hymn that a singer could sing"):
        draw_hymn(tmp_path, is_held_out(identify("a.abc")), np.random.default_rng(0))
