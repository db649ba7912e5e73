"""samuel corpus fetch, import, stats, listen: what comes into a corpus from elsewhere, and what it then consists of."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli.common import ProgressBar, add_workers, whole_number
from samuel.cli.song_sources import COLLECTIONS, add_sources, corpus_settings

if TYPE_CHECKING:
    from samuel.cli.common import Commands

SHOWN = 10  # songs left out that are named on the screen


def add_steps(steps: Commands) -> None:
    """Add the sub-commands."""
    _add_fetch(steps)
    _add_import(steps)
    _add_stats(steps)
    _add_listen(steps)


def _add_fetch(steps: Commands) -> None:
    parser = steps.add_parser("fetch", help="download a collection of scores, checked")
    parser.add_argument("collection", choices=COLLECTIONS, metavar="|".join(COLLECTIONS), help="which collection")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("scores"),
        metavar="DIR",
        help="its scores go to DIR/<collection> (default: scores)",
    )
    parser.add_argument("--archive", type=Path, metavar="FILE", help="a local tar archive instead of its home")
    parser.add_argument("--sha256", metavar="HEX", help="digest of the scores to check instead of the pinned one")
    parser.set_defaults(run=fetch)


def _add_import(steps: Commands) -> None:
    parser = steps.add_parser(
        "import", help="take in real recordings: stem folders, MUSDB18(-HQ), MoisesDB, or full songs to separate"
    )
    parser.add_argument("source", type=Path, metavar="DIR", help="folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, metavar="CORPUS", help="folder of the corpus to add to")
    parser.add_argument("--licence", help="what they may be used for (default: what is known of the collection)")
    parser.add_argument("--source", dest="named", metavar="NAME", help="where they come from (default: DIR's name)")
    parser.add_argument(
        "--min-sung", type=float, default=0.5, metavar="X", help="least sung share of a clip, 0 to 1 (default: 0.5)"
    )
    parser.add_argument(
        "--vocal-stem", action="append", default=[], metavar="NAME", help="file name of the vocal, without suffix"
    )
    parser.add_argument("--separate", action="store_true", help="every file is a full song: split it with Demucs")
    parser.add_argument("--separator", default="htdemucs", metavar="NAME", help="Demucs model (default: htdemucs)")
    parser.add_argument(
        "--separator-folder",
        type=Path,
        metavar="DIR",
        help="weights of Demucs that are here already (pickles: trust them)",
    )
    add_workers(parser)
    parser.set_defaults(run=import_)


def _add_stats(steps: Commands) -> None:
    parser = steps.add_parser("stats", help="tell what a corpus consists of: hours, keys, tempi, styles, loudness ...")
    parser.add_argument("corpus", type=Path, metavar="CORPUS", nargs="?", help="folder of the corpus")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write stats.json and stats.png there")
    parser.add_argument(
        "--hear", type=whole_number(0), default=40, metavar="N", help="measure the loudness of N pairs (default: 40)"
    )
    parser.add_argument("--imagine", type=float, metavar="HOURS", help="of a corpus not built yet: nothing is rendered")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of the imagined corpus (default: 0)")
    add_sources(parser)
    add_workers(parser)
    parser.set_defaults(run=stats)


def _add_listen(steps: Commands) -> None:
    parser = steps.add_parser("listen", help="make a page to look at pairs and listen to them")
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder of the corpus")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="the page (default: CORPUS/listen.html)")
    parser.add_argument(
        "--pairs", type=whole_number(1), default=6, metavar="N", help="how many, 2 MB each (default: 6)"
    )
    parser.set_defaults(run=listen)


def fetch(arguments: argparse.Namespace) -> None:
    """Fetch the scores that are not there yet."""
    from samuel.corpus.fetch import COLLECTIONS as HOMES
    from samuel.corpus.fetch import fetch_collection

    with ProgressBar() as bar:
        fetched = fetch_collection(
            HOMES[arguments.collection], arguments.out, arguments.archive, arguments.sha256, bar.count
        )
    print(f"{fetched.scores} scores in {fetched.folder}")
    print(f"digest {fetched.digest} ({'as expected' if fetched.checked else 'none is pinned: keep it for --sha256'})")


def import_(arguments: argparse.Namespace) -> None:
    """Import the songs that are not there yet."""
    from samuel.corpus.importing import ImportSettings, import_corpus

    settings = ImportSettings(
        licence=arguments.licence,
        source=arguments.named,
        min_sung=arguments.min_sung,
        vocal_stems=tuple(arguments.vocal_stem),
        separator=arguments.separator if arguments.separate else None,
        separator_folder=arguments.separator_folder,
    )
    with ProgressBar() as bar:
        report = import_corpus(arguments.source, arguments.out, settings, arguments.workers, bar.count)
    for left in report.left_out[:SHOWN]:
        print(f"left out {left.song}: {left.reason}")
    if len(report.left_out) > SHOWN:
        print(f"left out {len(report.left_out) - SHOWN} more")
    print(f"{report.made} pairs made, {report.pairs} of {report.songs - len(report.left_out)} songs in {arguments.out}")


def stats(arguments: argparse.Namespace) -> None:
    """Show the statistics of a corpus, and write them where a folder is named."""
    from samuel.corpus.errors import CorpusError
    from samuel.corpus.statistics import corpus_statistics, imagined_statistics
    from samuel.corpus.statistics_report import report_lines, write_statistics

    if (arguments.corpus is None) == (arguments.imagine is None):
        raise CorpusError("one of CORPUS and --imagine HOURS is needed: name a corpus, or one to imagine.")
    with ProgressBar() as bar:
        if arguments.imagine is None:
            found = corpus_statistics(arguments.corpus, arguments.hear, bar.count)
        else:
            found = imagined_statistics(corpus_settings(arguments, arguments.imagine), arguments.workers, bar.count)
    for line in report_lines(found):
        print(line)
    if arguments.out:
        write_statistics(found, arguments.out)
        print(f"stats.json and stats.png in {arguments.out}")


def listen(arguments: argparse.Namespace) -> None:
    """Write the page."""
    from samuel.evaluation.corpus_page import write_corpus_page

    with ProgressBar() as bar:
        written = write_corpus_page(
            arguments.corpus, arguments.out or arguments.corpus / "listen.html", arguments.pairs, bar.count
        )
    print(f"open {written} in a browser")
