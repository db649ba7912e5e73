"""Entry point: parse, run one command, and turn what can go wrong into one line and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from samuel import __version__
from samuel.cli import accompany, benchmark, corpus, doctor, evaluate, experiment, info, listening_test, studio, train
from samuel.cli.entry import INTERRUPTED, STOPPED
from samuel.cli.parser import Parser
from samuel.errors import SamuelError

FAILED = 1

_COMMANDS = (accompany, studio, info, doctor, train, corpus, evaluate, listening_test, experiment, benchmark)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        parsed = build_parser().parse_args(arguments)
        parsed.run(parsed)
    except SamuelError as error:
        print(_red(f"samuel: {error}"), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print(_red(STOPPED), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `samuel info | head`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a folder that is missing or not ours, a full disk, no network
        print(_red(f"samuel: {_explained(error)}"), file=sys.stderr)
        return FAILED
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands; each sets `run`, a function of the parsed arguments."""
    parser = Parser(prog="samuel", description="Sing a tune, get a band.")
    parser.add_argument("--version", action="version", version=f"samuel {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def _explained(error: OSError) -> str:
    """One sentence about what the system refused, for what no command has foreseen."""
    reason = error.strerror or error
    if error.filename is None:
        return (
            f"the system refused something ({reason}): check permissions, free space and, for a download, the network."
        )
    return f"{error.filename} cannot be used ({reason}): check its path, its permissions and the free space."


def _red(text: str) -> str:
    line = " ".join(text.split())  # one line, whatever a path or a library put into the message
    colourful = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return f"\033[31m{line}\033[0m" if colourful else line
