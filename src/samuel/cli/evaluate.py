"""samuel evaluate: models, autoencoders, folders of accompaniments, and the metrics themselves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samuel.cli.common import ProgressBar, add_threads, apply_threads, whole_number
from samuel.cli.evaluate_extras import add_aesthetics, embedder, extra_families
from samuel.config import DEFAULT_AUTOENCODER, DEFAULT_MODEL
from samuel.errors import ConfigError

if TYPE_CHECKING:
    from samuel.cli.common import Commands
    from samuel.evaluation import Table


def add_parser(commands: Commands) -> None:
    """Add the command and its sub-commands."""
    parser = commands.add_parser("evaluate", help="judge a model on a corpus", description="Judge a model.")
    subjects = parser.add_subparsers(title="subjects", metavar="SUBJECT", required=True)
    listening = subjects.add_parser("listening", help="does the band fit the vocal it was made for?")
    _add_common(listening)
    listening.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help=f"default: {DEFAULT_MODEL}")
    listening.add_argument("--guidance", type=float, nargs="+", default=[1.0, 3.0], metavar="X", help="default: 1 3")
    listening.add_argument("--seeds", type=whole_number(0), nargs="+", default=[0], metavar="N", help="default: 0")
    listening.add_argument("--steps", type=int, metavar="N", help="sampling steps (default: the model's)")
    listening.add_argument(
        "--chords", choices=("heard", "true"), default="heard", help="tell the band the true chords (default: heard)"
    )
    listening.add_argument(
        "--tempo", choices=("heard", "true"), default="heard", help="tell the band the true tempo (default: heard)"
    )
    listening.add_argument(
        "--downbeat", choices=("heard", "true"), default="heard", help="tell it where a bar begins (default: heard)"
    )
    listening.add_argument("--workers", type=whole_number(1), default=1, metavar="N", help="processes (default: 1)")
    listening.add_argument("--keep", type=Path, metavar="DIR", help="keep the outputs there, for samuel evaluate set")
    listening.set_defaults(run=evaluate_listening)
    reconstruction = subjects.add_parser("reconstruction", help="what is left of a band after the autoencoder?")
    _add_common(reconstruction)
    reconstruction.add_argument(
        "--autoencoder", default=DEFAULT_AUTOENCODER, metavar="NAME", help=f"default: {DEFAULT_AUTOENCODER}"
    )
    reconstruction.set_defaults(run=evaluate_reconstruction)
    _add_set(subjects)
    controls = subjects.add_parser("controls", help="can the metrics tell a band from a metronome, noise and silence?")
    _add_common(controls)
    controls.add_argument(
        "--autoencoder", default=DEFAULT_AUTOENCODER, metavar="NAME", help=f"default: {DEFAULT_AUTOENCODER}"
    )
    add_aesthetics(controls)
    controls.set_defaults(run=evaluate_controls)
    _add_seams(subjects)
    _add_report(subjects)


def _add_seams(subjects: Commands) -> None:
    seams = subjects.add_parser("seams", help="can it be heard where the windows of long songs meet?")
    seams.add_argument("outputs", type=Path, metavar="OUTPUTS", help="SONG.wav files, or SONG-band folders")
    _add_output(seams)
    add_threads(seams)
    seams.set_defaults(run=evaluate_seams)
    regeneration = subjects.add_parser("regeneration", help="does a section made anew fit as well as what it replaces?")
    _add_common(regeneration)
    regeneration.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help=f"default: {DEFAULT_MODEL}")
    regeneration.add_argument("--steps", type=int, metavar="N", help="sampling steps (default: the model's)")
    regeneration.set_defaults(run=evaluate_regeneration)


def _add_set(subjects: Commands) -> None:
    parser = subjects.add_parser("set", help="judge a folder of accompaniments, with truth, with vocals or alone")
    parser.add_argument("outputs", type=Path, metavar="OUTPUTS", help="CLIP.wav files, or CLIP-band folders")
    company = parser.add_mutually_exclusive_group()
    company.add_argument("--truth", type=Path, metavar="CORPUS", help="the pairs that they belong to")
    company.add_argument("--vocals", type=Path, metavar="DIR", help="their vocals, where no truth is known")
    parser.add_argument("--bands", type=Path, metavar="DIR", help="the real bands, where no truth is known")
    parser.add_argument("--takes", type=Path, nargs="+", default=[], metavar="DIR", help="the same by other seeds")
    parser.add_argument(
        "--moved",
        nargs=2,
        action="append",
        default=[],
        metavar=("SEMITONES", "DIR"),
        help="the same for the vocals so many semitones higher; may be repeated",
    )
    add_aesthetics(parser)
    parser.add_argument(
        "--coherence",
        nargs="?",
        const="",
        metavar="DIR",
        help="also how well bands belong to their vocals, by CLAP; its weights come from the hub, or from DIR",
    )
    parser.add_argument("--split", metavar="NAME", help="of the corpus (default: all)")
    parser.add_argument("--clips", type=whole_number(1), metavar="N", help="how many pairs (default: all)")
    _add_output(parser)
    _add_tracker(parser)
    add_threads(parser)
    parser.set_defaults(run=evaluate_set)


def _add_report(subjects: Commands) -> None:
    parser = subjects.add_parser("report", help="results as one page; two of a kind are compared pair by pair")
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULTS", help="files or folders of results")
    parser.add_argument("--out", type=Path, default=Path("report.html"), metavar="FILE", help="default: report.html")
    parser.add_argument("--players", type=whole_number(0), default=4, metavar="N", help="clips to hear (default: 4)")
    parser.set_defaults(run=write_report)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder that samuel corpus build made")
    _add_output(parser)
    parser.add_argument("--split", default="valid", help="default: valid")
    parser.add_argument("--clips", type=whole_number(1), default=20, metavar="N", help="how many clips (default: 20)")
    _add_tracker(parser)
    add_threads(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, default=Path("results"), metavar="DIR", help="default: results")


def _add_tracker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tracker", choices=("librosa", "beatnet"), default="librosa", help="what hears the beats (default: librosa)"
    )


def _start(arguments: argparse.Namespace) -> None:
    """Set the threads, and refuse at once, not after the work, a folder that cannot be written."""
    from samuel.evaluation.table import require_writable

    apply_threads(arguments)
    require_writable(arguments.output)


def semitones(text: str) -> int:
    """A number of semitones; ConfigError where it is none."""
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{text} is no number of semitones: write --moved 3 DIR.") from None


def evaluate_listening(arguments: argparse.Namespace) -> None:
    """Judge the model's outputs and write the table."""
    from samuel import evaluation
    from samuel.evaluation.listening import KeepIn
    from samuel.evaluation.pretrained import Pretrained

    _start(arguments)
    keep = KeepIn(arguments.keep) if arguments.keep else None
    config = evaluation.ListeningConfig(
        seeds=tuple(arguments.seeds),
        steps=arguments.steps,
        guidance=tuple(arguments.guidance),
        tracker=arguments.tracker,
        chords=arguments.chords,
        tempo=arguments.tempo,
        downbeat=arguments.downbeat,
    )
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    with ProgressBar() as bar:
        table = evaluation.evaluate_listening(
            Pretrained(arguments.model),
            pairs,
            config,
            keep=keep,
            workers=arguments.workers,
            on_step=bar.counter(len(pairs)),
        )
    _report(table, arguments.output)


