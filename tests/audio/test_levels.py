"""Loudness, limiter and mix."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly
from tiny import sung

from samuel.audio import Waveform, integrated_loudness, limit, mix, normalise_loudness, scratch, true_peak
from samuel.audio.limiter import _OVERSHOOT, _interpolated_peaks, _peak_envelope
from samuel.errors import AudioError, ConfigError

CEILING = 10 ** (-1 / 20)


def drums(seconds: float = 4.0) -> Waveform:
    """Sparse loud clicks: the hardest case for a limiter."""
    samples = np.zeros((2, round(seconds * 44_100)), np.float32)
    samples[:, ::22_050] = 1.0
    samples += np.random.default_rng(0).normal(0, 0.003, samples.shape).astype(np.float32)
    return Waveform(samples, 44_100)


def test_a_full_scale_sine_of_997_hz_on_one_side_has_minus_3_lufs() -> None:
    """The calibration of ITU-R BS.1770-4."""
    sine = np.sin(2 * np.pi * 997 * np.arange(48_000 * 3) / 48_000)
    assert integrated_loudness(Waveform.from_array(np.stack([sine, 0 * sine]), 48_000)) == pytest.approx(
        -3.01, abs=0.05
    )


def test_silence_has_no_loudness_and_stays_silence() -> None:
    silence = Waveform(np.zeros((2, 44_100), np.float32), 44_100)
    assert integrated_loudness(silence) == -math.inf
    np.testing.assert_array_equal(normalise_loudness(silence).samples, silence.samples)


def test_a_clip_shorter_than_a_gating_block_can_be_measured() -> None:
    assert -40 < integrated_loudness(sung(0.2)) < 0


@pytest.mark.parametrize("gain", [1e-3, 0.1, 3.0])
@pytest.mark.parametrize("make", [sung, drums])
def test_normalising_reaches_the_range_and_keeps_the_peaks_down(make: type, gain: float) -> None:
    source = make()
    levelled = normalise_loudness(Waveform(source.samples * np.float32(gain), 44_100))
    assert -24 <= integrated_loudness(levelled) <= -12
    assert true_peak(levelled) <= CEILING + 1e-6


def test_the_limiter_leaves_what_is_below_the_ceiling_untouched() -> None:
    assert limit(sung()) is not None
    np.testing.assert_array_equal(limit(sung()).samples, sung().samples)


def test_the_limiter_lowers_only_the_surroundings_of_a_peak() -> None:
    source = sung(2.0)
    loud = source.samples.copy()
    loud[0, 44_100] = 3.0
    limited = limit(Waveform(loud, 44_100))
    assert true_peak(limited) <= CEILING + 1e-6
    away = np.abs(np.arange(loud.shape[1]) - 44_100) > 0.061 * 44_100
    np.testing.assert_allclose(limited.samples[0, away], source.samples[0, away], rtol=1e-3, atol=1e-6)


def test_the_true_peak_of_a_sine_between_samples_is_found() -> None:
    """At a quarter of the rate and a phase of 45 degrees every sample is .707 and the wave reaches 1."""
    sine = np.sin(np.pi / 2 * np.arange(4_410) + np.pi / 4)
    assert true_peak(Waveform.from_array(sine * np.hanning(4_410), 44_100)) == pytest.approx(1.0, abs=0.02)


def test_peaks_above_the_ceiling_are_found_exactly_although_most_of_a_song_is_not_interpolated() -> None:
    rng = np.random.default_rng(0)
    swell = np.abs(np.sin(np.linspace(0, 40, 44_100))) ** 4
    samples = (rng.standard_normal((2, 44_100)) * 0.3 * swell).astype(np.float32)
    whole = np.maximum(_interpolated_peaks(samples), np.abs(samples).max(axis=0))
    found = _peak_envelope(samples, CEILING)
    assert 0 < (whole > CEILING).sum() < (np.abs(samples).max(axis=0) < CEILING / _OVERSHOOT).sum()
    np.testing.assert_array_equal(found[whole > CEILING], whole[whole > CEILING])
    assert found[whole <= CEILING].max() <= CEILING
    np.testing.assert_array_equal(_peak_envelope(samples, math.inf), whole)


def test_no_wave_between_samples_exceeds_them_by_more_than_the_limiter_takes_for_granted() -> None:
    weights = np.stack([resample_poly(step, 4, 1) for step in np.eye(64)])  # (sample, place)
    worst = np.sign(weights[:, 32 * 4 + 2]).astype(np.float32)  # all of them added, halfway between two samples
    assert 2.2 < _interpolated_peaks(worst[None]).max() <= _OVERSHOOT
    assert np.abs(weights).sum(axis=0).max() <= _OVERSHOOT


def test_peaks_are_the_same_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    loud = Waveform(sung(1.0).samples * np.float32(4), 44_100)
    whole = limit(loud)
    monkeypatch.setattr(scratch, "PIECE", 5_000)
    np.testing.assert_allclose(limit(loud).samples, whole.samples, atol=1e-6)


def test_at_no_gain_vocal_and_band_are_equally_loud_in_the_mix() -> None:
    time = np.arange(88_200) / 44_100
    vocal = Waveform.from_array(0.01 * np.sin(2 * np.pi * 400 * time), 44_100)
    band = Waveform.from_array(0.3 * np.sin(2 * np.pi * 500 * time), 44_100)
    spectrum = np.abs(np.fft.rfft(mix(vocal, band).samples[0]))
    assert 20 * math.log10(spectrum[800] / spectrum[1_000]) == pytest.approx(0, abs=1.0)
    louder = np.abs(np.fft.rfft(mix(vocal, band, vocal_gain_db=6).samples[0]))
    gained = louder[800] / louder[1_000] / (spectrum[800] / spectrum[1_000])
    assert 20 * math.log10(gained) == pytest.approx(6, abs=0.1)


def test_a_mix_of_unequal_lengths_is_refused() -> None:
    with pytest.raises(AudioError, match="88200"):
        mix(sung(1.0), sung(2.0))


def test_a_vocal_gain_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="vocal gain"):
        mix(sung(1.0), sung(1.0), vocal_gain_db=30)


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.77, 3.1, 9.0])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_loudness_is_that_of_pyloudnorm_whatever_the_pieces(
    seconds: float, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    swell = np.linspace(0.001, 0.3, round(seconds * rate)).astype(np.float32)
    audio = np.random.default_rng(1).standard_normal((2, len(swell))).astype(np.float32) * swell
    expected = pyloudnorm.Meter(rate, block_size=min(0.4, seconds)).integrated_loudness(audio.T.astype(np.float64))
    assert integrated_loudness(Waveform(audio, rate)) == pytest.approx(expected, abs=1e-6)
    monkeypatch.setattr(scratch, "PIECE", 7_001)
    assert integrated_loudness(Waveform(audio, rate)) == pytest.approx(expected, abs=1e-6)


def test_a_long_song_is_levelled_in_its_own_samples_to_the_same() -> None:
    loud = Waveform(sung(8.0, channels=2).samples * np.float32(3), 44_100)
    apart = normalise_loudness(loud, -9)
    assert not np.shares_memory(apart.samples, loud.samples)
    within = normalise_loudness(loud, -9, in_place=True)
    assert np.shares_memory(within.samples, loud.samples)
    np.testing.assert_array_equal(within.samples, apart.samples)


def test_levelling_and_mixing_take_little_more_memory_than_their_result() -> None:
    band, vocal = sung(60.0, channels=2), sung(60.0)
    size = band.samples.nbytes
    tracemalloc.start()
    mix(vocal, band)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size + 40e6  # bytes: pieces of 6 s; the float64 copies of a whole song would be 300e6
