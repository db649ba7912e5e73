"""samuel benchmark: what every stage costs here, and what others' models cost."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import add_threads, apply_threads
from samuel.config import DEFAULT_MODEL

if TYPE_CHECKING:
    from samuel.cli.common import Commands


def add_parser(commands: Commands) -> None:
    """Add the command."""
    help_text = "time, memory and arithmetic of every stage; others' models beside it with --peers"
    parser = commands.add_parser("benchmark", help=help_text, description=help_text.capitalize() + ".")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help=f"default: {DEFAULT_MODEL}")
    parser.add_argument(
        "--seconds", type=float, nargs="*", metavar="S", help="lengths (default: 5 10 47.55 180 600; none: as before)"
    )
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="peers to time (no name: all of them)")
    parser.add_argument("--peer-seconds", type=float, default=47.55, metavar="S", help="of audio (default: 47.55)")
    parser.add_argument("-o", "--output", type=Path, default=Path("results"), metavar="DIR", help="default: results")
    add_threads(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measure, printing how it goes, and print the tables."""
    from samuel.benchmark import PEERS, SECONDS, run_benchmark, to_markdown

    apply_threads(arguments)
    names = () if arguments.peers is None else tuple(arguments.peers) or tuple(PEERS)
    result = run_benchmark(
        arguments.output,
        arguments.model,
        SECONDS if arguments.seconds is None else tuple(arguments.seconds),
        names,
        arguments.peer_seconds,
        report=lambda line: print(line, flush=True),
    )
    print(to_markdown(result))
