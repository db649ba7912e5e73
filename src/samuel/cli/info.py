"""samuel info: what a model consists of."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from samuel.config import DEFAULT_MODEL

if TYPE_CHECKING:
    from samuel.cli.common import Commands
    from samuel.pipeline.describe import ModelSummary


def add_parser(commands: Commands) -> None:
    """Add the command."""
    help_text = "show a model's parts, parameters, arithmetic, weights and licence"
    parser = commands.add_parser("info", help=help_text, description=help_text.capitalize() + ".")
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help=f"bundled model or checkpoint folder (default: {DEFAULT_MODEL})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measure the model and print what was found."""
    from samuel.pipeline.describe import describe_model

    print_summary(describe_model(arguments.model))


def print_summary(summary: ModelSummary) -> None:
    """A table of the parts, then the rest line by line."""
    print(f"{summary.name} ({summary.folder})\n")
    print(f"{'part':<24}{'parameters':>14}{'GFLOP per second':>20}")
    for part in summary.parts:
        print(f"{part.name:<24}{part.parameters:>14,}{part.gflop:>20.3f}")
    print(f"\nsampling: {summary.sampling}")
    if summary.styles:
        print(f"styles: {', '.join(summary.styles)}")
    print(f"all: {summary.gflop:.1f} GFLOP for each second of accompaniment")
    for path, size in summary.weights:
        print(f"weights: {path} ({size / 1e6:.1f} MB)")
    print(f"licence: {summary.licence}")
