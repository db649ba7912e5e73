"""The studio's functions: takes as the command line makes them, and each visitor alone with what is theirs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import sung, tiny_accompanist
from waiting import BUSY, wait_for

from samuel.audio import Waveform, read_audio
from samuel.errors import ConfigError, SamuelError
from samuel.pipeline import Accompaniment, Accompanist, Progress, ProgressCallback
from samuel.pipeline.chords import ChordSpan
from samuel.pipeline.sections import FADE
from samuel.studio.api import shown_take
from samuel.studio.jobs import Job, JobView
from samuel.studio.limits import LimitError, Limits, UnknownError
from samuel.studio.session import Recording, Take
from samuel.studio.sound import tidied
from samuel.studio.studio import Studio, Wish
from samuel.studio.takes import export_take, read_back

VOCAL = tidied(sung(1.5))


class Visit:
    """A visitor with a recording."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.visitor = studio, studio.visitors.enter()
        self.token = self.visitor.token
        self.recording: Recording = studio._kept(self.visitor, VOCAL)

    def seen(self, job: JobView) -> JobView:
        """The job as it is now, which has met no error."""
        now = self.studio.jobs.view(self.token, job.id)
        assert now.error == ""
        return now

    def finished(self, job: JobView) -> list[Take]:
        done = wait_for(lambda: (now := self.seen(job)).state not in BUSY and now)
        assert done.state == "done"
        return [self.visitor.take(name) for name in done.takes]

    def accompany(self, wish: Wish) -> list[Take]:
        job = self.studio.accompany(self.token, self.recording.id, wish)
        return self.finished(job)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    opened = Studio(tiny_accompanist(), Limits(recordings=3, takes=4))
    yield opened
    opened.close()
    assert not opened.storage.root.exists()


@pytest.fixture
def visit(studio: Studio) -> Iterator[Visit]:
    """Someone with a recording, who in the end leaves nothing in the queue, not even if the test has failed."""
    visit = Visit(studio)
    yield visit
    studio.jobs.cancel_all(visit.token)


def test_a_band_plays_the_chords_that_the_visitor_wrote(studio: Studio, visit: Visit) -> None:
    chords = (ChordSpan(0.0, 0.7, "Am"), ChordSpan(0.7, 1.4, "N"))
    [take] = visit.accompany(Wish(chords=chords))
    np.testing.assert_array_equal(read_back(take).audio, studio.accompanist(VOCAL, chords=chords).audio)
    assert read_back(take).chords == take.chords
    assert take.chords[0] == chords[0]
    [kept] = visit.finished(studio.regenerate(visit.token, take.id, 0.2, 0.6))
    [heard] = visit.finished(studio.regenerate(visit.token, take.id, 0.2, 0.6, chords=()))
    assert (kept.settings.edits[0].chords, heard.settings.edits[0].chords) == (chords, ())
    with pytest.raises(ConfigError, match="starts at 9 s"):
        studio.accompany(visit.token, visit.recording.id, Wish(chords=(ChordSpan(9.0, 10.0, "C"),)))


def test_takes_are_those_of_the_python_interface_sample_for_sample(studio: Studio, visit: Visit) -> None:
    takes = visit.accompany(Wish(seed=5, takes=2, steps=4, guidance=1.5, sampler="ddim", style="rock"))
    assert [take.number for take in takes] == [1, 2]
    for take, seed in zip(takes, (5, 6), strict=True):
        expected = studio.accompanist(VOCAL, seed=seed, steps=4, guidance=1.5, sampler="ddim", style="rock")
        kept = read_back(take)
        np.testing.assert_array_equal(kept.audio, expected.audio)
        np.testing.assert_array_equal(kept.mix, expected.mix)
        np.testing.assert_array_equal(kept.latents, expected.latents)
        assert kept.settings == expected.settings


def test_a_regenerated_section_makes_a_new_take_and_keeps_the_old_one(studio: Studio, visit: Visit) -> None:
    (first,) = visit.accompany(Wish(seed=3))
    (second,) = visit.finished(studio.regenerate(visit.token, first.id, 0.5, 0.9))
    before, after = read_back(first).audio, read_back(second).audio
    start, stop = 22_050, round(0.9 * 44_100)
    np.testing.assert_array_equal(after[:, : start - FADE], before[:, : start - FADE])
    np.testing.assert_array_equal(after[:, stop + FADE :], before[:, stop + FADE :])
    assert np.abs(after - before)[:, start:stop].max() > 0.01
    assert second.settings.last_seed == 4
    assert set(visit.visitor.takes) == {first.id, second.id}


