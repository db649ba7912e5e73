"""MIDI files: the melody is found, the chords are those that sound, and what cannot be used says why."""

import contextlib
import io
from fractions import Fraction

import mido
import numpy as np
import pytest

from samuel.corpus.build import CorpusSettings, claim, draw_song
from samuel.corpus.chord_finding import FoundChord, Sounding, find_chords
from samuel.corpus.composer import compose
from samuel.corpus.errors import CorpusError
from samuel.corpus.midi import read_midi, steadiness
from samuel.corpus.midi_folder import describe, draw_midi_song, examine_midi
from samuel.corpus.song import QUALITIES

TICKS = 480
PROGRESSION = ((0, "maj"), (9, "min"), (5, "maj7"), (7, "7"), (2, "min7"), (11, "hdim7"), (4, "sus4"), (9, "min"))
MELODY = [(4 * bar + beat, 1, 72 + step) for bar in range(8) for beat, step in ((0, 0), (1, 2), (2, 4))]


def track(name: str, notes, channel: int = 0, program: int = 0, extra=()) -> mido.MidiTrack:
    """notes: (start, length, pitch) in beats."""
    events = [(0.0, mido.Message("program_change", channel=channel, program=program)), *extra]
    for start, length, pitch in notes:
        events.append((start, mido.Message("note_on", channel=channel, note=pitch, velocity=80)))
        events.append((start + length, mido.Message("note_off", channel=channel, note=pitch)))
    made = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for time, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        tick = round(time * TICKS)
        made.append(message.copy(time=tick - now))
        now = tick
    return made


def comping(progression=PROGRESSION, bars: float = 4, bass: bool = True):
    notes = []
    for bar, (root, quality) in enumerate(progression):
        notes += [(bars * bar, bars, 48 + root + interval) for interval in QUALITIES[quality]]
        notes += [(bars * bar, bars, 36 + root)] if bass else []
    return notes


def written(*tracks, signature=(4, 4)) -> bytes:
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    file.tracks.append(
        mido.MidiTrack([mido.MetaMessage("time_signature", numerator=signature[0], denominator=signature[1])])
    )
    file.tracks.extend(tracks)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


SONG = written(track("Lead Vocal", MELODY, 0), track("Piano", comping(), 1))


def test_the_melody_and_every_chord_are_read():
    sheet = read_midi(SONG, "song.mid")
    assert (sheet.beats_per_bar, sheet.length) == (4, 32)
    assert [(n.start, n.end, n.pitch) for n in sheet.notes] == [(s, s + n, p) for s, n, p in MELODY]
    assert [(c.start, c.root, c.quality, c.bass) for c in sheet.chords] == [
        (4 * bar, root, quality, root) for bar, (root, quality) in enumerate(PROGRESSION)
    ]


def test_an_inversion_has_its_bass_and_silence_keeps_the_chord_before():
    notes = [Sounding(1, 2, pitch) for pitch in (52, 55, 60)]
    assert find_chords(notes, [0, 1, 2, 3]) == [None, FoundChord(0, "maj", 4), FoundChord(0, "maj", 4)]


def test_a_passing_tone_is_no_chord():
    notes = [Sounding(0, 4, pitch) for pitch in (48, 60, 64, 67)] + [Sounding(2, 2.5, 65), Sounding(3, 3.5, 62)]
    assert set(find_chords(notes, [0, 1, 2, 3, 4])) == {FoundChord(0, "maj", 0)}


def test_without_a_name_the_words_tell_the_melody():
    words = [(start, mido.MetaMessage("lyrics", text="la-")) for start, *_ in MELODY]
    higher = [(start, 1, pitch + 7) for start, _, pitch in MELODY for start in (start + 0.5,)]
    data = written(track("", MELODY, 0, extra=words), track("", higher, 1), track("", comping(bass=False), 2))
    sheet = read_midi(data, "song.mid")
    assert [note.pitch for note in sheet.notes] == [pitch for *_, pitch in MELODY]
    assert {note.lyric for note in sheet.notes} == {"la"}


def test_without_names_and_words_the_single_line_on_top_is_the_melody():
    bass = [(4 * bar + beat, 1, 55 + root % 5) for bar, (root, _) in enumerate(PROGRESSION) for beat in range(4)]
    data = written(track("", comping(), 1), track("", bass, 2, program=33), track("", MELODY, 0))
    assert [note.pitch for note in read_midi(data, "song.mid").notes] == [pitch for *_, pitch in MELODY]


def test_a_long_intro_is_cut_to_four_bars_and_drums_are_no_harmony():
    late = [(start + 40, length, pitch) for start, length, pitch in MELODY]
    drums = [(beat, 0.5, 36) for beat in range(80)]
    data = written(
        track("Melody", late, 0), track("Keys", comping((*PROGRESSION, *PROGRESSION, *PROGRESSION)), 1),
        track("Drums", drums, 9),
    )  # fmt: skip
    sheet = read_midi(data, "song.mid")
    assert sheet.notes[0].start == 16
    assert sheet.length == 4 * (4 + 8 + 2)


