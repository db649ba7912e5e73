import contextlib
import io
import tarfile
import zipfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from samuel.corpus.errors import CorpusError
from samuel.corpus.lead_sheets import identify, read_lead_sheet, read_lead_sheets
from samuel.corpus.musicxml import SheetNote, read_sheet
from samuel.corpus.song import Song
from samuel.corpus.syllables import MORAE, NASAL, syllable_of

TIME = "<attributes><divisions>2</divisions><time><beats>{}</beats><beat-type>{}</beat-type></time></attributes>"
G7 = (
    "<harmony><root><root-step>G</root-step></root><kind>dominant</kind><bass><bass-step>B</bass-step></bass></harmony>"
)
E_FLAT = "<harmony><root><root-step>E</root-step><root-alter>-1</root-alter></root><kind>major</kind></harmony>"


def note(step: str, duration: int, lyric: str = "", tie: str = "") -> str:
    words = f"<lyric><text>{lyric}</text></lyric>" if lyric else ""
    pitch = f"<pitch><step>{step}</step><octave>4</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{tie and f'<tie type={tie!r}/>'}{words}</note>"


def compressed(*measures: str, metre: tuple[int, int] = (4, 4)) -> bytes:
    """An .mxl file; durations are eighths."""
    bars = [TIME.format(*metre) + measures[0], *measures[1:]]
    part = "".join(f"<measure>{bar}</measure>" for bar in bars)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("META-INF/container.xml", "<broken path='it's'/>")
        archive.writestr("song.xml", f"<score-partwise><part>{part}</part></score-partwise>")
    return memory.getvalue()


PICKUP = note("D", 2, "Oh")
BODY = [G7 + note("G", 4, "love") + note("B", 4), E_FLAT + note("G", 8, "you")]
SHEET = compressed(PICKUP, *BODY * 4)


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    path = tmp_path / "An Author" / "A Song" / "A Song.mxl"
    path.parent.mkdir(parents=True)
    path.write_bytes(SHEET)
    return path


@pytest.fixture
def song(sheet_file: Path) -> Song:
    return read_lead_sheet(sheet_file, np.random.default_rng(0))


def test_a_pickup_lies_before_the_first_bar() -> None:
    sheet = read_sheet(SHEET, "sheet")
    assert sheet.notes[0] == SheetNote(Fraction(-1), Fraction(0), 62, "Oh")
    assert sheet.length == 32
    assert [chord.start for chord in sheet.chords[:3]] == [0, 4, 8]


def test_chord_symbols_keep_quality_alteration_and_bass() -> None:
    first, second = read_sheet(SHEET, "sheet").chords[:2]
    assert (first.root, first.quality, first.bass) == (7, "7", 11)
    assert (second.root, second.quality, second.bass) == (3, "maj", 3)


def test_tied_notes_are_one_note() -> None:
    sheet = read_sheet(compressed(G7 + note("G", 8, tie="start"), note("G", 4, tie="stop") + note("A", 4)), "sheet")
    assert [(n.start, n.end) for n in sheet.notes] == [(0, 6), (6, 8)]


def test_a_short_bar_does_not_move_the_bars_after_it() -> None:
    sheet = read_sheet(compressed(G7 + note("G", 8), note("G", 6), note("A", 8)), "sheet")
    assert [n.start for n in sheet.notes] == [0, 4, 8]


def test_six_eight_counts_dotted_quarters() -> None:
    sheet = read_sheet(compressed(G7 + note("G", 3) + note("A", 3), note("G", 6), metre=(6, 8)), "sheet")
    assert sheet.beats_per_bar == 2
    assert [n.start for n in sheet.notes] == [0, 1, 2]


def test_the_intervals_of_the_melody_survive_transposition(song: Song) -> None:
    written = [n.pitch for n in read_sheet(SHEET, "sheet").notes]
    sung = [n.pitch for n in song.melody][: len(written)]
    assert np.array_equal(np.diff(written), np.diff(sung))


def test_melody_and_chords_are_transposed_alike(song: Song) -> None:
    start = song.sections[1].start
    first = next(n for n in song.melody if n.start == pytest.approx(start))
    assert next(c for c in song.chords if c.end > start + 1e-6).root == first.pitch % 12


def test_the_song_starts_with_the_band_and_its_chords_are_contiguous(song: Song) -> None:
    assert song.sections[0].name == "intro"
    assert song.melody[0].start > 0
    assert song.chords[0].start == 0
    assert song.chords[-1].end == song.duration
    assert all(first.end == second.start for first, second in pairwise(song.chords))


def test_a_short_sheet_is_sung_more_than_once(song: Song) -> None:
    assert song.duration >= 58
    assert [section.name for section in song.sections].count("verse") > 1


def test_the_lyrics_become_the_nearest_morae(song: Song) -> None:
    assert [n.syllable for n in song.melody[:4]] == ["o", "ro", "o", "yo"]
    assert {n.syllable for n in song.melody} <= {*MORAE, NASAL}
    assert syllable_of("hmm") is None


def test_an_archive_and_a_folder_give_the_same_songs(sheet_file: Path, tmp_path: Path) -> None:
    archive = tmp_path / "sheets.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(sheet_file, "dataset/An Author/A Song/A Song.mxl")
    assert list(read_lead_sheets(archive, seed=1)) == list(read_lead_sheets(tmp_path, seed=1))


def test_identifiers_tell_authors_apart_and_ignore_the_root() -> None:
    assert identify("a/B/Été/Été.mxl") == identify("x/y/B/Été/Été.mxl")
    assert identify("a/B/Été/Été.mxl") != identify("a/C/Été/Été.mxl")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"nothing", "not compressed MusicXML"),
        (compressed(note("G", 8)), "no chord symbols"),
        (compressed(G7), "no melody"),
        (compressed(G7 + note("G", 10), metre=(5, 4)), "5/4"),
    ],
)
def test_what_is_no_lead_sheet_is_refused_with_the_reason(data: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_sheet(data, "sheet")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<step>B", "<step>H"),
        ("<duration>4", "<duration>four"),
        ("<divisions>2", "<divisions>0"),
        ("<octave>4", "<octave>high"),
        ("<root-alter>-1", "<root-alter>flat"),
        ("</note>", "<note>"),
    ],
)
def test_a_damaged_score_is_refused_whatever_its_damage(before: str, after: str) -> None:
    with zipfile.ZipFile(io.BytesIO(SHEET)) as archive:
        text = archive.read("song.xml").decode()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("song.xml", text.replace(before, after))
    with pytest.raises(CorpusError, match=r"song\.mxl is (damaged|not compressed MusicXML)"):
        read_sheet(memory.getvalue(), "song.mxl")


def test_bytes_that_went_bad_are_a_corpus_error_or_a_sheet() -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SHEET)) as archive, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("song.xml", archive.read("song.xml"))
    rng = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(memory.getvalue())
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(256)
        with contextlib.suppress(CorpusError):
            read_sheet(bytes(damaged[: rng.integers(10, len(damaged) + 1)]), "song.mxl")


def test_a_missing_file_or_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.mxl"):
        read_lead_sheet(tmp_path / "none.mxl", np.random.default_rng(0))
    with pytest.raises(CorpusError, match="none"):
        next(read_lead_sheets(tmp_path / "none"))