def test_a_section_may_be_regenerated_in_another_style(studio: Studio, visit: Visit) -> None:
    (first,) = visit.accompany(Wish(seed=3, style="pop"))
    (same,) = visit.finished(studio.regenerate(visit.token, first.id, 0.5, 0.9, seed=9))
    (rock,) = visit.finished(studio.regenerate(visit.token, first.id, 0.5, 0.9, seed=9, style="rock"))
    assert np.abs(read_back(same).audio - read_back(rock).audio).max() > 1e-3
    assert [shown_take(take)["edits"] for take in (same, rock)] == [[[0.5, 0.9, 9, name]] for name in ("pop", "rock")]
    with pytest.raises(ConfigError, match="style 'ska' is unknown"):
        studio.regenerate(visit.token, first.id, 0.5, 0.9, style="ska")


def test_an_outro_makes_a_take_longer(studio: Studio, visit: Visit) -> None:
    (first,) = visit.accompany(Wish())
    (longer,) = visit.finished(studio.extend(visit.token, first.id, 0.5))
    assert longer.seconds == pytest.approx(2.0, abs=1e-3)


def test_the_vocal_level_is_that_of_the_mix(visit: Visit) -> None:
    (take,) = visit.accompany(Wish())
    made = read_back(take)
    played = made.audio + take.vocal_level * VOCAL.to_stereo().samples
    likeness = np.corrcoef(played.ravel(), made.mix.ravel())[0, 1]
    assert likeness > 0.999


def test_the_faders_shape_the_mix_that_is_downloaded(visit: Visit) -> None:
    (take,) = visit.accompany(Wish())
    plain, quiet = (read_audio(export_take(take, "mix", "wav", gain)).samples for gain in (0.0, -40.0))
    band = read_audio(export_take(take, "band", "flac")).samples
    np.testing.assert_array_equal(plain, read_back(take).mix)
    assert np.corrcoef(quiet.ravel(), band.ravel())[0, 1] > 0.999 > np.corrcoef(plain.ravel(), band.ravel())[0, 1]


def test_trimming_makes_another_recording_and_keeps_the_first(studio: Studio, visit: Visit) -> None:
    trimmed = studio.trim(visit.token, visit.recording.id, 0.2, 1.3)
    np.testing.assert_array_equal(read_audio(trimmed.path).samples, VOCAL.samples[:, 8_820:57_330])
    assert len(visit.visitor.recordings) == 2


def test_what_the_listener_heard_is_there_soon(visit: Visit) -> None:
    analysis = wait_for(lambda: visit.recording.analysis)
    assert len(analysis.pitch) == -(-VOCAL.length // 2048)
    sung_notes = [midi for midi in analysis.pitch if midi is not None]
    assert np.median(sung_notes) == pytest.approx(57, abs=0.5)  # 220 Hz
    assert all(0 <= beat <= 1.6 for beat in analysis.beats)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"tempo": 70.0},
        {"tempo": 92.5, "downbeat": 1.3},
        {
            "chords": tuple(
                ChordSpan(at, at + 0.9, name) for at, name in ((0.7, "Am"), (1.6, "F"), (2.5, "C"), (3.4, "G"))
            )
        },
    ],
)
def test_the_beats_that_are_shown_are_those_that_a_take_keeps(
    studio: Studio, visit: Visit, told: dict[str, Any]
) -> None:
    visit.recording = studio._kept(visit.visitor, tidied(sung(5.0)))
    analysis = wait_for(lambda: visit.recording.analysis)
    [take] = visit.accompany(Wish(**told))
    shown = studio.beats(visit.token, visit.recording.id, Wish(**told))
    assert studio.take_beats(visit.token, take.id) == shown
    assert shown.beats == take.beats
    assert len(shown.beats) > 3
    if "downbeat" in told:
        assert min(abs(beat - told["downbeat"]) for beat in shown.downbeats) < 0.05
    assert (shown.beats == analysis.beats) == (told == {})


