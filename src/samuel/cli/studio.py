"""samuel studio: the page in the browser."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import add_threads, apply_threads, whole_number
from samuel.config import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from samuel.cli.common import Commands

# option -> field of Limits, metavar, help; the defaults are those of Limits
_LIMITS = (
    ("--max-file", "megabytes", "MB", "largest file to take in (default: 200)"),
    ("--max-length", "seconds", "S", "longest recording (default: 600)"),
    ("--max-disk", "disk_megabytes", "MB", "disk space for everything that visitors keep (default: 4000)"),
    ("--idle", "idle_minutes", "MIN", "when a visitor who is silent has left (default: 15)"),
    ("--max-age", "age_hours", "H", "when a visitor's files go in any case (default: 24)"),
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "studio",
        help="open a page in the browser to sing to and listen",
        description="A page in the browser, on this machine alone unless --share-lan is given. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=int, default=7860, metavar="N", help="default: 7860")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help="bundled model or checkpoint folder")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the browser")
    _add_sharing(parser.add_argument_group("sharing"))
    _add_limits(parser.add_argument_group("limits"))
    add_threads(parser)
    parser.set_defaults(run=run)


def _add_sharing(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--share-lan", action="store_true", help="let others in your network in; needs a password")
    group.add_argument("--password", help="their password (default: the variable SAMUEL_STUDIO_PASSWORD)")
    group.add_argument("--certificate", type=Path, metavar="PEM", help="for https, which their microphones need")
    group.add_argument("--key", type=Path, metavar="PEM", help="the certificate's key")


def _add_limits(group: argparse._ArgumentGroup) -> None:
    for option, field, metavar, text in _LIMITS:
        group.add_argument(option, dest=field, type=float, metavar=metavar, help=text)
    group.add_argument("--max-queue", dest="queue", type=whole_number(1), metavar="N", help="most jobs (default: 20)")


def run(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl-C."""
    from samuel.studio import Address, Limits, serve

    apply_threads(arguments)
    password = arguments.password or os.environ.get("SAMUEL_STUDIO_PASSWORD")
    address = Address(arguments.port, arguments.share_lan, password, arguments.certificate, arguments.key)
    names = [field for _, field, _, _ in _LIMITS] + ["queue"]
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    serve(arguments.model, address, Limits(**given), on_ready=_announce(arguments.browser))


def _announce(browser: bool) -> Callable[[str], None]:
    def announce(url: str) -> None:
        print(f"{url} (Ctrl-C ends the studio and removes all that was made in it)", flush=True)
        if browser:
            import webbrowser

            webbrowser.open(url)

    return announce
