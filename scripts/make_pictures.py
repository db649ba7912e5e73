#!/usr/bin/env python3
"""Photograph the studio for docs/pictures: its page in Chromium, with the example and two takes, wide and narrow.

    python scripts/make_pictures.py [FOLDER] [--steps 16]

Needs the extras studio and dev, and a Chromium (apt-get install chromium).
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
DEVICES = {
    "studio-desktop": {"viewport": {"width": 1280, "height": 1000}},
    "studio-phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
PATIENCE = 900_000  # ms


def main() -> None:
    """Start a studio, use it, and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--steps", type=int, default=16)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with studio() as url, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        for name, device in DEVICES.items():
            page = browser.new_page(**device)
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            page.wait_for_selector("#studio[data-ready=yes]")
            use(page, arguments.steps)
            page.screenshot(path=arguments.folder / f"{name}.png", full_page=True)
            page.close()
        browser.close()


@contextmanager
def studio() -> Iterator[str]:
    """A running studio's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "samuel", "studio", "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)


def use(page: Any, steps: int) -> None:
    """The example, two takes, and a section of the second made anew while one looks on."""
    page.click("#example")
    page.wait_for_function("window.samuel.score.analysis !== null")
    field = page.get_by_label("number input for Steps")
    field.fill(str(steps))
    field.press("Tab")
    page.click("#make")
    page.wait_for_function("document.querySelectorAll('#takes li').length === 2 && window.samuel.player.band !== null")
    page.evaluate("window.samuel.select([8, 14]); window.samuel.seek(5)")
    page.click("#regenerate")
    page.wait_for_function("/left/.test(document.querySelector('#jobs span')?.textContent)")


if __name__ == "__main__":
    main()
