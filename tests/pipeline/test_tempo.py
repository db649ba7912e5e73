"""What the singer tells of the beats, tempo, downbeat and chords: where beats are then, and what refuses it."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import tiny_accompanist

from samuel.audio import Waveform
from samuel.errors import ConfigError
from samuel.pipeline import Accompanist, Report, Request
from samuel.pipeline.chords import ChordSpan, changes_of


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


@pytest.mark.parametrize("downbeat", [0.0, 1.3, 9.9])
def test_a_beat_is_where_a_downbeat_is_told(accompanist: Accompanist, vocal: Waveform, downbeat: float) -> None:
    take = accompanist(vocal, tempo=60, downbeat=downbeat, steps=1)
    assert np.abs(np.asarray(take.beats) - downbeat).min() < 0.05
    assert take.settings.downbeat == downbeat
    band = accompanist.band(accompanist.hear(vocal, tempo=60, downbeat=downbeat), steps=1)
    np.testing.assert_array_equal(band.samples, take.audio)


def test_a_section_keeps_the_downbeat_and_the_chords_of_its_take_for_its_beats(
    accompanist: Accompanist, vocal: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    listen = Accompanist.condition
    monkeypatch.setattr(
        Accompanist, "condition", lambda self, sung, beats: (told.append(beats), listen(self, sung, beats))[1]
    )
    chords = (ChordSpan(0, 2.5, "C"), ChordSpan(2.5, 5, "F"))
    take = accompanist(vocal, downbeat=1.3, chords=chords, steps=1)
    edited = accompanist.regenerate(vocal, previous=take, section=(2.0, 4.0), seed=3, chords=(ChordSpan(0, 9, "G"),))
    assert edited.settings.downbeat == 1.3
    assert told[0] == told[1] == take.settings.beats_told
    assert take.settings.beats_told.changes == (2.5,)


def test_beats_fall_where_told_chords_change(accompanist: Accompanist, vocal: Waveform) -> None:
    changes = np.arange(0.25, 9, 1.0)  # between the strokes, which are half a second apart
    chords = [ChordSpan(start, start + 1, "CF"[i % 2]) for i, start in enumerate(changes)]
    beats = np.asarray(accompanist(vocal, tempo=60, chords=tuple(chords), steps=1).beats)
    assert np.abs(beats[:, None] - changes[None, :]).min(axis=0).max() < 0.08


def test_changes_are_told_where_one_chord_follows_another() -> None:
    spans = [(0.5, 1, "C"), (1, 2, "F"), (2, 3, "F"), (3.03, 4, "G"), (5, 6, "C"), (6, 7, "N")]
    assert changes_of(tuple(ChordSpan(*span) for span in spans)) == (1, 3.03, 6)


@pytest.mark.parametrize("downbeat", [-0.1, 10.0, float("nan"), float("inf")])
def test_a_downbeat_outside_the_song_is_refused(accompanist: Accompanist, vocal: Waveform, downbeat: float) -> None:
    for refused in (accompanist, accompanist.hear):
        with pytest.raises(ConfigError, match=r"downbeat .* is out of range.*: give the seconds at which a bar begins"):
            refused(vocal, downbeat=downbeat)
    with pytest.raises(ConfigError, match=r"downbeat '1' is no number"):
        Request(vocal="a.wav", downbeat="1")  # type: ignore[arg-type]


def test_a_model_that_hears_no_beats_cannot_be_told_a_downbeat(vocal: Waveform) -> None:
    deaf = tiny_accompanist(with_listener=False)
    with pytest.raises(ConfigError, match="a downbeat cannot be told to this model, which has no listener"):
        deaf(vocal, downbeat=1.0)
