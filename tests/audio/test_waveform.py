"""Audio in memory: what is accepted, and what conversions keep."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import sung

from samuel.audio import Waveform
from samuel.errors import AudioError


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000, 192_000])
def test_resampling_there_and_back_keeps_the_tone(rate: int) -> None:
    tone = sung(1.0)
    back = tone.resample(rate).resample(44_100)
    assert back.length == tone.length
    inner = slice(500, -500)  # the filter rings at the ends
    assert np.abs(back.samples[:, inner] - tone.samples[:, inner]).max() < 1e-3


def test_mono_doubled_to_stereo_averages_back_to_itself() -> None:
    tone = sung()
    np.testing.assert_array_equal(tone.to_stereo().to_mono().samples, tone.samples)


def test_six_channels_become_two_equal_ones() -> None:
    stereo = sung(channels=6).to_stereo()
    assert stereo.channels == 2
    np.testing.assert_array_equal(stereo.samples[0], stereo.samples[1])


def test_integers_are_read_at_full_scale() -> None:
    waveform = Waveform.from_array(np.array([-32_768, 0, 16_384], np.int16), 44_100)
    np.testing.assert_array_equal(waveform.samples, [[-1.0, 0.0, 0.5]])


@pytest.mark.parametrize(
    ("array", "rate", "complaint"),
    [
        (np.zeros((1, 0), np.float32), 44_100, "0 samples"),
        (np.array([0.0, np.nan, np.inf]), 44_100, "2 of 3 samples"),
        (np.array([1e300]), 44_100, "infinite"),
        (np.zeros((44_100, 2)), 44_100, "shape"),
        (np.zeros((1, 1, 10)), 44_100, "shape"),
        (np.zeros(10), 7_999, "7999 Hz"),
        (np.zeros(10), 192_001, "192001 Hz"),
        (np.array(["a"]), 44_100, "not audio"),
    ],
)
def test_what_is_no_audio_is_refused(array: np.ndarray, rate: int, complaint: str) -> None:
    with pytest.raises(AudioError, match=complaint):
        Waveform.from_array(array, rate)
