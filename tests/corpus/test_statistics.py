"""Statistics count what is there, by time, and imagine exactly what would be built."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from samuel.audio import Waveform, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus import build
from samuel.corpus.build import CorpusSettings
from samuel.corpus.errors import CorpusError
from samuel.corpus.song import Song
from samuel.corpus.statistics import Range, corpus_statistics, imagined_statistics, summarise
from samuel.corpus.statistics_report import report_lines, write_statistics

PERFORMED = {"style": "pop", "voice": "slt", "soundfont": "fluid", "split": "train"}


def truth_of(song: Song) -> dict:
    return json.loads(json.dumps({**asdict(song), **PERFORMED}))


def real_truth(sung: float = 0.6, duration: float = 16.0) -> dict:
    unknown = dict.fromkeys(truth_of(Song(*[()] * len(Song.__dataclass_fields__))))
    return {**unknown, "identifier": "real", "source": "mine", "licence": "mine", "split": "train", "sung": sung,
            "duration": duration}  # fmt: skip


def test_shares_are_of_the_time_and_add_up_to_one(small_song):
    other = replace(small_song, identifier="other", tonic=9, mode="minor", duration=3 * small_song.duration)
    found = summarise([truth_of(small_song), truth_of(other)])
    assert found.tables["key"] == {"A minor": 0.75, "C major": 0.25}
    assert (found.pairs, found.songs) == (2, 2)
    assert found.hours == pytest.approx(4 * small_song.duration / 3600, abs=1e-3)
    assert all(sum(table.values()) == pytest.approx(1, abs=1e-3) for table in found.tables.values())


def test_chords_are_counted_by_how_long_they_sound_and_inversions_apart(small_song):
    chords = summarise([truth_of(small_song)]).tables["chords"]
    assert chords["7/"] == pytest.approx(1 / 8)  # G7 over its third, one bar of eight
    assert chords["maj7"] == pytest.approx(1 / 16)  # half of the third bar


def test_a_real_recording_counts_as_unknown_with_its_measured_share(small_song):
    found = summarise([truth_of(small_song), real_truth()])
    assert found.tables["key"] == {"C major": 0.5, "unknown": 0.5}
    assert found.tables["tempo"]["120-140"] == 0.5
    assert found.ranges["tempo"].count == 1
    assert found.ranges["sung"].high == pytest.approx(0.6, abs=0.02)


def test_a_range_is_of_the_finite_values():
    assert Range.of([-20.0, -float("inf"), -10.0]) == Range(2, -15.0, -19.5, -15.0, -10.5)
    assert Range.of([]) is None


def test_loudness_is_heard_in_the_files_and_all_is_written(tmp_path, small_song):
    for number, level in enumerate((0.1, 0.2)):
        folder = tmp_path / "corpus" / "pairs" / f"pair-{number:06d}"
        folder.mkdir(parents=True)
        (folder / "truth.json").write_text(json.dumps(truth_of(small_song)))
        time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
        tone = np.atleast_2d(level * np.sin(2 * np.pi * 997 * time)).astype(np.float32)
        write_audio(folder / "vocal.flac", Waveform(tone, SAMPLE_RATE))
        write_audio(folder / "accompaniment.flac", Waveform(np.repeat(tone / 2, 2, axis=0), SAMPLE_RATE))
    found = corpus_statistics(tmp_path / "corpus")
    gap = found.ranges["vocal loudness"].mean - found.ranges["band loudness"].mean
    assert gap == pytest.approx(6.02, abs=0.05)
    assert found.ranges["vocal loudness"].count == 2
    write_statistics(found, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "stats.json").read_text())["pairs"] == 2
    assert (tmp_path / "out" / "stats.png").read_bytes().startswith(b"\x89PNG")
    text = "\n".join(report_lines(found))
    assert "C major 100.0%" in text
    assert "LUFS" in text


def test_the_imagined_pairs_are_those_that_are_built(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "find_soundfonts", lambda: {name: Path(name) for name in build.SOUNDFONTS})
    silence = np.zeros((2, SAMPLE_RATE), np.float32)
    monkeypatch.setattr(build, "render", lambda *_: {})
    monkeypatch.setattr(build, "mix_stems", lambda *_: silence)
    monkeypatch.setattr(build, "sing", lambda *_: silence[0])
    monkeypatch.setattr(build, "capture", lambda vocal, rng: vocal)
    settings = CorpusSettings(hours=0.04, seed=3)
    build.build_corpus(tmp_path, settings)
    imagined, built = imagined_statistics(settings), corpus_statistics(tmp_path, heard=0)
    assert imagined == built
    assert imagined.pairs == 3


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="0 pairs"):
        corpus_statistics(tmp_path)
