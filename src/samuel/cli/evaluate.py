"""samuel evaluate: does the model listen, and what does the autoencoder keep?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samuel.cli.common import ProgressBar, add_threads, apply_threads, whole_number

if TYPE_CHECKING:
    from samuel.cli.common import Commands
    from samuel.evaluation import Table


def add_parser(commands: Commands) -> None:
    """Add the command and its sub-commands."""
    parser = commands.add_parser("evaluate", help="judge a model on a corpus", description="Judge a model.")
    subjects = parser.add_subparsers(title="subjects", metavar="SUBJECT", required=True)
    listening = subjects.add_parser("listening", help="does the band fit the vocal it was made for?")
    _add_common(listening)
    listening.add_argument("--model", default="samuel-v0", metavar="NAME", help="default: samuel-v0")
    listening.add_argument("--guidance", type=float, nargs="+", default=[1.0, 3.0], metavar="X", help="default: 1 3")
    listening.add_argument("--seeds", type=whole_number(0), nargs="+", default=[0], metavar="N", help="default: 0")
    listening.add_argument("--steps", type=int, metavar="N", help="sampling steps (default: the model's)")
    listening.set_defaults(run=evaluate_listening)
    reconstruction = subjects.add_parser("reconstruction", help="what is left of a band after the autoencoder?")
    _add_common(reconstruction)
    reconstruction.add_argument("--autoencoder", default="spectral-v0", metavar="NAME", help="default: spectral-v0")
    reconstruction.set_defaults(run=evaluate_reconstruction)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder that samuel corpus build made")
    parser.add_argument("-o", "--output", type=Path, default=Path("results"), metavar="DIR", help="default: results")
    parser.add_argument("--split", default="valid", help="default: valid")
    parser.add_argument("--clips", type=whole_number(1), default=20, metavar="N", help="how many clips (default: 20)")
    parser.add_argument(
        "--tracker", choices=("librosa", "beatnet"), default="librosa", help="what hears the beats (default: librosa)"
    )
    add_threads(parser)


def evaluate_listening(arguments: argparse.Namespace) -> None:
    """Judge the model's outputs and write the table."""
    from samuel import evaluation
    from samuel.pipeline import Accompanist

    apply_threads(arguments)
    config = evaluation.ListeningConfig(
        seeds=tuple(arguments.seeds),
        steps=arguments.steps,
        guidance=tuple(arguments.guidance),
        tracker=arguments.tracker,
    )
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    accompanist: Any = Accompanist.from_pretrained(arguments.model)
    with ProgressBar() as bar:
        table = evaluation.evaluate_listening(accompanist, pairs, config, on_step=bar.counter(len(pairs)))
    _report(table, arguments.output)


def evaluate_reconstruction(arguments: argparse.Namespace) -> None:
    """Judge the autoencoder's round trips and write the table."""
    from samuel import evaluation
    from samuel.checkpoint import load_autoencoder

    apply_threads(arguments)
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    autoencoder = load_autoencoder(arguments.autoencoder)
    with ProgressBar() as bar:
        table = evaluation.evaluate_reconstruction(
            autoencoder, pairs, tracker=arguments.tracker, on_step=bar.counter(len(pairs))
        )
    _report(table, arguments.output)


def _report(table: Table, folder: Path) -> None:
    from samuel.evaluation import write_table

    for path in write_table(table, folder):
        print(path)
    for name, interval in table.summary.items():
        print(f"{name}: {interval}")
    if table.skipped:
        print(f"{len(table.skipped)} clips were skipped, see the table")