def evaluate_reconstruction(arguments: argparse.Namespace) -> None:
    """Judge the autoencoder's round trips and write the table."""
    from samuel import evaluation
    from samuel.checkpoint import load_autoencoder

    _start(arguments)
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    autoencoder = load_autoencoder(arguments.autoencoder)
    with ProgressBar() as bar:
        table = evaluation.evaluate_reconstruction(
            autoencoder, pairs, tracker=arguments.tracker, on_step=bar.counter(len(pairs))
        )
    _report(table, arguments.output)


def evaluate_set(arguments: argparse.Namespace) -> None:
    """Judge a folder of accompaniments and write the table."""
    from samuel import evaluation

    _start(arguments)
    truth, (extra, _), embed = arguments.truth, extra_families(arguments), embedder(arguments)
    pairs = evaluation.read_pairs(truth, arguments.split, arguments.clips) if truth else []
    with ProgressBar() as bar:
        table = evaluation.evaluate_set(
            arguments.outputs,
            pairs,
            vocals=arguments.vocals,
            bands=arguments.bands,
            takes=arguments.takes,
            moved={semitones(shift): Path(folder) for shift, folder in arguments.moved},
            extra=extra,
            embed=embed,
            tracker=arguments.tracker,
            on_step=bar.count,
        )
    _report(table, arguments.output)


def evaluate_seams(arguments: argparse.Namespace) -> None:
    """Judge the seams of long songs and write the table."""
    from samuel import evaluation

    _start(arguments)
    with ProgressBar() as bar:
        table = evaluation.evaluate_seams(arguments.outputs, on_step=bar.count)
    _report(table, arguments.output)


def evaluate_regeneration(arguments: argparse.Namespace) -> None:
    """Judge sections made anew and write the table."""
    from samuel import evaluation
    from samuel.pipeline import Accompanist

    _start(arguments)
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    accompanist: Any = Accompanist.from_pretrained(arguments.model)
    with ProgressBar() as bar:
        table = evaluation.evaluate_regeneration(
            accompanist, pairs, steps=arguments.steps, on_step=bar.counter(len(pairs))
        )
    _report(table, arguments.output)


def evaluate_controls(arguments: argparse.Namespace) -> None:
    """Judge the metrics by what no one would mistake, and write the table."""
    from samuel import evaluation
    from samuel.checkpoint import load_autoencoder
    from samuel.evaluation.parts import Parts

    _start(arguments)
    pairs = evaluation.read_pairs(arguments.corpus, arguments.split, arguments.clips)
    autoencoder = load_autoencoder(arguments.autoencoder)
    extra, fingerprints = extra_families(arguments)
    parts = Parts(arguments.output / "controls-parts", fingerprints)
    with ProgressBar() as bar:
        table = evaluation.evaluate_controls(
            pairs, autoencoder, extra=extra, tracker=arguments.tracker, parts=parts, on_step=bar.counter(len(pairs))
        )
    for path in evaluation.write_table(table, arguments.output):
        print(path)
    for row in table.sections["Controls"]:
        print(f"{row['metric']}: {row['verdict']}")


def write_report(arguments: argparse.Namespace) -> None:
    """Write the page, its JSON and its Markdown."""
    from samuel import evaluation

    for path in evaluation.write_report(arguments.results, arguments.out, players=arguments.players):
        print(path)


def _report(table: Table, folder: Path) -> None:
    from samuel.evaluation import write_table

    for path in write_table(table, folder):
        print(path)
    first = {heading: rows for heading, rows in table.sections.items() if heading.startswith("Headline")}
    for heading, rows in first.items():
        print(heading)
        for row in rows:
            print(f"  {row['figure']}: {row['value']:.3f} [{row['95 % interval']}]")
    for name, interval in {} if first else table.summary.items():
        print(f"{name}: {interval}")
    if table.sections.get("Incomplete"):
        print(f"{len({row['clip'] for row in table.sections['Incomplete']})} clips are incomplete, see the table")
    if table.skipped:
        print(f"{len(table.skipped)} clips were skipped, see the table")
