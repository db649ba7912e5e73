"""The page in a real Chromium, with a microphone that plays a beeping tone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import chromium
from serving import Server
from tiny import sung
from waiting import HANGS

from samuel.audio import read_audio, write_audio
from samuel.features.beats import FASTEST, SLOWEST
from samuel.pipeline import chords
from samuel.studio.routes import read_static

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
TROUBLE = "#message:not([hidden]), #jobs li:has(progress[hidden])"  # what was refused, and jobs that failed
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(MICROPHONE) as started:
        yield started


class Page:
    """An open page, and all that went wrong in it or left this machine."""

    def __init__(self, browser: Any, server: Server, size: dict[str, int] = DESKTOP, **device: bool) -> None:
        self.context = browser.new_context(viewport=size, accept_downloads=True, **device)
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(1000 * HANGS)
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", lambda line: self.errors.append(line.text) if "Refused" in line.text else None)
        self.tab.on("request", lambda request: self.note(request.url, server.url))
        self.tab.goto(server.url)
        self.tab.wait_for_selector("#studio[data-ready=yes]")

    def note(self, url: str, own: str) -> None:
        if not url.startswith((own, "blob:", "data:")):
            self.outside.append(url)

    def upload(self, vocal: Path) -> None:
        self.tab.set_input_files("#file", str(vocal))
        self.until("window.samuel.score.analysis !== null")

    def make(self, takes: int = 1, steps: int = 2) -> None:
        for name, value in (("Takes", takes), ("Steps", steps)):
            field = self.tab.get_by_label(f"number input for {name}")
            field.fill(str(value))
            field.press("Tab")
        self.tab.click("#make")

    def until(self, condition: str) -> None:
        """Wait for it; what the page says goes wrong is seen at once."""
        self.tab.wait_for_function(f"({condition}) || document.querySelector('{TROUBLE}')")
        assert self.tab.evaluate(f"Boolean({condition})"), self.tab.locator(TROUBLE).all_text_contents()

    def has_takes(self, count: int) -> None:
        self.until(f"document.querySelectorAll('#takes li').length === {count}")
        self.until("window.samuel.player.band !== null")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Page]:
    opened = Page(browser, server)
    yield opened
    opened.close()
    assert opened.errors == []
    assert opened.outside == []


def test_a_singer_uploads_gets_takes_compares_mends_and_downloads(page: Page, vocal: Path, tmp_path: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    page.make(takes=2)
    page.has_takes(2)
    assert tab.input_value("[aria-label='number input for Takes']") == "2"

    tab.click("#play")
    page.until("window.samuel.player.position > 0.2")
    before = tab.evaluate("window.samuel.player.position")
    tab.click("#takes li:nth-child(2) .choose")  # the place is kept
    page.until("window.samuel.current === window.samuel.shownTakes[1].id")
    assert before <= tab.evaluate("window.samuel.player.position") <= 1.5
    assert tab.evaluate("window.samuel.player.origin") == pytest.approx(
        tab.evaluate("window.samuel.player.context.currentTime - window.samuel.player.position"), abs=1.5
    )
    tab.evaluate("window.samuel.player.pause()")

    box = tab.locator("#score").bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 100, steps=4)
    tab.mouse.up()
    assert 0.3 < float(tab.input_value("#from")) < float(tab.input_value("#to")) < 1.0
    tab.select_option("#section-style", "rock")
    tab.click("#regenerate")
    page.has_takes(3)
    assert tab.evaluate("window.samuel.shownTakes[2].edits[0][3]") == "rock"
    page.until("document.querySelector('#takes li:nth-child(3) p').textContent.includes('anew')")

    tab.evaluate("document.querySelector('#vocal-fader').value = 3")
    tab.dispatch_event("#vocal-fader", "input")
    assert tab.text_content("#vocal-db") == "+3 dB"
    tab.locator("#takes li:nth-child(3) select").nth(1).select_option("flac")
    with tab.expect_download() as download:
        tab.click("#takes li:nth-child(3) .download")
    assert download.value.suggested_filename == "take-3-mix.flac"
    download.value.save_as(tmp_path / "mix.flac")
    assert read_audio(tmp_path / "mix.flac").seconds == pytest.approx(1.5, abs=0.01)

    tab.click("#takes li:nth-child(1) .remove")
    page.has_takes(2)
    tab.reload()  # takes stay when the page is loaded again, and so do the faders
    tab.wait_for_selector("#studio[data-ready=yes]")
    page.has_takes(2)
    assert tab.text_content("#vocal-db") == "+3 dB"
    assert tab.evaluate("window.samuel.player.decibels.vocal") == 3


def test_a_singer_records_trims_and_undoes_it(page: Page) -> None:
    tab = page.tab
    tab.click("#record")
    page.until("window.samuel.recorder && window.samuel.recorder.seconds > 3")
    tab.click("#record")
    page.until("window.samuel.recordingId !== ''")
    page.until("window.samuel.score.seconds > 2.9")
    assert tab.evaluate("window.samuel.player.vocal.getChannelData(0).some((sample) => sample > 0.01)")
    tab.fill("#from", "0.5")
    tab.fill("#to", "2")
    tab.press("#to", "Tab")
    tab.click("#trim")
    page.until("Math.abs(window.samuel.score.seconds - 1.5) < 0.01")
    tab.click("#untrim")
    page.until("window.samuel.score.seconds > 2.9")


def test_the_band_plays_the_chords_that_the_singer_corrects(page: Page, vocal: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    tab.wait_for_selector("#chords")
    heard = tab.input_value("#chords textarea")
    tab.click("#chords summary")
    tab.fill("#chords textarea", "0 0.8 F#m7\n0.8 1.5 N")
    assert tab.evaluate("window.samuel.score.analysis.chords.map(({ name }) => name)") == ["F#m7", "N"]
    page.make()
    page.has_takes(1)
    assert tab.evaluate("window.samuel.take.chords") == "0.000\t0.800\tF#m7\n0.800\t1.500\tN\n"
    tab.fill("#chords textarea", "0 0.8 H")
    tab.click("#make")
    tab.wait_for_selector("#message:not([hidden])")
    assert "line 1 of the chord sheet: chord 'H' cannot be read" in tab.text_content("#message")
    tab.click("#chords button")
    assert tab.input_value("#chords textarea") == heard
    assert tab.evaluate("window.samuel.chordSheet") == ""
    tab.fill("#from", "0.4")
    tab.fill("#to", "0.9")
    tab.press("#to", "Tab")
    tab.click("#regenerate")  # as the box says: as heard
    page.has_takes(2)
    page.until("window.samuel.take.edits.length === 1")
    told = [line.split() for line in tab.evaluate("window.samuel.take.chords").splitlines()]
    assert told[0] == ["0.000", "0.400", "F#m7"]
    assert told[-1] == ["0.900", "1.500", "N"]
    assert len(told) > 2
    page.until("document.querySelector('#chords textarea').value.includes('F#m7')")  # the box follows the take
    assert [line.split() for line in tab.input_value("#chords textarea").splitlines()] == told
    mended = tab.input_value("#chords textarea")
    for number, shown in ((1, "0.000 0.800 F#m7\n0.800 1.500 N"), (2, mended)):
        tab.click(f"#takes li:nth-child({number}) .choose")
        page.until(f"document.querySelector('#chords textarea').value === {json.dumps(shown)}")
    tab.click("#chords button")
    page.make()
    page.has_takes(3)
    tab.click("#takes li:nth-child(1) .choose")
    page.until("document.querySelector('#chords textarea').value.includes('F#m7')")
    tab.click("#takes li:nth-child(3) .choose")  # it was told nothing
    page.until(f"document.querySelector('#chords textarea').value === {json.dumps(heard)}")
    assert tab.evaluate("window.samuel.chordSheet") == ""


def test_the_band_keeps_the_beat_that_the_singer_taps(page: Page, vocal: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    assert tab.input_value("#tempo") == tab.input_value("#downbeat") == ""
    tab.click("#beat summary")
    tap = "for (let i = 0; i < 40; i++) if (i !== 5) window.samuel.beat.tap(0.3 + 0.5 * i + 0.03 * Math.sin(7 * i))"
    tab.evaluate(tap)  # one left out, none exact
    assert float(tab.input_value("#tempo")) == pytest.approx(120, abs=0.3)
    assert float(tab.input_value("#downbeat")) == pytest.approx(0.3, abs=0.03)
    page.make()
    page.has_takes(1)
    tempo, downbeat = tab.evaluate("[window.samuel.take.tempo, window.samuel.take.downbeat]")
    assert (tempo, downbeat) == (float(tab.input_value("#tempo")), float(tab.input_value("#downbeat")))
    tab.evaluate("window.samuel.beat.tap(0.4)")  # a jump back: new taps, and too few of them to tell
    assert float(tab.input_value("#tempo")) == tempo
    tab.click("#beat-heard")
    assert tab.evaluate("window.samuel.beat.told") == [0, -1]
    tab.click("#tap")  # nothing plays yet: it begins
    page.until("window.samuel.player.position > 0.1")
    tab.keyboard.press("Enter")
    page.until("document.querySelector('#beat-hint').textContent === '7 more …'")
    tab.keyboard.press("t")  # wherever nobody writes
    page.until("document.querySelector('#beat-hint').textContent === '6 more …'")
    tab.fill("#tempo", "92,5")
    tab.fill("#downbeat", "1-2")
    assert "“1-2” is no number" in tab.text_content("#beat-hint")
    assert tab.evaluate("window.samuel.score.told") == [0, -1]
    tab.fill("#downbeat", "1,4")
    assert tab.evaluate("window.samuel.score.told") == [92.5, 1.4]


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tune.wav, 6 s: long enough for beats."""
    path = tmp_path_factory.mktemp("tune") / "tune.wav"
    write_audio(path, sung(6.0))
    return path


