from __future__ import annotations

import mir_eval
import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation import key

RATE = 22_050
SCALES: dict[key.Mode, tuple[int, ...]] = {"major": (0, 2, 4, 5, 7, 9, 11, 12), "minor": (0, 2, 3, 5, 7, 8, 11, 12)}
KEYS = [(tonic, mode) for mode in key.MODES for tonic in range(12)]


def play_scale(tonic: int, mode: key.Mode) -> np.ndarray:
    """Up the scale and home to the tonic chord, (n,) in sines."""
    third = SCALES[mode][2]
    steps = [(step,) for step in SCALES[mode]] + [(0, third, 7)] * 3
    time = np.arange(RATE // 4) / RATE
    return np.concatenate([
        sum(np.sin(2 * np.pi * 261.63 * 2 ** ((tonic + step) / 12) * time) for step in chord) * 0.1 for chord in steps
    ]).astype(np.float32)  # fmt: skip


@pytest.mark.parametrize("finder", key.FINDERS)
def test_scales_in_all_24_keys_are_found(finder: key.Finder) -> None:
    assert [key.estimate_key(play_scale(*each), RATE, finder) for each in KEYS] == KEYS


def test_the_score_of_any_confusion_is_that_of_mir_eval() -> None:
    scores = {relation: key.key_score((0, "major"), estimate) for relation, estimate in {
        "same": (0, "major"), "fifth": (7, "major"), "relative": (9, "minor"), "parallel": (0, "minor"),
        "other": (6, "major"),
    }.items()}  # fmt: skip
    assert scores == {"same": 1.0, "fifth": 0.5, "relative": 0.3, "parallel": 0.2, "other": 0.0}


def test_every_key_is_spelled_as_mir_eval_reads_it() -> None:
    for each in KEYS:
        assert mir_eval.key.weighted_score(key.key_name(*each), key.key_name(*each)) == 1.0


def test_a_scale_scores_1_by_all_finders() -> None:
    found = key.evaluate(play_scale(2, "minor"), RATE, (2, "minor"))
    assert found.keys() >= {"key_krumhansl", "key_temperley", "key_kostka_payne", "key_right", "scale_right"}
    assert set(found.values()) == {1.0}


@pytest.mark.parametrize(
    ("truth", "right", "scale", "score"),
    [
        ((9, "minor"), 1.0, 1.0, 1.0),
        ((0, "major"), 0.0, 1.0, 0.3),  # the relative key
        ((9, "major"), 0.0, 0.0, 0.2),  # the parallel key
        ((2, "minor"), 0.0, 0.0, 0.5),  # heard a fifth above the truth
        ((3, "minor"), 0.0, 0.0, 0.0),
    ],
)
def test_a_key_is_right_or_not_beside_its_weighted_score(
    truth: tuple[int, key.Mode], right: float, scale: float, score: float
) -> None:
    a_minor = key.chroma(play_scale(9, "minor"), RATE)
    assert key.compare(a_minor, truth) == {"key": score, "key_right": right, "scale_right": scale}


def test_silence_has_no_key() -> None:
    assert set(key.compare(np.zeros((12, 20)), (0, "major")).values()) == {0.0}


@pytest.mark.parametrize("semitones", range(-6, 6))
def test_the_best_transposition_of_a_rolled_chroma_is_the_roll(semitones: int) -> None:
    chroma = np.random.default_rng(0).random((12, 20))
    assert key.best_transposition(chroma, np.roll(chroma, semitones, axis=0)) == semitones
    assert key.best_transposition(chroma[:, 0], np.roll(chroma[:, 0], semitones)) == semitones


def test_relative_keys_lie_no_semitone_apart() -> None:
    assert key.key_shift((0, "major"), (9, "minor")) == 0
    assert key.key_shift((0, "major"), (5, "major")) == 5
    assert key.key_shift((9, "minor"), (3, "major")) == 3


def test_empty_input_warns_and_bad_input_is_refused() -> None:
    with pytest.warns(UserWarning, match="flat"):
        assert key.key_of_profile(np.zeros(12)) == (0, "major")
    with pytest.warns(UserWarning, match="empty"):
        assert key.best_transposition(np.zeros((12, 4)), np.ones((12, 4))) == 0
    with pytest.raises(ConfigError, match="12"):
        key.key_of_profile(np.ones(11))
    with pytest.raises(ConfigError, match="agree"):
        key.best_transposition(np.ones((12, 4)), np.ones((12, 5)))