def test_six_eight_counts_two_dotted_beats():
    melody = [(1.5 * step, 1.5, 70 + step % 3) for step in range(16)]
    data = written(track("Voice", melody, 0), track("", comping(PROGRESSION, bars=3), 1), signature=(6, 8))
    sheet = read_midi(data, "song.mid")
    assert (sheet.beats_per_bar, sheet.length) == (2, 16)
    assert [note.start for note in sheet.notes] == [Fraction(step) for step in range(16)]


def test_notes_off_the_grid_are_refused():
    rng = np.random.default_rng(0)
    loose = [(start + rng.uniform(0, 1), length, pitch) for start, length, pitch in MELODY]
    with pytest.raises(CorpusError, match="does not keep to its own beats"):
        read_midi(
            written(track("Vocal", loose, 0), track("", [(s + rng.uniform(0, 2), n, p) for s, n, p in comping()], 1)),
            "free.mid",
        )
    assert steadiness([0, 0.25, 1.5]) == pytest.approx(1)
    assert steadiness([0, 1 / 3, 2 / 3]) == pytest.approx(1)
    assert steadiness(list(rng.uniform(0, 100, 2000))) < 0.1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no MIDI file"),
        (b"MThd\x00\x00", "no MIDI file"),
        (b"RIFF" + bytes(100), "no MIDI file"),
        (SONG[:80], "no MIDI file"),
        (written(), "no melody"),
        (written(track("Vocal", MELODY, 0)), "nothing but a melody"),
        (written(track("Piano", comping(), 0)), "no melody"),
        (written(track("Vocal", MELODY, 0), track("", comping(), 1), signature=(7, 8)), "is in 7/8"),
        (written(track("Vocal", MELODY[:10], 0), track("", comping(), 1)), "no melody"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(data, reason):
    with pytest.raises(CorpusError, match=reason):
        read_midi(data, "bad.mid")


def test_damage_anywhere_is_a_corpus_error_or_a_sheet():
    rng = np.random.default_rng(0)
    for _ in range(400):
        damaged = bytearray(SONG)
        for place in rng.integers(0, len(SONG), 4):
            damaged[place] = rng.integers(256)
        with contextlib.suppress(CorpusError):
            read_midi(bytes(damaged[: rng.integers(20, len(SONG) + 1)]), "damaged.mid")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    for number in range(12):
        (tmp_path / "mine" / "sub" / f"song {number}.MID").write_bytes(SONG)
    (tmp_path / "mine" / "broken.mid").write_bytes(b"nothing")
    return tmp_path / "mine"


def test_a_folder_is_examined_file_by_file(folder):
    ((name, reason),) = examine_midi(folder)
    assert name == "broken.mid"
    assert "no MIDI file" in reason
    assert describe([(name, reason)] * 12)[-1] == "left out 2 more"
    for path in (folder / "sub").iterdir():
        path.unlink()


def test_songs_of_a_folder_come_in_many_keys_with_their_licence_and_the_splits_share_none(folder):
    rng = np.random.default_rng(0)
    train, valid = ([draw_midi_song(folder, "mine", held_out, rng) for _ in range(30)] for held_out in (False, True))
    assert {(song.source, song.licence) for song in train} == {("midi", "mine")}
    assert len({song.tonic for song in train}) > 6
    assert len({song.identifier for song in train}) > 5
    assert not {song.identifier for song in train} & {song.identifier for song in valid if song}


def test_half_of_the_pairs_are_of_the_folder_and_the_rest_composed(folder):
    settings = CorpusSettings(hours=1, midi=folder)
    sources = [draw_song(settings, number, np.random.default_rng([0, number])).source for number in range(16)]
    assert 4 <= sources.count("midi") <= 12
    assert set(sources) == {"midi", "composer"}


def test_without_midi_the_draws_are_what_they_were():
    """The first random number of a pair of the composer alone is the seed of its song."""
    number = 7
    song = draw_song(CorpusSettings(hours=1), number, np.random.default_rng([0, number]))
    assert song == compose(int(np.random.default_rng([0, number]).integers(2**31)))


def test_a_corpus_notes_the_files_and_refuses_others(folder, tmp_path):
    settings = CorpusSettings(hours=0.01, midi=folder)
    out = tmp_path / "corpus"
    out.mkdir()
    claim(out, settings)
    claim(out, settings)
    from samuel.corpus import midi_folder

    midi_folder.midi_files.cache_clear()
    (folder / "another.mid").write_bytes(SONG)
    with pytest.raises(CorpusError, match="another folder"):
        claim(out, settings)


def test_a_folder_without_a_usable_file_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="holds no MIDI file"):
        examine_midi(tmp_path)
    (tmp_path / "x.mid").write_bytes(b"x")
    from samuel.corpus import midi_folder

    midi_folder.midi_files.cache_clear()
    with pytest.raises(CorpusError, match=r"none of 1 MIDI files .* x\.mid is no MIDI file"):
        examine_midi(tmp_path)
