"""The page of a corpus carries sound, picture and truth of its pairs, and takes real recordings too."""

import base64
import io
import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
import soundfile
from chord_song import make_song
from tiny import sung

from samuel.audio import write_audio
from samuel.corpus.errors import CorpusError
from samuel.corpus.song import Chord, Song
from samuel.evaluation.corpus_page import LEFT, RIGHT, chord_name, draw_pair, write_corpus_page

SECONDS = 4.0


def write_pair(corpus, name: str, truth: dict) -> None:
    folder = corpus / "pairs" / name
    folder.mkdir(parents=True)
    write_audio(folder / "vocal.flac", sung(SECONDS))
    write_audio(folder / "accompaniment.flac", sung(SECONDS, channels=2))
    (folder / "truth.json").write_text(json.dumps(truth))


def test_the_page_carries_players_picture_chords_and_facts(tmp_path):
    song = make_song()
    facts = {"style": "bossa", "voice": "alto", "soundfont": "fluid", "split": "train", "licence": "<CC0>"}
    for number in range(3):
        write_pair(tmp_path, f"pair-{number}", {**asdict(song), **facts})
    text = write_corpus_page(tmp_path, tmp_path / "sub" / "page.html", pairs=2).read_text()
    assert [name in text for name in ("<h2>pair-0<", "<h2>pair-1<", "<h2>pair-2<")] == [True, False, True]
    sounds = re.findall(r"data:audio/mpeg;base64,([^\"]+)", text)
    assert len(sounds) == 6
    assert all(
        soundfile.info(io.BytesIO(base64.b64decode(sound))).duration == pytest.approx(SECONDS, abs=0.2)
        for sound in sounds
    )
    assert text.count("data:image/png") == 2
    assert "bossa" in text
    assert chord_name(song.chords[0]) in text
    assert "licence: &lt;CC0&gt;" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text), "nothing is fetched from elsewhere"


def test_the_picture_shows_the_melody_where_it_is_written():
    def pixels(song: Song) -> np.ndarray:
        from matplotlib.image import imread

        return imread(io.BytesIO(draw_pair(sung(SECONDS), sung(SECONDS, channels=2), song)))

    song = make_song()
    note = replace(song.melody[0], start=1.0, end=2.0, pitch=58)
    with_note, without = pixels(replace(song, melody=(note,))), pixels(replace(song, melody=()))
    rows, columns = np.nonzero((with_note != without).any(axis=2))
    height, width = without.shape[:2]
    assert 0.25 * height < rows.min() < rows.max() < 0.65 * height, "between the two spectrograms"
    expected = [LEFT + (RIGHT - LEFT) * time / SECONDS for time in (1.0, 2.0)]
    assert [columns.min() / width, columns.max() / width] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("bass", "name"), [(7, "G:7"), (11, "G:7/3"), (5, "G:7/b7"), (9, "G:7/2"), (10, "G:7/b3"), (1, "G:7/b5")]
)
def test_chords_are_named_after_harte(bass, name):
    from samuel.corpus.harte import parse_chord

    assert chord_name(Chord(0.0, 1.0, 7, "7", bass)) == name
    assert parse_chord(name) == (7, "7", bass)


def test_a_recording_without_truth_is_shown_without(tmp_path):
    unknown = dict.fromkeys(Song.__dataclass_fields__)
    write_pair(tmp_path, "real-one-00", {**unknown, "identifier": "one", "source": "mine", "split": "train"})
    text = write_corpus_page(tmp_path, tmp_path / "page.html").read_text()
    assert "source: mine" in text
    assert "Chords and words" not in text


def test_an_empty_corpus_says_what_to_do(tmp_path):
    with pytest.raises(CorpusError, match="samuel corpus build"):
        write_corpus_page(tmp_path, tmp_path / "page.html")
