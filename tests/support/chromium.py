"""The Chromium of this machine, in which pages are tried."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def chromium(arguments: Sequence[str] = ()) -> Iterator[Any]:
    """A running browser. Skips the test where Playwright is missing, or any Chromium for it to drive."""
    driving = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: it comes with extra dev")
    with ExitStack() as ended:
        try:
            driver = ended.enter_context(driving.sync_playwright())
        except Exception as error:  # Playwright has no class of its own for this
            if "Connection closed" not in str(error):
                raise
            pytest.skip(f"playwright's driver does not start ({error}): install Debian's package libatomic1")
        path = _find(driver.chromium.executable_path)
        if path is None:
            pytest.skip("no Chromium: install Debian's package chromium, or name one in the variable CHROMIUM")
        browser = driver.chromium.launch(executable_path=path, args=[*_QUIET, *arguments])
        try:
            yield browser
        finally:
            browser.close()


def _find(own: str) -> str | None:
    """The one named in CHROMIUM, the system's, or Playwright's own. A wrong CHROMIUM is an error, not a skip."""
    if named := os.environ.get("CHROMIUM"):
        assert shutil.which(named), f"CHROMIUM names {named}, which is no program"
        return named
    return next(filter(None, map(shutil.which, _NAMES)), own if Path(own).is_file() else None)
