"""samuel train: one of the three networks on a prepared corpus, the listener's plans, and export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import add_threads, add_workers, apply_threads, whole_number
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
    _add_carry(networks)
    _add_average(networks)
    _add_everything(networks)
    _add_join(networks)


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
    add_workers(parser)
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


def _add_carry(networks: Commands) -> None:
    parser = networks.add_parser("carry", help="start a denoiser for another autoencoder from one that is trained")
    parser.add_argument("denoiser", metavar="DENOISER", help="checkpoint of the trained one")
    parser.add_argument("before", type=Path, metavar="BEFORE", help="training folder with latents of its autoencoder")
    parser.add_argument("after", type=Path, metavar="AFTER", help="the same songs, encoded by the other")
    parser.add_argument("out", type=Path, metavar="DIR", help="checkpoint to write, for --initial")
    parser.set_defaults(run=carry)


def _add_average(networks: Commands) -> None:
    parser = networks.add_parser("average", help="the mean of weights before and after training on other data")
    parser.add_argument("first", metavar="FIRST", help="checkpoint before")
    parser.add_argument("second", metavar="SECOND", help="checkpoint after, of the same network")
    parser.add_argument("out", type=Path, metavar="DIR", help="checkpoint to write")
    parser.add_argument("--share", type=float, default=0.5, metavar="X", help="of the second, 0 to 1 (default: 0.5)")
    parser.set_defaults(run=average)


def _add_everything(networks: Commands) -> None:
    parser = networks.add_parser("everything", help="corpus and all three networks from nothing, in a given time")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to fill; one begun goes on")
    parser.add_argument("--budget", required=True, metavar="TIME", help="time for all of it, such as 28m or 12h")
    parser.add_argument("--hours", type=float, default=10.0, help="hours of pairs to build (default: 10)")
    parser.add_argument("--bands", type=whole_number(0), default=0, metavar="N", help="imagined songs with a band")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="a corpus that is built already")
    parser.add_argument("--lead-sheets", type=Path, metavar="PATH", help="folder or archive of lead sheets to add")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="another seed, other weights (default: 0)")
    parser.add_argument("--workers", type=whole_number(1), metavar="N", help="processes (default: one a core)")
    parser.add_argument("--name", default="mine", help="the checkpoints are called NAME-denoiser and so on")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="change all recipes"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.set_defaults(run=everything)


def _add_join(networks: Commands) -> None:
    parser = networks.add_parser("join", help="put the parts that `everything` leaves together again")
    parser.add_argument("parts", type=Path, metavar="PARTS", help="folder of the parts")
    parser.add_argument("out", type=Path, metavar="DIR", help="where the checkpoints go")
    parser.set_defaults(run=join)


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
    write_plans(arguments.listener, arguments.data, report=print, workers=arguments.workers)


def export(arguments: argparse.Namespace) -> None:
    """Write the checkpoint and say where it is."""
    from samuel.training import export_checkpoint

    print(export_checkpoint(arguments.source, arguments.name, arguments.autoencoder, arguments.listener))


def carry(arguments: argparse.Namespace) -> None:
    """Write the checkpoint, saying how well the two sets of latents agree."""
    from samuel.training.carry import carry_denoiser

    print(carry_denoiser(arguments.denoiser, arguments.before, arguments.after, arguments.out, report=print))


def average(arguments: argparse.Namespace) -> None:
    """Write the checkpoint and say where it is."""
    from samuel.training.average import average_checkpoints

    print(average_checkpoints(arguments.first, arguments.second, arguments.out, arguments.share))


def everything(arguments: argparse.Namespace) -> None:
    """Train all, printing how it goes, and say where the denoiser is."""
    from samuel.training import parse_override
    from samuel.training.everything import EverythingSettings, default_workers, train_everything

    settings = EverythingSettings(
        arguments.budget,
        arguments.hours,
        bands=arguments.bands,
        seed=arguments.seed,
        lead_sheets=arguments.lead_sheets,
        workers=arguments.workers or default_workers(),
        name=arguments.name,
    )
    overrides = dict(parse_override(text) for text in arguments.overrides)
    folder = train_everything(
        arguments.out,
        settings,
        arguments.corpus,
        overrides,
        arguments.device,
        report=lambda line: print(line, flush=True),
    )
    print(folder)


def join(arguments: argparse.Namespace) -> None:
    """Join, and name the files."""
    from samuel.checkpoint.parts import join_parts

    for path in join_parts(arguments.parts, arguments.out):
        print(path)
