"""The page in a real Chromium, opened as a file: a listener goes through it by keyboard and saves the answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium

from samuel.evaluation.listening_test import BuiltTest, evaluate_answers

RATING = {"reference": 100, "ours": 60, "theirs": 40, "anchor": 15}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any, built: BuiltTest) -> Iterator[Any]:
    context = browser.new_context(accept_downloads=True)
    opened = context.new_page()
    opened.troubles = []
    opened.on("pageerror", lambda error: opened.troubles.append(str(error)))
    opened.on("console", lambda line: opened.troubles.append(line.text) if line.type == "error" else None)
    opened.goto(built.page.as_uri())
    yield opened
    assert opened.troubles == []
    context.close()


def order(page: Any) -> list[str]:
    """The names of the sounds behind keys 1, 2 ... of the trial on show."""
    names: list[str] = page.evaluate("state.trials[state.at].order")
    return names


def rate_all(page: Any, key: dict[str, Any]) -> None:
    """Play each version by its number and rate it with the keyboard alone."""
    known = {name: condition for trial in key["trials"] for name, condition in trial["stimuli"].items()}
    for number, name in enumerate(order(page), 1):
        page.keyboard.press(str(number))
        page.wait_for_function("sounds[current].currentTime > 0 && !sounds[current].muted")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        for _ in range(RATING[known[name]] // 10):
            page.keyboard.press("PageUp")


def test_a_listener_goes_through_by_keyboard_and_saves_answers(
    page: Any, built: BuiltTest, key: dict[str, Any], tmp_path: Path
) -> None:
    page.fill("#listener", "Ada L.")
    page.keyboard.press("Enter")
    for _ in key["trials"]:
        assert page.is_disabled("#next")
        rate_all(page, key)
        page.keyboard.press("Enter")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert saved.value.suggested_filename == f"answers-Ada-L--{key['test']}.json"
    saved.value.save_as(tmp_path / "answers.json")
    assert json.loads(page.input_value("#answers"))["listener"] == "Ada L."
    scores = {name: one.value for name, one in evaluate_answers([tmp_path / "answers.json"], built.key).summary.items()}
    assert sorted(scores, key=scores.get) == ["anchor", "theirs", "ours", "reference"]  # type: ignore[arg-type]
    assert scores["reference"] == 100


def test_only_one_sound_is_heard_and_space_stops_it(page: Any) -> None:
    page.click("#begin")
    page.keyboard.press("r")
    page.wait_for_function("sounds[current].currentTime > 0")
    page.keyboard.press("2")
    heard = page.evaluate("Object.entries(sounds).filter(([, a]) => !a.muted).map(([name]) => name)")
    assert heard == [order(page)[1]]
    page.keyboard.press(" ")
    assert page.evaluate("Object.values(sounds).every((a) => a.paused)")
    page.keyboard.press(" ")
    page.wait_for_function("!sounds[current].paused")


def test_ratings_survive_a_reload(page: Any) -> None:
    page.click("#begin")
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    before = page.evaluate("JSON.stringify(state.trials)")
    page.reload()
    assert json.loads(page.evaluate("JSON.stringify(state.trials)"))[0]["ratings"] == json.loads(before)[0]["ratings"]
    assert page.evaluate("Object.keys(state.trials[0].ratings).length") == 1


def test_every_listener_has_an_order_of_their_own(browser: Any, built: BuiltTest) -> None:
    orders = set()
    for _ in range(6):
        context = browser.new_context()
        page = context.new_page()
        page.goto(built.page.as_uri())
        orders.add(page.evaluate("JSON.stringify(state.trials.map((t) => [t.trial, t.order]))"))
        context.close()
    assert len(orders) == 6  # of 6 x 24^3 orders


def test_a_sound_that_is_missing_is_said(browser: Any, built: BuiltTest, tmp_path: Path) -> None:
    shutil.copy(built.page, tmp_path / "index.html")
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    page.click("#begin")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "folder 'sounds'" in page.inner_text("#trouble")
    page.close()
