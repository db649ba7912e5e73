"""What several commands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads, which apply_threads obeys."""
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads to use (default: all cores)")


def apply_threads(arguments: argparse.Namespace) -> None:
    """Let PyTorch use as many threads as --threads says."""
    from samuel.device import set_threads

    set_threads(arguments.threads)
