"""Sections of finished takes: outside them nothing changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny import sung, tiny_accompanist

from samuel.config import SamplerConfig
from samuel.errors import CheckpointError, ConfigError
from samuel.pipeline import Accompaniment, Accompanist
from samuel.pipeline.editing import make_again
from samuel.pipeline.sampling import Windowing
from samuel.pipeline.sections import FADE, Section, level_of, splice, surroundings
from samuel.pipeline.settings import Edit
from samuel.segments import Window

VOCAL = sung(1.5)
START, STOP = round(0.5 * 44_100), round(0.9 * 44_100)


@pytest.fixture(scope="module")
def accompanist() -> Accompanist:
    return tiny_accompanist()


@pytest.fixture(scope="module")
def first(accompanist: Accompanist) -> Accompaniment:
    return accompanist(VOCAL, seed=1)


def regenerated(accompanist: Accompanist, first: Accompaniment, seed: int = 2) -> Accompaniment:
    return accompanist.regenerate(VOCAL, previous=first, section=(0.5, 0.9), seed=seed)


@pytest.fixture(scope="module")
def second(accompanist: Accompanist, first: Accompaniment) -> Accompaniment:
    return regenerated(accompanist, first)


@pytest.mark.parametrize("part", ["audio", "mix"])
def test_outside_the_section_and_its_fade_every_sample_stays(
    first: Accompaniment, second: Accompaniment, part: str
) -> None:
    before, after = getattr(first, part), getattr(second, part)
    assert after.shape == before.shape
    np.testing.assert_array_equal(after[:, : START - FADE], before[:, : START - FADE])
    np.testing.assert_array_equal(after[:, STOP + FADE :], before[:, STOP + FADE :])
    assert np.abs((after - before)[:, START:STOP]).max() > 0.01


def test_a_section_has_a_seed_of_its_own(accompanist: Accompanist, first: Accompaniment, second: Accompaniment) -> None:
    again, other = (regenerated(accompanist, first, seed) for seed in (2, 3))
    np.testing.assert_array_equal(second.audio, again.audio)
    assert np.abs(second.audio - other.audio)[:, START:STOP].max() > 0.01
    assert second.settings.edits == (Edit(0.5, 0.9, 2, SamplerConfig("dpm++", 3, 2.0)),)


def test_a_section_joins_without_a_step() -> None:
    old, new = np.zeros((2, 60_000), np.float32), np.ones((2, 60_000), np.float32)
    joined = splice(old, new, Section(START, STOP))
    assert np.abs(np.diff(joined)).max() < 2 / FADE  # a raised cosine climbs at most pi/2 times as fast as a line
    assert (joined[:, START:STOP] == 1).all()


def test_an_outro_leaves_what_was_there_and_lasts_as_long_as_asked(
    accompanist: Accompanist, first: Accompaniment
) -> None:
    take = accompanist.regenerate(VOCAL, previous=first, section=(1.5, 2.0), seed=2)
    length = first.audio.shape[1]
    assert take.audio.shape == take.mix.shape == (2, 2 * 44_100)
    np.testing.assert_array_equal(take.audio[:, : length - FADE], first.audio[:, : length - FADE])
    assert np.abs(take.audio[:, length:]).max() > 0.01
    assert take.settings.length(VOCAL.length) == 2 * 44_100


def test_a_new_take_can_have_an_outro_from_the_start(accompanist: Accompanist) -> None:
    take = accompanist(VOCAL, seed=1, extend=0.5)
    assert take.audio.shape == take.mix.shape == (2, 2 * 44_100)
    assert take.settings.extend == 0.5


def test_settings_make_a_take_with_all_its_edits_again(accompanist: Accompanist, second: Accompaniment) -> None:
    edited = accompanist.regenerate(VOCAL, previous=second, section=(1.5, 1.8), seed=9)
    again = make_again(accompanist, VOCAL, edited.settings)
    assert again.settings == edited.settings
    for part in ("audio", "mix", "latents"):
        np.testing.assert_array_equal(getattr(again, part), getattr(edited, part))


def test_mending_a_section_takes_no_longer_in_a_longer_song() -> None:
    lengths = {surroundings(Window(150, 160), frames, Windowing(128, 16)).length for frames in (300, 3_000, 12_000)}
    assert lengths == {128}


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ((3.5, 4.0), r"section 3\.5-4 s lies outside the take of 1\.50 s"),
        ((1.0, 3.2), "lies outside"),
        ((1.2, 1.0), "no range"),
        ((-1.0, 1.0), "no range"),
        ((1.0, float("nan")), "no range"),
        ((1.0, 1.01), "too short"),
        ((1.5, 64.0), "lies outside"),
    ],
)
def test_a_section_that_cannot_be_is_refused(
    accompanist: Accompanist, first: Accompaniment, section: tuple[float, float], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        accompanist.regenerate(VOCAL, previous=first, section=section, seed=2)


def test_a_take_of_another_model_is_refused(accompanist: Accompanist, first: Accompaniment) -> None:
    foreign = replace(first, settings=replace(first.settings, model_fingerprint="2" * 64))
    with pytest.raises(CheckpointError, match="go on with the model that made it"):
        regenerated(accompanist, foreign)


def test_splicing_a_take_into_itself_changes_nothing() -> None:
    old = np.random.default_rng(0).normal(size=(2, 10_000)).astype(np.float32)
    np.testing.assert_array_equal(splice(old, old[:, 1_000:9_000], Section(4_000, 5_000), 1_000), old)


def test_a_splice_never_rises_above_both() -> None:
    old, new = np.full((2, 10_000), 0.5, np.float32), np.full((2, 10_000), 0.7, np.float32)
    spliced = splice(old, new, Section(4_000, 5_000))
    assert (spliced[:, 4_000:5_000] == np.float32(0.7)).all()
    assert (np.diff(spliced[0, :4_001]) >= 0).all()
    assert (spliced >= np.float32(0.5)).all()
    assert (spliced <= np.float32(0.7)).all()


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (50, 60), (290, 300), (0, 300), (100, 250)])
def test_surroundings_hold_the_section_and_a_window_of_context(start: int, stop: int) -> None:
    span = surroundings(Window(start, stop), 300, Windowing(128, 16))
    assert 0 <= span.start <= start < stop <= span.stop <= 300
    assert span.length >= 128
    for context, room in ((start - span.start, start), (span.stop - stop, 300 - stop)):
        assert context >= min(32, room)


def test_level_of_is_a_gain() -> None:
    audio = np.random.default_rng(0).normal(size=(2, 1_000)).astype(np.float32)
    assert level_of(audio, np.float32(0.25) * audio) == pytest.approx(0.25)
    assert level_of(0 * audio, audio) == 1
