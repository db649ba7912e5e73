"""samuel train: one of the three networks on a prepared corpus, the listener's plans, and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import add_threads, apply_threads
from samuel.config import DEFAULT_AUTOENCODER

if TYPE_CHECKING:
    from samuel.cli.common import Commands

NETWORKS = ("autoencoder", "denoiser", "listener")


def add_parser(commands: Commands) -> None:
    """Add the command and its sub-commands, among them plans and export."""
    parser = commands.add_parser("train", help="train a network on a prepared corpus", description="Train a network.")
    networks = parser.add_subparsers(title="networks and what follows them", metavar="NETWORK", required=True)
    for network in NETWORKS:
        _add_network(networks, network)
    _add_plans(networks)
    _add_export(networks)


def _add_network(networks: Commands, network: str) -> None:
    parser = networks.add_parser(network, help=f"train the {network}")
    parser.add_argument("--config", default=network, metavar="NAME", help=f"preset or TOML file (default: {network})")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder that samuel corpus prepared")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="run folder; a run in it goes on")
    parser.add_argument("--budget", metavar="TIME", help="stop after this time, such as 50m or 2h")
    parser.add_argument("--initial", metavar="NAME", help="start from the weights of this checkpoint")
    parser.add_argument("--no-resume", dest="resume", action="store_false", help="refuse a folder that holds a run")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="change a setting"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    add_threads(parser)
    parser.set_defaults(run=run, network=network)


def _add_plans(networks: Commands) -> None:
    parser = networks.add_parser("plans", help="let a trained listener hear the corpus, for the denoiser to learn from")
    parser.add_argument("listener", metavar="LISTENER", help="checkpoint of a listener")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="training folder to write into")
    add_threads(parser)
    parser.set_defaults(run=plans)


def _add_export(networks: Commands) -> None:
    parser = networks.add_parser("export", help="turn a run into a checkpoint")
    parser.add_argument("source", type=Path, metavar="RUN", help="run folder")
    parser.add_argument("name", metavar="NAME", help="name among the package's weights, or a path")
    parser.add_argument(
        "--autoencoder", default=DEFAULT_AUTOENCODER, metavar="NAME", help="what a denoiser was trained with"
    )
    parser.add_argument("--listener", metavar="NAME", help="the listener whose plan a denoiser gets")
    parser.set_defaults(run=export)


def run(arguments: argparse.Namespace) -> None:
    """Train, printing the log."""
    from samuel import training

    apply_threads(arguments)
    train = {
        "autoencoder": training.train_autoencoder,
        "denoiser": training.train_denoiser,
        "listener": training.train_listener,
    }[arguments.network]
    train(
        arguments.config,
        arguments.data,
        arguments.out,
        budget=arguments.budget,
        resume=arguments.resume,
        overrides=dict(training.parse_override(text) for text in arguments.overrides),
        device=arguments.device,
        report=lambda line: print(line, flush=True),
        initial=arguments.initial,
    )


def plans(arguments: argparse.Namespace) -> None:
    """Write the plans, saying how many."""
    from samuel.training.plans import write_plans

    apply_threads(arguments)
    write_plans(arguments.listener, arguments.data, report=print)


def export(arguments: argparse.Namespace) -> None:
    """Write the checkpoint and say where it is."""
    from samuel.training import export_checkpoint

    print(export_checkpoint(arguments.source, arguments.name, arguments.autoencoder, arguments.listener))
