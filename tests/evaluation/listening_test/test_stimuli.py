from __future__ import annotations

import numpy as np
import pytest

from samuel.audio import Waveform, integrated_loudness, true_peak
from samuel.errors import AudioError
from samuel.evaluation.listening_test import stimuli

RATE = 44_100


def tone(hertz: float, seconds: float = 2.0, gain: float = 0.5) -> Waveform:
    wave = gain * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return Waveform.from_array(np.stack([wave, wave]), RATE)


def passed_db(hertz: float) -> float:
    middle = slice(RATE // 2, -RATE // 2)
    before, after = tone(hertz), stimuli.anchor(tone(hertz))
    return float(20 * np.log10(after.samples[:, middle].std() / before.samples[:, middle].std()))


@pytest.mark.parametrize("hertz", [50, 1_000, 3_000, 3_500])
def test_the_anchor_passes_up_to_3500_hz_within_a_tenth_of_a_decibel(hertz: float) -> None:
    assert abs(passed_db(hertz)) <= 0.1


@pytest.mark.parametrize(("hertz", "least"), [(4_000, 25), (4_500, 50), (10_000, 50)])
def test_the_anchor_stops_what_the_recommendation_says(hertz: float, least: float) -> None:
    assert passed_db(hertz) <= -least


def test_the_anchor_is_not_late() -> None:
    click = np.zeros((2, RATE), dtype=np.float32)
    click[:, RATE // 2] = 1
    assert stimuli.anchor(Waveform(click, RATE)).samples[0].argmax() == RATE // 2


def test_all_conditions_are_equally_loud_and_none_is_limited() -> None:
    loud, soft = tone(1_000, gain=0.9), tone(300, gain=0.001)
    clicks = np.full((2, 2 * RATE), 1e-4, dtype=np.float32)
    clicks[:, :: RATE // 4] = 1
    made = stimuli.levelled({"loud": loud, "soft": soft, "clicks": Waveform(clicks, RATE)})
    found = [integrated_loudness(audio) for audio in made.values()]
    assert np.ptp(found) < 0.05
    assert max(true_peak(audio) for audio in made.values()) <= stimuli.PEAK + 1e-3
    assert np.corrcoef(made["clicks"].samples[0], clicks[0])[0, 1] == pytest.approx(1.0, abs=1e-6)


def test_the_excerpt_begins_where_most_is_sung() -> None:
    quiet = tone(440, 10.0, 0.01).samples.copy()
    quiet[:, 6 * RATE : 8 * RATE] *= 20
    assert stimuli.busiest_start(Waveform(quiet, RATE), 2.0) == 6.0


def test_excerpts_of_any_rate_and_channels_have_one_shape_and_no_clicks() -> None:
    mono = tone(440, 4.0).to_mono().resample(32_000)
    made = [stimuli.excerpt(audio, 1.0, 2.0) for audio in (mono, tone(440, 4.0))]
    assert {(audio.samples.shape, audio.sample_rate) for audio in made} == {((2, 2 * RATE), RATE)}
    assert all(abs(audio.samples[:, [0, -1]]).max() < 1e-3 for audio in made)


def test_an_excerpt_beyond_the_end_is_refused() -> None:
    with pytest.raises(AudioError, match=r"has no 3 s from 1 s"):
        stimuli.excerpt(tone(440, 2.0), 1.0, 3.0)


def test_the_singer_is_as_loud_as_the_band() -> None:
    mixed = stimuli.with_vocal(tone(300, gain=0.01), tone(2_000, gain=0.8)).samples[0]
    spectrum = np.abs(np.fft.rfft(mixed))
    ratio_db = 20 * np.log10(spectrum[2_000 * 2] / spectrum[300 * 2])
    assert abs(ratio_db) < 4  # equal in LUFS: the meter hears 2 kHz a little louder