def test_beats_are_not_shown_before_the_recording_is_heard_or_out_of_range(studio: Studio, visit: Visit) -> None:
    wait_for(lambda: visit.recording.analysis)
    late = (ChordSpan(2, 3, "Am"),)
    for wish, sentence in (
        (Wish(tempo=20), "tempo 20 is out"),
        (Wish(downbeat=1.6), "the song ends at 1.5 s"),
        (Wish(chords=late), "the song ends at 1.5 s"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            studio.beats(visit.token, visit.recording.id, wish)
    with visit.visitor.tracking, pytest.raises(LimitError, match="looked for already"):
        studio.beats(visit.token, visit.recording.id, Wish())
    studio.beats(visit.token, visit.recording.id, Wish())
    visit.recording.analysis = None
    with pytest.raises(SamuelError, match="has not been heard"):
        studio.beats(visit.token, visit.recording.id, Wish())


def test_deleting_a_recording_stops_what_is_made_of_it_and_nothing_else(studio: Studio, visit: Visit) -> None:
    other = studio.example(visit.token)
    job = studio.accompany(visit.token, visit.recording.id, Wish(takes=2, steps=800))
    kept = studio.accompany(visit.token, other.id, Wish(steps=1))
    studio.delete_recording(visit.token, visit.recording.id)
    assert studio.jobs.view(visit.token, job.id).state == "cancelled"
    [take] = visit.finished(kept)
    assert (take.recording, list(visit.visitor.recordings)) == (other, [other.id])


def test_a_take_that_is_finished_as_its_recording_is_deleted_is_not_kept(studio: Studio, visit: Visit) -> None:
    [take] = visit.accompany(Wish(steps=1))
    visit.visitor.remove_recording(visit.recording.id)
    take.folder.mkdir()
    with pytest.raises(UnknownError):
        studio._add(visit.visitor, Job(visit.token, "accompany", take.recording.id, lambda job: None), take)
    assert (visit.visitor.takes, take.folder.exists()) == ({}, False)


ACTS: dict[str, Callable[[Studio, str, Visit, str], Any]] = {
    "trim": lambda studio, token, other, take: studio.trim(token, other.recording.id, 0, 1.2),
    "beats": lambda studio, token, other, take: studio.beats(token, other.recording.id, Wish()),
    "take beats": lambda studio, token, other, take: studio.take_beats(token, take),
    "accompany": lambda studio, token, other, take: studio.accompany(token, other.recording.id, Wish()),
    "regenerate": lambda studio, token, other, take: studio.regenerate(token, take, 0.5, 0.9),
    "extend": lambda studio, token, other, take: studio.extend(token, take, 1),
    "remove take": lambda studio, token, other, take: studio.visitors.get(token).remove_take(take),
    "remove recording": lambda studio, token, other, take: studio.delete_recording(token, other.recording.id),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_another_visitors_is_not_there(studio: Studio, visit: Visit, act: str) -> None:
    (take,) = visit.accompany(Wish())
    stranger = studio.visitors.enter().token
    with pytest.raises(UnknownError):
        ACTS[act](studio, stranger, visit, take.id)


def test_a_visitor_who_leaves_in_mid_run_takes_everything_along(studio: Studio, visit: Visit) -> None:
    job = studio.accompany(visit.token, visit.recording.id, Wish(takes=4, steps=800))
    wait_for(lambda: visit.seen(job).fraction > 0)
    studio.visitors.leave(visit.token)
    studio.visitors.see_off(time.monotonic())  # not yet: the page may only be loading again
    studio.visitors.get(visit.token)
    studio.visitors.leave(visit.token)
    studio.visitors.see_off(time.monotonic() + 21)
    assert not visit.visitor.folder.exists()
    with pytest.raises(SamuelError, match="visit is over"):
        studio.visitors.get(visit.token)
    Visit(studio).accompany(Wish(steps=1))  # and the machine is free for the next one
    assert visit.visitor.made == 0  # which did not wait for the end
    assert not visit.visitor.folder.exists()


def test_a_visitor_who_stays_silent_or_too_long_has_left(studio: Studio) -> None:
    silent, old = Visit(studio), Visit(studio)
    studio.visitors.see_off(time.monotonic() + 60 * 15 + 1)
    assert not silent.visitor.folder.exists()
    old = Visit(studio)
    old.visitor.gone_at = float("inf")
    studio.visitors.see_off(time.monotonic() + 24 * 3600 + 1)
    assert not old.visitor.folder.exists()


class OneTake:
    """Plays like another accompanist, but comes to no end with its second take."""

    def __init__(self, accompanist: Accompanist) -> None:
        self.accompanist, self.sampler_config, self.takes = accompanist, accompanist.sampler_config, 0

    def __call__(self, vocal: Waveform, *, progress: ProgressCallback, **wishes: Any) -> Accompaniment:
        self.takes += 1
        while self.takes > 1:
            progress(Progress("playing", 0.5))
            time.sleep(0.005)
        return self.accompanist(vocal, progress=progress, **wishes)


def test_cancelling_keeps_the_takes_that_are_finished(
    studio: Studio, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = OneTake(studio.accompanist)
    monkeypatch.setattr(studio, "accompanist", endless)
    job = studio.accompany(visit.token, visit.recording.id, Wish(takes=4, steps=1))
    wait_for(lambda: visit.seen(job).fraction > 0.3 and endless.takes == 2)
    assert studio.jobs.cancel(visit.token, job.id).state == "cancelled"
    monkeypatch.undo()
    visit.accompany(Wish(steps=1, seed=9))  # had the other gone on, this one would never have begun
    assert [take.settings.seed for take in visit.visitor.takes.values()] == [0, 9]
    assert len(visit.seen(job).takes) == 1


def test_deleting_removes_the_files(studio: Studio, visit: Visit) -> None:
    (take,) = visit.accompany(Wish())
    visit.visitor.remove_take(take.id)
    assert not take.folder.exists()
    visit.visitor.remove_recording(visit.recording.id)
    assert list(visit.visitor.folder.iterdir()) == []


def test_more_than_a_visitor_may_keep_is_refused_before_the_work(studio: Studio, visit: Visit) -> None:
    with pytest.raises(LimitError, match="5 takes are more than the 4"):
        studio.accompany(visit.token, visit.recording.id, Wish(takes=5))
    for _ in range(2):
        studio.example(visit.token)
    for act in (lambda: studio.example(visit.token), lambda: studio.trim(visit.token, visit.recording.id, 0, 1.2)):
        with pytest.raises(LimitError, match="3 recordings"):
            act()


def test_what_waits_in_the_queue_is_refused_once_there_is_no_room_left(studio: Studio, visit: Visit) -> None:
    jobs = [studio.accompany(visit.token, visit.recording.id, Wish(takes=3, steps=1)) for _ in range(2)]
    views = [wait_for(lambda job=job: (now := studio.jobs.view(visit.token, job.id)).state not in BUSY and now)
             for job in jobs]  # fmt: skip
    assert [view.state for view in views] == ["done", "failed"]
    assert "delete some" in views[1].error
    assert len(visit.visitor.takes) == 4


@pytest.mark.parametrize("deleted", ["recording", "take"])
def test_a_job_for_what_was_deleted_meanwhile_says_so_without_a_path(
    studio: Studio, visit: Visit, deleted: str
) -> None:
    (take,) = visit.accompany(Wish(steps=1))
    before = studio.accompany(visit.token, visit.recording.id, Wish(steps=800))
    job = studio.regenerate(visit.token, take.id, 0.5, 0.9)
    visit.visitor.remove_take(take.id)
    if deleted == "recording":
        visit.visitor.remove_recording(visit.recording.id)
    studio.jobs.cancel(visit.token, before.id)
    failed = wait_for(lambda: (now := studio.jobs.view(visit.token, job.id)).state not in BUSY and now)
    assert (failed.state, failed.error) == ("failed", f"there is no such {deleted}: it was deleted, or is not yours.")
    assert visit.visitor.takes == {}


def test_few_downloads_are_made_ready_at_once(studio: Studio, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds a whole song in memory."""
    (take,) = visit.accompany(Wish(steps=1))
    now, most = [], []

    def export(*_: Any) -> Path:
        now.append(1)
        most.append(len(now))
        time.sleep(0.02)
        now.pop()
        return take.folder

    monkeypatch.setattr("samuel.studio.studio.export_take", export)
    with ThreadPoolExecutor(8) as pool:
        wanted = [pool.submit(studio.export, visit.token, take.id, "mix", "wav", 0.0) for _ in range(8)]
    assert [each.result() for each in wanted] == [take.folder] * 8
    assert max(most) == 2


@pytest.mark.parametrize(
    "wish",
    [
        Wish(takes=0),
        Wish(takes=17),
        Wish(seed=-1),
        Wish(steps=801),
        Wish(guidance=21),
        Wish(sampler="euler"),
        Wish(style="ska"),
    ],
)
def test_a_setting_out_of_range_is_refused_before_the_queue(studio: Studio, visit: Visit, wish: Wish) -> None:
    with pytest.raises(ConfigError):
        studio.accompany(visit.token, visit.recording.id, wish)


@pytest.mark.parametrize("section", [(0.9, 0.5), (5.0, 6.0), (-1.0, 0.5), (float("nan"), 1.0)])
def test_a_section_outside_the_take_is_refused_before_the_queue(
    studio: Studio, visit: Visit, section: tuple[float, float]
) -> None:
    (take,) = visit.accompany(Wish())
    with pytest.raises(ConfigError):
        studio.regenerate(visit.token, take.id, *section)
