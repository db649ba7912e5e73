from __future__ import annotations

import numpy as np
import pytest

from samuel.errors import AudioError
from samuel.evaluation import dissonance

RATE = 44_100


def tones(*pitches: float, partials: int = 6) -> np.ndarray:
    """Two seconds of harmonic tones at these MIDI pitches."""
    time = np.arange(RATE * 2) / RATE
    hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
    return np.sum([np.sin(2 * np.pi * k * f * time) / k for f in hertz for k in range(1, partials + 1)], axis=0) * 0.05


def test_partials_are_found_at_their_frequencies() -> None:
    frequencies, _ = dissonance.partials(tones(69, partials=4), RATE)[2]
    assert np.sort(frequencies)[:4] == pytest.approx([440, 880, 1_320, 1_760], abs=0.5)


def test_equal_partials_do_not_disturb_each_other_and_a_quarter_of_a_band_apart_they_do_most() -> None:
    apart = np.linspace(0, 200, 401)
    curve = dissonance.pair_dissonance(np.full(401, 440.0), 440 + apart)
    assert curve[0] == 0
    assert curve.max() == pytest.approx(0.9, abs=0.01)
    assert 20 < apart[curve.argmax()] < 40  # a little over a semitone


def test_an_octave_and_a_fifth_are_smoother_than_a_second() -> None:
    octave, fifth, second = (dissonance.evaluate(tones(60, 60 + step), RATE)["roughness"] for step in (12, 7, 1))
    assert octave < fifth < second


def test_the_level_does_not_matter() -> None:
    audio = tones(60, 61)
    assert dissonance.evaluate(audio / 100, RATE)["roughness"] == pytest.approx(
        dissonance.evaluate(audio, RATE)["roughness"]
    )


def test_a_band_a_semitone_off_is_rough_against_the_voice() -> None:
    vocal = tones(72)
    right, wrong = (dissonance.evaluate(tones(*chord), RATE, vocal, RATE) for chord in ((60, 64, 67), (61, 65, 68)))
    assert right["vocal_roughness"] < 0.8 * wrong["vocal_roughness"]


def test_silence_warns_and_has_no_roughness() -> None:
    with pytest.warns(UserWarning, match="empty"):
        assert np.isnan(dissonance.evaluate(np.zeros(RATE * 2), RATE)["roughness"])


def test_a_vocal_without_its_rate_is_refused() -> None:
    with pytest.raises(AudioError, match="rate"):
        dissonance.evaluate(tones(60), RATE, tones(60))
