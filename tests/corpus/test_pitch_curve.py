"""Expressive pitch: what a performance may do to a tune, and what not."""

from __future__ import annotations

import numpy as np
import pytest

from samuel.corpus.pitch_curve import Manner, draw_manner, pitch_curve
from samuel.corpus.song import SungNote

PLAIN = Manner(5.5, 0.0, 8.0, 0.9, 0.0, 0.0, 0.0, 0.0)
NOTES = (SungNote(0.2, 1.2, 60, "a"), SungNote(1.2, 2.2, 67, "a"))


def midi(manner: Manner, notes: tuple[SungNote, ...] = NOTES, seed: int = 0) -> np.ndarray:
    return 69 + 12 * np.log2(pitch_curve(notes, 500, manner, np.random.default_rng(seed)) / 440)


def test_without_expression_the_curve_rests_on_the_notes() -> None:
    curve = midi(PLAIN)
    np.testing.assert_allclose(curve[100:220], 60, atol=0.02)
    np.testing.assert_allclose(curve[300:440], 67, atol=0.02)


def test_a_glide_passes_between_two_notes_within_a_fifth_of_a_second() -> None:
    curve = midi(PLAIN)
    between = np.flatnonzero((curve > 60.5) & (curve < 66.5)) / 200
    assert 0.01 < np.ptp(between) < 0.2
    assert abs(between.mean() - 1.2) < 0.08


def test_vibrato_swings_at_its_rate_and_within_its_depth() -> None:
    manner = Manner(5.5, 50.0, 8.0, 0.9, 0.0, 0.0, 0.0, 0.0)
    curve = midi(manner, (SungNote(0.0, 2.5, 60, "a"),)) - 60
    assert 0.2 < np.abs(curve).max() <= 0.51
    spectrum = np.abs(np.fft.rfft(curve[150:] * np.hanning(350), 4096))
    assert np.argmax(spectrum) * 200 / 4096 == pytest.approx(5.5, abs=0.6)


def test_a_rest_holds_the_pitch_before_it() -> None:
    curve = midi(PLAIN, (SungNote(0.2, 0.8, 60, "a"), SungNote(1.8, 2.4, 67, "a")))
    np.testing.assert_allclose(curve[160:310], 60, atol=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_any_manner_stays_within_50_cents_for_most_of_the_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    notes = tuple(SungNote(0.4 * i, 0.4 * i + 0.4, 60 + int(rng.integers(-4, 5)), "a") for i in range(12))
    curve = 69 + 12 * np.log2(pitch_curve(notes, 960, draw_manner(rng), rng) / 440)
    tune = np.repeat([note.pitch for note in notes], 80)
    assert np.mean(np.abs(curve - tune) < 0.5) > 0.75
    assert np.abs(curve - tune).max() < 13


def test_slides_reach_long_notes_inside_a_phrase_from_below() -> None:
    sliding = Manner(5.5, 0.0, 8.0, 0.9, 0.0, 0.0, 0.0, 0.0, slides=1.0)
    first = slice(246, 256)  # 30 to 80 ms into the second note
    assert midi(sliding)[first].mean() < midi(PLAIN)[first].mean() - 0.15
    np.testing.assert_allclose(midi(sliding)[330:440], 67, atol=0.02)


def test_singers_range_from_steady_to_free_and_keep_to_the_tune() -> None:
    """On notes of one pitch; what two recorded singers do is in docs/experiments/012-corpus.md."""
    notes = tuple(SungNote(0.8 * i, 0.8 * i + 0.8, 60, "na") for i in range(20))
    moved, near = [], []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        curve = 69 + 12 * np.log2(pitch_curve(notes, 3200, draw_manner(rng), rng) / 440)
        trend = np.convolve(np.pad(curve, 48, mode="edge"), np.ones(97) / 97, mode="valid")
        moved.append(100 * np.abs(curve - trend).mean())
        near.append(np.mean(np.abs(curve - 60) <= 0.5))
    assert np.percentile(moved, 10) < 10
    assert np.percentile(moved, 95) > 20
    assert np.mean(near) > 0.93
