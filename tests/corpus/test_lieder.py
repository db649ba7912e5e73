"""Lieder: the voice's line and words, and the chords of the piano under it."""

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from samuel.corpus.build import CorpusSettings, draw_song
from samuel.corpus.drawing import is_held_out
from samuel.corpus.errors import CorpusError
from samuel.corpus.lieder import draw_lied, identify, read_lied

# one chord a bar in 3/4, quarters: root and third class of an octave, bass
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))
STEPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def note(number: int, quarters: float, extra: str = "", lyric: str = "", divisions: int = 4) -> str:
    name, octave = STEPS[number % 12], number // 12 - 1
    alter = "<alter>1</alter>" if "#" in name else ""
    words = f"<lyric number='1'><text>{lyric}</text></lyric>" if lyric else ""
    pitch = f"<pitch><step>{name[0]}</step>{alter}<octave>{octave}</octave></pitch>"
    return f"<note>{extra}{pitch}<duration>{round(quarters * divisions)}</duration>{words}</note>"


def time(beats: int, kind: int) -> str:
    metre = f"<time><beats>{beats}</beats><beat-type>{kind}</beat-type></time>"
    return f"<attributes><divisions>4</divisions>{metre}</attributes>"


def voice_bar(words: bool = True) -> str:
    return note(67, 1, lyric="wo" if words else "") + note(69, 1, lyric="die" if words else "") + note(72, 1)


def piano_bar(tones) -> str:
    """Right hand a chord, left hand its root an octave and more below, in the second voice."""
    right = note(60 + tones[0], 3) + "".join(note(60 + tone, 3, "<chord/>") for tone in tones[1:])
    return right + "<backup><duration>12</duration></backup>" + note(36 + tones[0], 3)


def packed(*parts: list[str], metre: tuple[int, int] = (3, 4)) -> bytes:
    bars = [[time(*metre) + part[0], *part[1:]] for part in parts]
    text = "".join(f"<part>{''.join(f'<measure>{bar}</measure>' for bar in part)}</part>" for part in bars)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("score.xml", f"<score-partwise>{text}</score-partwise>")
    return memory.getvalue()


VOICE = [voice_bar() for _ in range(12)]
PIANO = [piano_bar(CHORDS[bar % 4]) for bar in range(12)]
LIED = packed(VOICE, PIANO)


def test_melody_words_and_the_pianos_chords_are_read():
    sheet = read_lied(LIED, "lied.mxl")
    assert (sheet.beats_per_bar, sheet.length) == (3, 36)
    assert [(n.start, n.pitch, n.lyric) for n in sheet.notes[:3]] == [(0, 67, "wo"), (1, 69, "die"), (2, 72, "")]
    expected = [(3 * bar, *((0, "maj"), (9, "min"), (5, "maj"), (7, "maj"))[bar % 4]) for bar in range(12)]
    assert [(c.start, c.root, c.quality) for c in sheet.chords] == expected
    assert [c.bass for c in sheet.chords] == [c.root for c in sheet.chords]


def test_the_voice_may_begin_with_a_pickup_and_a_tie_is_one_note():
    tied = note(67, 3, "<tie type='start'/>", "wo"), note(67, 1, "<tie type='stop'/>") + note(69, 2)
    voice = [note(64, 1, lyric="Ach"), *tied, *VOICE]
    piano = ["<note><rest/><duration>4</duration></note>", *PIANO[:2], *PIANO]
    sheet = read_lied(packed(voice, piano), "lied.mxl")
    assert sheet.notes[0].start == -1
    assert (sheet.notes[1].start, sheet.notes[1].end) == (0, 4)
    assert sheet.chords[0].start == 0


def test_a_short_measure_moves_all_parts_alike():
    voice, piano = list(VOICE), list(PIANO)
    voice[5], piano[5] = note(67, 2, lyric="a"), note(60, 2)
    sheet = read_lied(packed(voice, piano), "lied.mxl")
    assert {note.start % 3 for note in sheet.notes if note.pitch == 69} == {Fraction(1)}
    assert [c.start for c in sheet.chords if c.root == 5] == [6, 18, 30]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"nothing", "not compressed MusicXML"),
        (packed([voice_bar(words=False)] * 12, PIANO), "has 0 voices with words in 2 parts"),
        (packed(VOICE, VOICE, PIANO), "has 2 voices with words in 3 parts"),
        (packed(VOICE), "has 1 voices with words in 1 parts"),
        (packed(VOICE, PIANO, metre=(5, 4)), "is in 5/4"),
        (packed(VOICE, ["<note><rest/><duration>12</duration></note>"] * 12), "nothing sounds beside the melody"),
        (packed([bar.replace("<step>G", "<step>H") for bar in VOICE], PIANO), "damaged"),
    ],
)
def test_what_cannot_be_used_says_why(data, reason):
    with pytest.raises(CorpusError, match=reason):
        read_lied(data, "bad.mxl")


def test_songs_are_drawn_past_the_bad_ones_and_the_splits_share_none(tmp_path: Path):
    for number in range(30):
        (tmp_path / f"lc{number}.mxl").write_bytes(LIED if number % 3 else b"bad")
    rng = np.random.default_rng(0)
    train, valid = ({draw_lied(tmp_path, held, rng).identifier for _ in range(12)} for held in (False, True))
    assert not train & valid
    assert all(is_held_out(name) for name in valid)
    settings = CorpusSettings(hours=1, lieder=tmp_path)
    songs = [draw_song(settings, number, np.random.default_rng([0, number])) for number in range(24)]
    assert {(song.source, song.licence) for song in songs} == {("composer", "CC0-1.0"), ("openscore-lieder", "CC0-1.0")}


def test_a_collection_without_a_song_is_refused(tmp_path: Path):
    (tmp_path / "lc1.mxl").write_bytes(b"bad")
    with pytest.raises(CorpusError, match="holds no song that a singer could sing"):
        draw_lied(tmp_path, is_held_out(identify("lc1.mxl")), np.random.default_rng(0))
