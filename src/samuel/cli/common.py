"""What several commands share."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from samuel.cli.parser import whole

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads, which apply_threads obeys."""
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads to use (default: all cores)")


def apply_threads(arguments: argparse.Namespace) -> None:
    """Let PyTorch use as many threads as --threads says."""
    from samuel.device import set_threads

    set_threads(arguments.threads)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add --workers."""
    parser.add_argument("--workers", type=whole_number(1), default=1, metavar="N", help="processes (default: 1)")


def add_ray(parser: argparse.ArgumentParser) -> None:
    """Add --ray."""
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="work on a Ray cluster instead: local, auto, HOST:PORT or ray://HOST:PORT"
    )


def whole_number(least: int) -> Callable[[str], int]:
    """A type for argparse: a whole number, at least `least`."""

    def parse(text: str) -> int:
        number = whole(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is too small: give {least} or more")
        return number

    return parse


class ProgressBar:
    """tqdm on stderr with the time left; it vanishes at the end, so that an error stays one line."""

    def __init__(self) -> None:
        self._since: tuple[float, int] | None = None  # when the first of `hours` was done, and how many then were

    def __enter__(self) -> ProgressBar:
        from tqdm import tqdm

        layout = "{percentage:3.0f}% |{bar}| {desc}{elapsed} elapsed, {remaining} left"
        self._bar = tqdm(total=1.0, bar_format=layout, leave=False, disable=not sys.stderr.isatty(), file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def move(self, fraction: float) -> None:
        """Show this fraction (0 to 1) of the whole as done."""
        self._bar.update(fraction - self._bar.n)

    def count(self, done: int, total: int) -> None:
        """Show done of total as done."""
        self.move(done / max(total, 1))

    def hours(self, done: int, total: int, hours_each: float) -> None:
        """Show done of total as done, in hours of sound, and the hours made in an hour since the first call."""
        if self._since is None:  # the first call: all but one were there already
            self._since = (time.monotonic(), done)
            self._bar.initial = self._bar.n = (done - 1) / max(total, 1)
        else:
            elapsed = time.monotonic() - self._since[0]
            rate = (done - self._since[1]) * hours_each / max(elapsed, 1e-9) * 3600
            hours = f"{done * hours_each:.1f} of {total * hours_each:.1f} h"
            self._bar.set_description_str(f"{hours}, {rate:.0f} h an hour, ", False)
        self.count(done, total)

    def counter(self, total: int) -> Callable[[], None]:
        """A function that shows one more of total as done at each call."""
        return lambda: self._bar.update(1 / max(total, 1))
