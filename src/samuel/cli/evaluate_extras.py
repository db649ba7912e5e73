"""Families of metrics that need weights of their own, for samuel evaluate."""

from __future__ import annotations

import argparse
from typing import Any


def add_aesthetics(parser: argparse.ArgumentParser) -> None:
    """Add --aesthetics, which extra_families reads."""
    parser.add_argument(
        "--aesthetics",
        nargs="?",
        const="",
        metavar="DIR",
        help="also AudioBox-Aesthetics; its weights come from the hub, or from DIR",
    )


def extra_families(arguments: argparse.Namespace) -> tuple[Any, dict[str, str]]:
    """The families of metrics that were asked for beside those that are always there, and their fingerprints."""
    if arguments.aesthetics is None:
        return {}, {}
    from samuel.evaluation.aesthetics import WEIGHTS, Aesthetics
    from samuel.evaluation.fingerprints import of_model
    from samuel.evaluation.judging import aesthetic_family

    aesthetics = Aesthetics.from_pretrained(arguments.aesthetics or WEIGHTS)
    family = aesthetic_family(aesthetics)
    return family, dict.fromkeys(family, of_model(aesthetics.model))


def embedder(arguments: argparse.Namespace) -> Any:
    """The embedding that coherence rests on, if it was asked for."""
    if arguments.coherence is None:
        return None
    from samuel.evaluation.clap import WEIGHTS, Clap

    return Clap.from_pretrained(arguments.coherence or WEIGHTS)
