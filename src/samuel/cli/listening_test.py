"""samuel listening-test: a page for listeners, and the scores in what they send back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import ProgressBar, whole_number

if TYPE_CHECKING:
    from samuel.cli.common import Commands


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "listening-test",
        help="a blind listening test (MUSHRA), and its results",
        description="Build the page of a blind listening test after ITU-R BS.1534 (MUSHRA), or read its answers.",
    )
    parser.add_argument("systems", type=Path, nargs="*", metavar="DIR", help="folders of accompaniments to compare")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of page or results")
    building = parser.add_argument_group("the page")
    building.add_argument("--reference", type=Path, metavar="DIR", help="the real bands: a corpus or a folder")
    building.add_argument("--vocals", type=Path, metavar="DIR", help="the singers, to be mixed into every condition")
    building.add_argument("--clips", type=whole_number(1), default=8, metavar="N", help="trials (default: 8)")
    building.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of each clip (default: 10)")
    building.add_argument("--seed", type=whole_number(0), metavar="N", help="to draw clips and names (default: chance)")
    reading = parser.add_argument_group("the results")
    reading.add_argument("--results", type=Path, nargs="+", metavar="JSON", help="what listeners saved")
    reading.add_argument("--key", type=Path, metavar="JSON", help="the .key.json that lies beside the page")
    parser.set_defaults(run=listening_test)


def listening_test(arguments: argparse.Namespace) -> None:
    """Build the page, or read the results."""
    if arguments.results:
        _read(arguments)
    else:
        _build(arguments)


def _build(arguments: argparse.Namespace) -> None:
    from samuel.errors import ConfigError
    from samuel.evaluation import listening_test as test

    if arguments.reference is None:
        raise ConfigError("No reference was given: name the real bands by --reference.")
    config = test.ListeningTestConfig(arguments.clips, arguments.seconds, arguments.seed)
    with ProgressBar() as bar:
        built = test.build_listening_test(
            arguments.systems,
            arguments.reference,
            arguments.output,
            vocals=arguments.vocals,
            config=config,
            on_step=bar.count,
        )
    print(f"{built.page}: {built.trials} trials, for the listeners, together with the folder sounds")
    print(f"{built.key}: the key, not for the listeners")
    for item in built.skipped:
        print(f"left out {item.identifier}: {item.reason}")


def _read(arguments: argparse.Namespace) -> None:
    from samuel.errors import ConfigError
    from samuel.evaluation import write_table
    from samuel.evaluation.listening_test import evaluate_answers

    if arguments.key is None:
        raise ConfigError("No key was given: name the .key.json beside the page by --key.")
    table = evaluate_answers(arguments.results, arguments.key)
    for path in write_table(table, arguments.output):
        print(path)
    for name, interval in table.summary.items():
        print(f"{name}: {interval}")
    for item in table.skipped:
        print(f"left out {item.identifier}: {item.reason}")
