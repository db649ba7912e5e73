from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import ConfigError
from samuel.evaluation.harmony import chroma
from samuel.evaluation.key import best_transposition
from samuel.evaluation.pairs import Pair
from samuel.evaluation.transposition import Movement, pitch_shifted, sung_anew


def test_a_shifted_vocal_is_as_long_and_as_much_higher(pairs: list[Pair]) -> None:
    pytest.importorskip("python_stretch", reason="python-stretch is not installed")
    before, after = pairs[0].vocal(), pitch_shifted(pairs[0], 3)
    assert after.length == before.length
    profiles = [chroma(audio.samples, audio.sample_rate).mean(axis=1) for audio in (before, after)]
    assert best_transposition(*profiles) == 3


def test_only_voices_of_the_corpus_can_be_sung_anew(pairs: list[Pair]) -> None:
    with pytest.raises(ConfigError, match="song-0"):
        sung_anew(pairs[0], 3)


def test_an_octave_more_or_less_is_the_same_movement() -> None:
    assert Movement(asked=-9, by_chroma=3, by_key=3).followed
    assert not Movement(asked=5, by_chroma=4, by_key=5).followed
    assert Movement(asked=5, by_chroma=4, by_key=np.int64(5)).key_followed
