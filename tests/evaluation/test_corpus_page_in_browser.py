"""The corpus page in a real Chromium, opened as a file: it plays, the line follows, and only one player sounds."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from chord_song import make_song
from chromium import chromium
from tiny import sung

from samuel.audio import write_audio
from samuel.evaluation.corpus_page import LEFT, RIGHT, write_corpus_page

CLICKED = 2.0  # s: half way through the sound
FINDS = 300_000  # ms: a loaded machine may take its time, so only what never happens is given up

# What the page tells its players to do, and at which place (s) of the sound, at the moment when it does: a test that
# asks later, on a busy machine, finds the sound elsewhere or at its end.
RECORD = """() => {
  window.told = [];
  const media = HTMLMediaElement.prototype, place = Object.getOwnPropertyDescriptor(media, 'currentTime');
  const players = [...document.querySelectorAll('audio')];
  const tell = (what, audio, at) => window.told.push([what, players.indexOf(audio), at]);
  for (const what of ['play', 'pause']) {
    const act = media[what];
    media[what] = function () { if (what === 'play' || !this.paused) tell(what, this, this.currentTime);
                                return act.call(this); };
  }
  Object.defineProperty(media, 'currentTime',
    {get: place.get, set(at) { tell('go to', this, at); place.set.call(this, at); }});
  for (const audio of players) {
    audio.addEventListener('playing', () => tell('plays', audio, null));
    audio.loop = true;  // so that no sound ends before the next step, however late that comes
  }
}"""


def test_a_click_on_the_picture_plays_from_there_and_another_player_takes_over(tmp_path: Path) -> None:
    folder = tmp_path / "pairs" / "pair-000000"
    folder.mkdir(parents=True)
    write_audio(folder / "vocal.flac", sung(2 * CLICKED))
    write_audio(folder / "accompaniment.flac", sung(2 * CLICKED, channels=2))
    (folder / "truth.json").write_text(json.dumps(asdict(make_song())))
    written = write_corpus_page(tmp_path, tmp_path / "page.html")
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(FINDS)
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(written.as_uri())
        page.evaluate(RECORD)

        def places() -> dict[tuple[str, int], float]:
            """By what the page told which player: at which place of its sound."""
            return {(what, player): at for what, player, at in page.evaluate("window.told")}

        box = page.locator(".seen").bounding_box()
        page.mouse.click(box["x"] + box["width"] * (LEFT + RIGHT) / 2, box["y"] + 20)
        page.wait_for_function("window.told.some(([what, player]) => what === 'plays' && player === 0)")
        assert places()["go to", 0] == pytest.approx(CLICKED, abs=0.05)
        assert places()["play", 0] == pytest.approx(CLICKED, abs=0.05)
        page.wait_for_function("parseFloat(document.querySelector('.now').style.left) > 50")
        page.evaluate("void document.querySelectorAll('audio')[1].play()")  # not to wait for ever if nothing plays
        page.wait_for_function("window.told.some(([what, player]) => what === 'plays' && player === 1)")
        assert places()["go to", 1] == pytest.approx(places()["pause", 0], abs=0.05)
        assert page.evaluate("[...document.querySelectorAll('audio')].map(a => a.paused)") == [True, False, True]
        assert troubles == []
