"""A tempo that the singer tells: where the beats are then, what refuses it, and that a take keeps it."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import tiny_accompanist

from samuel.audio import Waveform
from samuel.errors import ConfigError
from samuel.pipeline import Accompanist, Report, Request


@pytest.fixture(scope="module")
def accompanist() -> Accompanist:
    return tiny_accompanist()


@pytest.fixture(scope="module")
def vocal() -> Waveform:
    """Ten seconds of a tone struck 120 times a minute."""
    time = np.arange(10 * 44_100) / 44_100
    return Waveform.from_array(0.4 * np.sin(2 * np.pi * 220 * time) * np.exp(-8 * (time % 0.5)), 44_100)


def distance(beats: tuple[float, ...]) -> float:
    return float(np.median(np.diff(beats)))


@pytest.mark.parametrize("tempo", [60.0, 94.0, 120.0])
def test_beats_are_looked_for_at_the_tempo_that_is_told(
    accompanist: Accompanist, vocal: Waveform, tempo: float
) -> None:
    take = accompanist(vocal, tempo=tempo, steps=1)
    assert distance(take.beats) == pytest.approx(60 / tempo, rel=0.04)
    assert take.settings.tempo == tempo
    band = accompanist.band(accompanist.hear(vocal, tempo=tempo), steps=1)
    np.testing.assert_array_equal(band.samples, take.audio)


def test_a_section_and_an_outro_keep_the_tempo_of_their_take(accompanist: Accompanist, vocal: Waveform) -> None:
    take = accompanist(vocal, tempo=60, steps=1)
    edited = accompanist.regenerate(vocal, previous=take, section=(2.0, 4.0), seed=3)
    assert edited.settings.tempo == 60
    longer = accompanist.regenerate(vocal, previous=edited, section=(10.0, 12.0), seed=4)
    assert longer.settings.tempo == 60


@pytest.mark.parametrize("tempo", [-1.0, 49.9, 211.0, float("nan"), float("inf")])
def test_a_tempo_beyond_what_is_looked_for_is_refused(accompanist: Accompanist, vocal: Waveform, tempo: float) -> None:
    for refused in (
        lambda: accompanist(vocal, tempo=tempo),
        lambda: accompanist.hear(vocal, tempo=tempo),
        lambda: Request(vocal="a.wav", tempo=tempo),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError, match=r"tempo .* is out of range: give beats per minute from 50 to 210"):
            refused()


@pytest.mark.parametrize("tempo", ["heard", None, "90", True])
def test_a_tempo_that_is_no_number_is_refused(accompanist: Accompanist, vocal: Waveform, tempo: object) -> None:
    for refused in (accompanist, accompanist.hear):
        with pytest.raises(ConfigError, match=r"tempo .* is no number: give beats per minute"):
            refused(vocal, tempo=tempo)  # type: ignore[arg-type]


def test_a_model_that_hears_no_beats_cannot_be_told_a_tempo(vocal: Waveform) -> None:
    for channels in (0, 26):
        deaf = tiny_accompanist(with_listener=False, plan_channels=channels)
        with pytest.raises(ConfigError, match="which has no listener: leave it out"):
            deaf(vocal, tempo=90)
        assert deaf(vocal, steps=1).settings.tempo == 0


@pytest.mark.parametrize(("beats", "tempo"), [((), 0.0), ((1.0,), 0.0), ((0.5, 1.0, 1.6, 2.0), 120.0)])
def test_a_report_tells_the_tempo_of_its_beats(beats: tuple[float, ...], tempo: float) -> None:
    assert Report((), (0,), 1.0, 1.0, beats=beats).tempo == pytest.approx(tempo)