def test_the_picture_shows_the_beats_that_the_band_keeps(page: Page, tune: Path) -> None:
    tab, shown = page.tab, "window.samuel.score.beats?.beats"
    page.upload(tune)
    heard = tab.evaluate("window.samuel.score.analysis.beats")
    assert len(heard) > 3
    tab.click("#beat summary")
    tab.click("#chords summary")
    tab.fill("#tempo", "70")
    page.until(f"{shown}?.length > 3")
    slow = tab.evaluate(shown)
    assert np.median(np.diff(slow)) == pytest.approx(60 / 70, rel=0.1)
    page.make()
    page.has_takes(1)
    tab.evaluate(f"window.slow = {shown}.join()")
    tab.fill("#downbeat", "1.1")
    page.until(f"{shown} && {shown}.join() !== window.slow")
    tab.click("#beat-heard")
    own = tab.evaluate("window.samuel.take && window.samuel.lines.own.beats")
    assert own == slow  # those of the take, which stay where they are
    page.until("window.samuel.score.beats === null")
    told = "\n".join(f"{0.7 + 0.9 * i:.1f} {1.6 + 0.9 * i:.1f} {name}" for i, name in enumerate("CFGADE"))
    tab.fill("#chords textarea", told)
    page.until(f"{shown} && {shown}.join() !== window.samuel.score.analysis.beats.join()")
    tab.evaluate(f"window.chords = {shown}.join()")
    tab.fill("#tempo", "70")
    page.until(f"{shown}.join() !== window.chords")
    tab.evaluate(f"window.both = {shown}.join()")
    tab.fill("#chords textarea", told.replace("C", "H", 1))  # half written: it tells nothing, the tempo does
    page.until(f"{shown}.join() === window.slow")
    assert tab.evaluate("window.both !== window.slow")
    assert tab.locator("#message").is_hidden()
    tab.click("#chords button")
    tab.fill("#tempo", "")
    tab.click("#takes li:nth-child(1) .choose")
    page.until("document.querySelector('#tempo').value === '70'")
    page.until(f"{shown}.join() === window.slow")
    tab.evaluate("""window.fetchSoon = window.fetch; window.fetch = async (path, options) => {
        if (String(path).endsWith('/beats')) await new Promise((go) => setTimeout(go, 800));
        return window.fetchSoon.call(window, path, options);
    }
    const { score } = window.samuel, set = score.set.bind(score);
    window.drawn = [];
    score.set = (values) => {
        if (values.beats) window.drawn.push(values.beats.beats);
        set(values);
    };
    0""")  # not a function, which would be called
    tab.fill("#tempo", "140")
    tab.wait_for_timeout(500)  # by now it is asked for
    tab.fill("#tempo", "110")
    page.until(f"{shown}.join() !== window.slow")
    for drawn in tab.evaluate("window.drawn"):  # nothing for a tempo that no longer stands there
        assert np.median(np.diff(drawn)) == pytest.approx(60 / 110, rel=0.1)
    tab.click("#extend")
    tab.wait_for_selector("#message:not([hidden])")
    assert "It keeps the beats of its take" in tab.text_content("#message")


def test_choosing_a_take_shows_its_beat_whatever_was_told_since(page: Page, vocal: Path) -> None:
    tab, fields = page.tab, "[...document.querySelectorAll('#beat input')].map(({ value }) => value).join()"
    page.upload(vocal)
    page.make()
    page.has_takes(1)
    tab.evaluate("for (let i = 0; i < 10; i++) window.samuel.beat.tap(0.3 + 0.5 * i)")
    page.make()
    page.has_takes(2)
    tab.click("#takes li:nth-child(1) .choose")
    page.until(f"{fields} === ','")
    tab.evaluate("window.samuel.beat.tap(0.5)")  # one stray tap is nothing that is told
    tab.click("#takes li:nth-child(2) .choose")
    page.until(f"{fields} === '120,0.3'")
    choose = "document.querySelector('#takes li:nth-child(1) .choose').click()"
    tab.evaluate(f"for (let i = 0; i < 3; i++) window.samuel.beat.tap(0.3 + 0.5 * i); {choose}")
    page.until("window.samuel.take.tempo === 0")
    assert tab.evaluate("window.samuel.beat.taps.length") == 3  # who taps is let go on
    assert tab.evaluate(fields) == "120,0.3"
    tab.wait_for_timeout(2600)  # who has stopped is not
    tab.click("#takes li:nth-child(1) .choose")
    page.until(f"{fields} === ','")
    tab.fill("#downbeat", "0.3")
    tab.fill("#tempo", "90")  # not played yet, so it stays
    tab.click("#takes li:nth-child(2) .choose")
    page.until("window.samuel.take.tempo === 120")
    assert tab.evaluate(fields) == "90,0.3"
    tab.evaluate("window.samuel.tellBeat()")  # what is sent ...
    tab.fill("#tempo", "95")  # ... and what was written before the answer came
    tab.evaluate("window.samuel.answered('')")
    tab.click("#takes li:nth-child(1) .choose")
    page.until("window.samuel.take.tempo === 0")
    assert tab.evaluate(fields) == "95,0.3"
    tab.evaluate("window.samuel.tellBeat(); window.samuel.answered('')")
    tab.click("#takes li:nth-child(2) .choose")
    page.until(f"{fields} === '120,0.3'")


def test_times_are_read_as_the_server_reads_them() -> None:
    [pattern] = re.findall(r"^const TIME = /\^(.*)\$/;$", read_static("chords.js"), re.MULTILINE)
    assert pattern == chords._TIME.pattern


@pytest.mark.parametrize(
    ("taps", "tempo", "downbeat"),
    [
        ([0.5, 1, 1.5, 1.7, 2, 2.5, 3, 3.5, 4, 4.5], 120, 0.5),  # one too many
        ([0.52, 0.97, 1.5, 2.03, 2.2, 2.5, 3, 4, 4.47, 5], 120, 0.5),  # one too many and one too few
        ([0.9, 1.04, 1.4, 1.9, 2.4, 2.9, 3.4, 3.9, 4.4, 4.9], 120, 0.9),
        ([0.42, 0.8, 1.4, 1.9, 2.4, 2.9, 3.4, 3.9, 4.4, 4.9], 120, 0.4),  # the second astray
    ],
)
def test_a_tap_too_many_too_few_or_astray_does_not_matter(
    page: Page, vocal: Path, taps: list[float], tempo: float, downbeat: float
) -> None:
    page.upload(vocal)
    page.tab.evaluate("(taps) => taps.forEach((tap) => window.samuel.beat.tap(tap))", taps)
    assert float(page.tab.input_value("#tempo")) == pytest.approx(tempo, abs=1)
    assert float(page.tab.input_value("#downbeat")) == pytest.approx(downbeat, abs=0.04)


