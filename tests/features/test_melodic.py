"""The melody as the model hears it."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from programs import finished

import samuel
from samuel.config import FEATURE_CHANNELS, HOP, SAMPLE_RATE
from samuel.features import melodic_features
from samuel.features.melodic import nearest_index, pitch_classes

VOICING, LOUDNESS, CHANGE = 13, 14, 15


def sung(midi: float, seconds: float, level: float = 0.2) -> np.ndarray:
    """A voice-like tone: twelve partials falling by 1/k, with a little vibrato."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((midi - 69 + 0.2 * np.sin(2 * np.pi * 5.5 * t)) / 12)) / SAMPLE_RATE
    return (level * sum(np.sin(k * phase) / k for k in range(1, 13))).astype(np.float32)


@pytest.mark.parametrize("midi", [50, 57, 61, 66, 74])
def test_the_pitch_class_of_a_sung_note_is_the_strongest(midi):
    features = melodic_features(sung(midi, 1.5))
    assert features[:12].sum(1).argmax() == midi % 12
    assert features[12, 10:-5].mean() == pytest.approx((midi - 60) / 12, abs=0.05)


def test_there_is_one_column_per_started_latent_frame():
    assert melodic_features(sung(60, 1.0)[: 10 * HOP + 1]).shape == (FEATURE_CHANNELS, 11)


def test_level_does_not_matter():
    loud, quiet = melodic_features(sung(62, 1.5, 0.3)), melodic_features(sung(62, 1.5, 0.03))
    assert np.abs(loud - quiet)[:, 3:-3].max() < 0.12


def test_silence_between_notes_is_unvoiced_and_the_next_note_an_onset():
    rest = np.zeros(SAMPLE_RATE // 2, np.float32)
    features = melodic_features(np.concatenate([sung(60, 1.0), rest, sung(64, 1.0)]))
    frame = lambda seconds: int(seconds * SAMPLE_RATE / HOP)  # noqa: E731
    assert features[VOICING, frame(1.15) : frame(1.4)].max() < 0.2
    start = frame(1.5)
    assert features[16:, start - 1 : start + 2].max() > 0.8
    assert features[16:, frame(1.2) : frame(1.4)].max() < 0.2


def test_a_change_of_pitch_shows_without_a_pause():
    features = melodic_features(np.concatenate([sung(60, 1.0), sung(63, 1.0)]))
    change = int(SAMPLE_RATE / HOP)
    assert features[CHANGE, change - 2 : change + 3].max() > 0.9
    assert features[CHANGE, change + 6 : change + 14].max() < 0.5


def test_a_quarter_tone_lights_both_neighbours_alike():
    activation = pitch_classes(np.array([60.5], np.float32), np.array([True]))
    assert activation[:, 0].tolist() == [0.5, 0.5] + [0.0] * 10


def test_nearest_index_finds_the_nearest():
    assert nearest_index(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.4, 0.6, 5.0])).tolist() == [0, 0, 1, 2]


def test_stereo_and_empty_input_are_refused():
    with pytest.raises(ValueError, match="mono"):
        melodic_features(np.zeros((2, 5000), np.float32))
    with pytest.raises(ValueError, match="mono"):
        melodic_features(np.zeros(0, np.float32))


def test_the_pitch_tracker_reports_nothing_to_anyone(tmp_path: Path) -> None:
    """onnxruntime keeps a session file beside what it would send; nothing else writes there."""
    code = "import numpy, samuel.features.melodic as m; m.track_pitch(numpy.zeros(44_100, numpy.float32), 80)"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    source = str(Path(samuel.__file__).parents[1])
    own = {**environment, "TMPDIR": str(tmp_path), "PYTHONPATH": source}
    ended = finished([sys.executable, "-c", code], env=own)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []
