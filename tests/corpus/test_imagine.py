"""Imagined performances look to the listener as sung ones do."""

import json

import numpy as np

from samuel.config import FEATURE_CHANNELS, FRAME_RATE
from samuel.corpus.imagine import imagine_songs, imagined_features


def test_the_imagined_tune_is_the_tune(small_song):
    frames = int(small_song.duration * FRAME_RATE)
    features = imagined_features(small_song.melody, frames, np.random.default_rng(0))
    assert features.shape == (FEATURE_CHANNELS, frames)
    for note in small_song.melody:
        middle = slice(int((note.start + 0.1) * FRAME_RATE), int((note.end - 0.05) * FRAME_RATE))
        assert features[:12, middle].sum(1).argmax() == note.pitch % 12


def test_rests_are_silent_and_onsets_begin_notes(small_song):
    frames = int(small_song.duration * FRAME_RATE)
    features = imagined_features(small_song.melody, frames, np.random.default_rng(1))
    sung = np.zeros(frames, bool)
    for note in small_song.melody:
        sung[max(0, int((note.start - 0.15) * FRAME_RATE)) : int((note.end + 0.15) * FRAME_RATE)] = True
    assert features[13, ~sung].max() < 0.1
    starts = [int(note.start * FRAME_RATE) for note in small_song.melody[1:]]
    near = np.mean([features[16:, start - 1 : start + 2].max() for start in starts])
    assert near > 2 * features[16:].mean()


def test_the_same_seed_imagines_the_same_songs_and_keeps_those_that_exist(tmp_path):
    assert imagine_songs(tmp_path / "a", 2) == 2
    assert imagine_songs(tmp_path / "b", 1) == 1
    assert imagine_songs(tmp_path / "b", 2) == 1
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "imagined").rglob("*") if path.is_file()}
        for name in "ab"
    )
    assert one == other
    rows = [json.loads(line) for line in one["manifest.jsonl"].decode().splitlines()]
    assert [row["split"] for row in rows] == ["train", "train"]