def test_a_beat_that_cannot_be_played_is_said_at_once_and_one_that_was_played_is_shown_with_its_take(
    page: Page, vocal: Path
) -> None:
    tab = page.tab
    page.upload(vocal)
    tab.click("#beat summary")
    tab.evaluate("for (let i = 0; i < 9; i++) window.samuel.beat.tap(1.6 * i)")
    assert f"37.5 is out of range, {SLOWEST:g} to {FASTEST:g}: write its double" in tab.text_content("#beat-hint")
    assert tab.evaluate("window.samuel.score.told") == [0, -1]
    tab.evaluate("window.samuel.beat.tap(99)")
    tab.fill("#tempo", "")
    tab.evaluate("[100, 102.6].forEach((tap) => window.samuel.beat.tap(tap))")
    assert "7 more … After 2.5 s without a tap" in tab.text_content("#beat-hint")
    tab.fill("#tempo", "80")
    tab.fill("#downbeat", "1.5")
    assert "The song ends at 1.5 s" in tab.text_content("#beat-hint")
    tab.fill("#downbeat", "abc")
    tab.click("#make")
    tab.wait_for_selector("#message:not([hidden])")
    tab.fill("#downbeat", "0:01.2")
    assert tab.locator("#message").is_hidden()  # it is no longer true
    page.make()
    page.has_takes(1)
    tab.reload()
    page.until("window.samuel?.take")
    page.until("document.querySelector('#tempo').value === '80'")
    assert tab.evaluate("window.samuel.score.told") == [80, 1.2]


