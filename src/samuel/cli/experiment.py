"""samuel experiment: the paper's open questions, each answered by matched models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import add_threads, apply_threads, whole_number

if TYPE_CHECKING:
    from samuel.cli.common import Commands

NAMES = (
    "attention",
    "window",
    "dropout",
    "objective",
    "vocal-density",
    "data-scale",
    "bottleneck",
    "conditioning",
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    help_text = "train matched models that differ in one thing, and compare them"
    parser = commands.add_parser("experiment", help=help_text, description=help_text.capitalize() + ".")
    parser.add_argument("name", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="training folder with latents")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="what it was prepared from")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder; one begun goes on (default: experiments/NAME)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--budget", metavar="TIME", help="for all arms together, judging included, such as 60m")
    length.add_argument("--steps", type=whole_number(1), metavar="N", help="of each arm, in place of a budget")
    parser.add_argument("--seeds", type=whole_number(1), default=1, metavar="N", help="training seeds (default: 1)")
    parser.add_argument("--config", default="denoiser-small", metavar="NAME", help="preset (default: denoiser-small)")
    parser.add_argument("--clips", type=whole_number(2), default=8, metavar="N", help="clips to judge (default: 8)")
    parser.add_argument(
        "--sampling-steps", type=whole_number(1), default=8, metavar="N", help="steps of each take (default: 8)"
    )
    parser.add_argument("--initial", metavar="NAME", help="start every arm from the weights of this checkpoint")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="change the preset"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add_threads(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run it, printing how it goes, and name the page."""
    from samuel.experiments import ExperimentSettings, find_experiment, run_experiment
    from samuel.training import parse_override

    apply_threads(arguments)
    settings = ExperimentSettings(
        budget=arguments.budget,
        steps=arguments.steps,
        seeds=arguments.seeds,
        preset=arguments.config,
        clips=arguments.clips,
        sampling_steps=arguments.sampling_steps,
        initial=arguments.initial,
        overrides=dict(parse_override(text) for text in arguments.overrides),
    )
    page = run_experiment(
        find_experiment(arguments.name),
        arguments.data,
        arguments.corpus,
        arguments.out or Path("experiments") / arguments.name,
        settings,
        arguments.device,
        report=lambda line: print(line, flush=True),
    )
    print(page)
