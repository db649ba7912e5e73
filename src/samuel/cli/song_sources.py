"""The options that say what the songs of a corpus come from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from samuel.corpus.build import CorpusSettings

# named here too, so that --help need not import numpy
COLLECTIONS = ("openewld", "lieder", "openhymnal")
SOURCES = ("composed", *COLLECTIONS, "midi")


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add --sources and the paths of the sources, which corpus_settings reads."""
    parser.add_argument(
        "--sources",
        type=lambda text: text.split(","),
        metavar="NAME,...",
        help=f"what the songs come from, of {', '.join(SOURCES)} (default: composed, and those with a path below)",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        default=Path("scores"),
        metavar="DIR",
        help="where collections without a path are looked for (default: scores)",
    )
    parser.add_argument("--lead-sheets", type=Path, metavar="PATH", help="folder or archive of OpenEWLD's lead sheets")
    parser.add_argument("--lieder", type=Path, metavar="PATH", help="folder or archive of OpenScore Lieder")
    parser.add_argument("--openhymnal", type=Path, metavar="PATH", help="folder or archive of the Open Hymnal")
    parser.add_argument("--midi", type=Path, metavar="DIR", help="folder of your own MIDI files, for half of the pairs")
    parser.add_argument("--midi-licence", metavar="TEXT", help="what they may be used for (default: not stated)")


def corpus_settings(
    arguments: argparse.Namespace, hours: float, split: Literal["train", "valid"] | None = None
) -> CorpusSettings:
    """The settings of a corpus of so many hours from the sources of the arguments. Raises CorpusError."""
    from samuel.corpus.build import CorpusSettings
    from samuel.corpus.public_domain import UNSTATED
    from samuel.corpus.sources import COMPOSED, choose_sources

    given = {
        "openewld": arguments.lead_sheets,
        "lieder": arguments.lieder,
        "openhymnal": arguments.openhymnal,
        "midi": arguments.midi,
    }
    chosen = choose_sources(arguments.sources, given, arguments.scores)
    return CorpusSettings(
        hours,
        arguments.seed,
        chosen.get("openewld"),
        split=split,
        midi=chosen.get("midi"),
        midi_licence=arguments.midi_licence or UNSTATED,
        lieder=chosen.get("lieder"),
        openhymnal=chosen.get("openhymnal"),
        composed=COMPOSED in chosen,
    )