def test_a_trim_and_its_undoing_keep_the_beat(page: Page, vocal: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    tab.click("#beat summary")
    tab.fill("#tempo", "90")

    def trimmed(downbeat: str) -> str:
        tab.fill("#downbeat", downbeat)
        tab.evaluate("window.samuel.select([0.2, 1.3])")
        tab.click("#trim")
        page.until("window.samuel.score.seconds < 1.2 && window.samuel.score.analysis")
        found: str = tab.input_value("#downbeat")
        tab.click("#untrim")
        page.until("window.samuel.score.seconds > 1.4 && window.samuel.score.analysis")
        assert tab.input_value("#tempo") == "90"
        return found

    for downbeat, inside in (("0.5", "0.30"), ("1.4", ""), ("0.1", ""), ("1.2999", ""), ("abc", "abc")):
        assert trimmed(downbeat) == inside
        assert tab.input_value("#downbeat") == downbeat  # also one that lay outside
    tab.fill("#downbeat", "0.5")
    tab.evaluate("window.samuel.select([0.2, 1.3])")
    tab.click("#trim")
    page.until("window.samuel.score.seconds < 1.2 && window.samuel.score.analysis")
    tab.fill("#downbeat", "0.4")  # written since: it is kept
    tab.evaluate("for (let i = 0; i < 2; i++) document.querySelector('#untrim').click()")
    page.until("window.samuel.score.seconds > 1.4 && window.samuel.score.analysis")
    assert tab.input_value("#downbeat") == "0.60"


def test_earlier_recordings_and_their_takes_can_be_gone_back_to_and_deleted(
    page: Page, vocal: Path, tune: Path
) -> None:
    tab = page.tab
    page.upload(vocal)
    page.make()
    page.has_takes(1)
    assert tab.locator("#kept").is_hidden()
    page.upload(tune)
    page.until("window.samuel.score.seconds > 5 && window.samuel.score.analysis")
    assert tab.locator("#untrim").is_hidden()
    assert tab.evaluate("document.querySelector('#recordings').value === window.samuel.recordingId")
    tab.reload()
    page.until("window.samuel?.score.seconds > 5 && window.samuel.score.analysis")
    assert tab.locator("#recordings option").all_text_contents() == ["Recording 1, 0:01.5", "Recording 2, 0:06.0"]
    assert tab.locator("#takes li").count() == 0
    tab.select_option("#recordings", index=0)
    page.until("window.samuel.score.seconds < 2 && document.querySelectorAll('#takes li').length === 1")
    asked: list[str] = []
    tab.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    tab.click("#remove")
    assert asked == ["Delete Recording 1, 0:01.5 and its take?"]
    assert tab.evaluate("window.samuel.current === window.samuel.shownTakes[0].id")  # the first is heard again
    page.make(takes=8, steps=100)
    tab.wait_for_selector("#jobs .cancel")
    tab.once("dialog", lambda dialog: dialog.accept())
    tab.click("#remove")
    page.until("window.samuel.score.seconds > 5")
    page.until("document.querySelector('#kept').hidden")
    assert tab.evaluate("window.samuel.state.recordings.map(({ number }) => number)") == [2]
    page.until("!document.querySelector('#jobs .cancel')")  # what was being made of it is not made


def test_the_recording_that_was_wanted_last_is_shown(page: Page, vocal: Path, tune: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    page.upload(tune)
    page.until("window.samuel.score.seconds > 5")
    tab.evaluate("""window.samuel.fetchFirst = window.fetch; window.fetch = async (path, options) => {
        if (String(path).includes(window.samuel.state.recordings[0].id)) await new Promise((go) => setTimeout(go, 700));
        return window.samuel.fetchFirst.call(window, path, options);
    }""")
    tab.select_option("#recordings", index=0)
    assert tab.is_disabled("#remove")
    tab.select_option("#recordings", index=1)
    tab.wait_for_timeout(1200)
    assert tab.evaluate("window.samuel.score.seconds") > 5
    assert tab.evaluate("document.querySelector('#recordings').value === window.samuel.recordingId")
    tab.evaluate("window.fetch = async () => new Response('{}', { status: 503 })")
    tab.select_option("#recordings", index=0)
    tab.wait_for_selector("#message:not([hidden])")
    assert tab.evaluate("document.querySelector('#recordings').value === window.samuel.recordingId")
    tab.evaluate("window.fetch = window.samuel.fetchFirst")


def test_nothing_sounds_into_an_open_microphone(page: Page, vocal: Path) -> None:
    tab = page.tab
    page.upload(vocal)
    tab.click("#record")
    page.until("window.samuel.recorder")
    assert tab.is_disabled("#play")
    for key in ("t", "Space"):
        tab.focus("#score")
        tab.keyboard.press(key)
    tab.wait_for_timeout(300)
    assert not tab.evaluate("window.samuel.player.playing")
    tab.click("#record")
    page.until("document.querySelector('#play').disabled === false")
    tab.wait_for_timeout(300)
    assert tab.text_content("#record-text") == "Record"  # also after levels that come late
    tab.evaluate("window.samuel.player.play(); window.samuel.player.play(); window.samuel.player.pause()")
    tab.wait_for_timeout(300)
    assert not tab.evaluate("window.samuel.player.playing")


def test_cancel_works_at_once(page: Page, vocal: Path) -> None:
    page.upload(vocal)
    page.make(takes=16, steps=100)
    page.tab.wait_for_selector("#jobs .cancel")
    page.until("/left/.test(document.querySelector('#jobs span').textContent)")  # it tells how long it will take
    page.tab.click("#jobs .cancel")
    page.until("document.querySelectorAll('#jobs li').length === 0")
    page.make()  # and the next one begins
    page.until("window.samuel.state.jobs.some((job) => job.state === 'done')")
    assert page.tab.evaluate("window.samuel.state.takes.length") < 1 + 16


def test_two_visitors_at_once_see_the_queue_and_only_their_own_takes(
    browser: Any, server: Server, page: Page, vocal: Path
) -> None:
    other = Page(browser, server, PHONE)
    page.upload(vocal)
    other.upload(vocal)
    page.make(takes=16, steps=100)
    page.tab.wait_for_selector("#jobs .cancel")
    other.make()
    other.until("document.querySelector('#jobs span')?.textContent.includes('waiting, 1 before it')")
    page.tab.click("#jobs .cancel")
    other.has_takes(1)
    own = page.tab.evaluate("window.samuel.state.takes.map((take) => take.id)")
    assert other.tab.evaluate("window.samuel.current") not in own
    assert other.outside == []
    other.close()


def test_it_is_usable_by_keyboard_alone(page: Page) -> None:
    tab = page.tab
    tab.focus("#example")
    tab.keyboard.press("Enter")
    page.until("window.samuel.score.seconds > 20")
    tab.focus("#score")
    for key in ("ArrowRight", "ArrowRight", "[", "ArrowRight", "ArrowRight", "ArrowRight", "]"):
        tab.keyboard.press(key)
    assert tab.evaluate("window.samuel.section") == [2, 5]
    assert tab.is_enabled("#trim")
    tab.keyboard.press("Space")
    page.until("window.samuel.player.position > 5.1")
    tab.keyboard.press("Space")
    assert not tab.evaluate("window.samuel.player.playing")
    tab.keyboard.press("Escape")
    assert not tab.is_enabled("#trim")


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Any, server: Server, vocal: Path) -> None:
    phone = Page(browser, server, PHONE, has_touch=True, is_mobile=True)
    phone.upload(vocal)
    assert phone.tab.evaluate("document.documentElement.scrollWidth") <= 390
    button = phone.tab.locator("#make").bounding_box()
    assert button["y"] + button["height"] < 844  # what comes next after singing is seen without scrolling
    small = (
        "[...document.querySelectorAll('.samuel button')].filter((b) => b.offsetHeight && b.offsetHeight < 36).length"
    )
    assert phone.tab.evaluate(small) == 0  # large enough for a finger
    phone.close()


def test_a_file_that_is_too_large_is_refused_without_sending_it(page: Page, tmp_path: Path) -> None:
    sent: list[str] = []
    page.tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    path = tmp_path / "song.wav"
    path.write_bytes(b"RIFF" + bytes(3_100_000))
    page.tab.set_input_files("#file", str(path))
    page.until("document.querySelector('#message').textContent.includes('at most 3 MB')")
    assert not [url for url in sent if url.endswith("/studio/recordings")]


def test_what_goes_wrong_is_said(page: Page, tmp_path: Path, archive: bytes) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(archive)
    page.tab.set_input_files("#file", str(path))
    page.until("document.querySelector('#message').textContent.includes('is no audio file')")
