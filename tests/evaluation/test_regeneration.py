"""Sections made anew, judged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from chord_song import make_song, play

from samuel.corpus.song import Song
from samuel.evaluation import read_pairs
from samuel.evaluation.regeneration import evaluate_regeneration

RATE = 44_100
SECTION = (2.0, 6.0)


class Replaces:
    """Plays the song, and for a section made anew another one; spilled: by how much it touches all the rest."""

    def __init__(self, song: Song, anew: Song, spilled: float = 0.0) -> None:
        self.first, self.second = (np.stack([play(each, RATE)] * 2) for each in (song, anew))
        self.spilled = spilled

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        return SimpleNamespace(audio=self.first, sample_rate=RATE)

    def regenerate(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        audio = self.first + np.float32(self.spilled)
        start, stop = (round(time * RATE) for time in SECTION)
        audio[:, start:stop] = self.second[:, start:stop]
        return SimpleNamespace(audio=audio, sample_rate=RATE)


def test_a_section_with_the_right_chords_gains_and_one_with_others_loses(corpus: Path) -> None:
    pairs = read_pairs(corpus)[:1]
    song, wrong = pairs[0].song, make_song((pairs[0].song.tonic + 6) % 12)
    worse = evaluate_regeneration(Replaces(song, wrong), pairs, SECTION).rows[0]
    better = evaluate_regeneration(Replaces(wrong, song), pairs, SECTION).rows[0]
    assert worse["chord_gain"] < -0.2
    assert better["chord_gain"] == pytest.approx(-worse["chord_gain"], abs=0.1)
    assert worse["outside"] == 0
    assert worse["inside"] > -20


def test_a_change_outside_the_section_is_found(corpus: Path, song: Song) -> None:
    row = evaluate_regeneration(Replaces(song, song, spilled=0.25), read_pairs(corpus)[:1], SECTION).rows[0]
    assert row["outside"] == pytest.approx(0.25)
    assert row["chord_gain"] == 0


def test_a_broken_vocal_is_skipped_and_counted(corpus: Path, song: Song) -> None:
    (corpus / "pairs" / "song-3" / "vocal.flac").write_text("no audio")
    table = evaluate_regeneration(Replaces(song, song), read_pairs(corpus), SECTION)
    assert [item.identifier for item in table.skipped] == ["song-3"]
    assert table.settings["clips"] == len(table.rows) == 2
