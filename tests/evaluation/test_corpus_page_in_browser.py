"""The corpus page in a real Chromium, opened as a file: it plays, the line follows, and only one player sounds."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from chord_song import make_song
from tiny import sung

from samuel.audio import write_audio
from samuel.evaluation.corpus_page import LEFT, RIGHT, write_corpus_page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: it comes with extra dev")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed to open the page with")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--mute-audio"]


def test_a_click_on_the_picture_plays_from_there_and_another_player_takes_over(tmp_path: Path) -> None:
    folder = tmp_path / "pairs" / "pair-000000"
    folder.mkdir(parents=True)
    write_audio(folder / "vocal.flac", sung(4.0))
    write_audio(folder / "accompaniment.flac", sung(4.0, channels=2))
    (folder / "truth.json").write_text(json.dumps(asdict(make_song())))
    written = write_corpus_page(tmp_path, tmp_path / "page.html")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(written.as_uri())
        box = page.locator(".seen").bounding_box()
        page.mouse.click(box["x"] + box["width"] * (LEFT + RIGHT) / 2, box["y"] + 20)
        page.wait_for_function("document.querySelector('audio').currentTime > 2")
        assert page.evaluate("document.querySelector('audio').currentTime") < 3.5
        page.wait_for_function("parseFloat(document.querySelector('.now').style.left) > 50")
        page.evaluate("document.querySelectorAll('audio')[1].play()")
        page.wait_for_function("document.querySelectorAll('audio')[1].currentTime > 2")
        assert page.evaluate("[...document.querySelectorAll('audio')].map(a => a.paused)") == [True, False, True]
        assert troubles == []
        browser.close()
