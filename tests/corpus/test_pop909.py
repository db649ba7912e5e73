from __future__ import annotations

import tarfile
from pathlib import Path

import pretty_midi
import pytest

from samuel.corpus.errors import CorpusError
from samuel.corpus.harte import parse_chord
from samuel.corpus.pop909 import LICENCE, monophonic, read_pop909

OFFSET = 0.25  # s: POP909 starts its beats anywhere


def write_song(folder: Path, number: str = "001") -> Path:
    """Four bars at 120 a minute, no chord, Gm7 on its third, no chord, F; and three notes that overlap."""
    song = folder / number
    song.mkdir(parents=True)
    beats = [(OFFSET + 0.5 * i, float(i % 2 == 0), float(i % 4 == 0)) for i in range(16)]
    (song / "beat_midi.txt").write_text("".join(f"{t} {strong} {bar}\n" for t, strong, bar in beats))
    labels = ("N", "G:min7/b3", "N", "F:maj")
    spans = [(OFFSET + 2 * i, OFFSET + 2 * i + 2, label) for i, label in enumerate(labels)]
    (song / "chord_midi.txt").write_text("".join(f"{a}\t{b}\t{label}\n" for a, b, label in spans))
    (song / "key_audio.txt").write_text("0.0\t3.0\tC:maj\n3.0\t60.0\tBb:min\n")
    midi = pretty_midi.PrettyMIDI()
    for name, pitches in (("MELODY", (72, 74, 76)), ("PIANO", (40, 41, 42))):
        track = pretty_midi.Instrument(0, name=name)
        track.notes = [pretty_midi.Note(90, p, OFFSET + 2 + i, OFFSET + 3.5 + i) for i, p in enumerate(pitches)]
        midi.instruments.append(track)
    midi.write(str(song / f"{number}.mid"))
    return folder


def test_a_song_starts_with_its_first_chord(tmp_path: Path) -> None:
    (song,) = read_pop909(write_song(tmp_path))
    assert song.duration == pytest.approx(6.0)
    assert song.beats == pytest.approx([0.5 * i for i in range(12)])
    assert song.downbeats == pytest.approx([0, 2, 4])
    assert (song.beats_per_bar, song.tempo) == (4, pytest.approx(120))


def test_chords_run_without_gaps_from_start_to_end(tmp_path: Path) -> None:
    (song,) = read_pop909(write_song(tmp_path))
    assert [(c.root, c.quality, c.bass) for c in song.chords] == [(7, "min7", 10), (5, "maj", 5)]
    assert [time for c in song.chords for time in (c.start, c.end)] == pytest.approx([0, 4, 4, 6])


def test_only_the_melody_is_sung_one_note_at_a_time(tmp_path: Path) -> None:
    (song,) = read_pop909(write_song(tmp_path))
    assert [note.pitch for note in song.melody] == [72, 74, 76]
    assert [(n.start, n.end) for n in song.melody[:2]] == [
        pytest.approx((0, 1), abs=5e-3),
        pytest.approx((1, 2), abs=5e-3),
    ]
    assert all(note.syllable for note in song.melody)


def test_the_key_is_the_one_that_lasts_longest_and_the_licence_says_evaluation_only(tmp_path: Path) -> None:
    (song,) = read_pop909(write_song(tmp_path))
    assert (song.tonic, song.mode) == (10, "minor")
    assert song.identifier == "pop909-001"
    assert song.source == "pop909"
    assert song.licence == LICENCE
    assert "evaluation only" in song.licence


def test_an_archive_reads_as_its_folder_does(tmp_path: Path) -> None:
    folder = write_song(write_song(tmp_path / "POP909"), "002")
    with tarfile.open(tmp_path / "pop909.tar.xz", "w:xz") as archive:
        archive.add(folder, "POP909")
    assert read_pop909(tmp_path / "pop909.tar.xz") == read_pop909(folder)
    assert len(read_pop909(folder, limit=1)) == 1


def test_of_notes_that_start_together_the_highest_is_kept() -> None:
    assert monophonic([(0.0, 1.0, 60), (0.0, 2.0, 67), (1.5, 3.0, 64)]) == [(0.0, 1.5, 67), (1.5, 3.0, 64)]


def test_a_place_without_songs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds no POP909 song"):
        read_pop909(tmp_path)
    with pytest.raises(CorpusError, match="neither a folder nor a tar archive"):
        read_pop909(tmp_path / "missing.tar")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("C:maj", (0, "maj", 0)),
        ("F#", (6, "maj", 6)),
        ("G:min7/b3", (7, "min7", 10)),
        ("Cb:maj7/7", (11, "maj7", 10)),
        ("Bb:hdim7", (10, "hdim7", 10)),
        ("D:sus4(b7)", (2, "sus4", 2)),
        ("A:7/5", (9, "7", 4)),
        ("N", None),
        ("X", None),
    ],
)
def test_labels_are_read_after_harte(label: str, expected: tuple[int, str, int] | None) -> None:
    assert parse_chord(label) == expected


@pytest.mark.parametrize("label", ["H:maj", "C:blue", "", "C:maj/", "c:maj"])
def test_a_label_that_is_no_chord_is_refused(label: str) -> None:
    with pytest.raises(CorpusError, match=r"unknown|cannot be read"):
        parse_chord(label)
