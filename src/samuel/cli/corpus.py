"""samuel corpus: build pairs of vocal and band, prepare what training reads, encode the latents."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from samuel.cli import corpus_sources
from samuel.cli.common import ProgressBar, add_ray, add_threads, add_workers, apply_threads, whole_number
from samuel.cli.song_sources import add_sources, corpus_settings
from samuel.config import DEFAULT_AUTOENCODER

if TYPE_CHECKING:
    from samuel.cli.common import Commands

SOUNDFONT_NAMES = ("fluid", "fluid-mono")  # training's


def add_parser(commands: Commands) -> None:
    """Add the command and its sub-commands."""
    parser = commands.add_parser("corpus", help="build and prepare a training corpus", description="Make a corpus.")
    steps = parser.add_subparsers(title="steps, in order, and an evaluation set", metavar="STEP", required=True)
    _add_build(steps)
    _add_prepare(steps)
    _add_encode(steps)
    _add_imagine(steps)
    _add_pop909(steps)
    corpus_sources.add_steps(steps)


def _add_build(steps: Commands) -> None:
    parser = steps.add_parser("build", help="compose, play and sing pairs of vocal and band")
    parser.add_argument(
        "place", type=Path, nargs="?", metavar="CORPUS", help="folder of the corpus; one begun there goes on"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="the same by name")
    parser.add_argument("--hours", type=float, default=10.0, help="hours of pairs (default: 10)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="another seed, another corpus (default: 0)")
    add_sources(parser)
    parser.add_argument("--split", choices=("train", "valid"), help="build pairs of this split alone (default: both)")
    parser.add_argument("--stems", action="store_true", help="keep drums, bass, chords and other beside the mix")
    add_workers(parser)
    add_ray(parser)
    parser.set_defaults(run=build)


def _add_prepare(steps: Commands) -> None:
    parser = steps.add_parser("prepare", help="compute spectral maps, melodic features and frame truth")
    _add_folders(parser)
    add_workers(parser)
    add_ray(parser)
    parser.set_defaults(run=prepare)


def _add_encode(steps: Commands) -> None:
    parser = steps.add_parser("encode", help="encode vocals and bands with a trained autoencoder")
    _add_folders(parser)
    parser.add_argument(
        "--autoencoder", default=DEFAULT_AUTOENCODER, metavar="NAME", help=f"default: {DEFAULT_AUTOENCODER}"
    )
    parser.add_argument(
        "--shards", type=Path, metavar="DIR", help="write WebDataset shards to DIR/<autoencoder> instead of DATA"
    )
    parser.add_argument(
        "--per-shard", type=whole_number(1), default=128, metavar="N", help="pairs of a shard (default: 128, 45 MB)"
    )
    add_workers(parser)
    add_ray(parser)
    add_threads(parser)
    parser.set_defaults(run=encode)


def _add_imagine(steps: Commands) -> None:
    parser = steps.add_parser("imagine", help="add songs without sound, for the listener to learn from")
    parser.add_argument("data", type=Path, metavar="DATA", help="training folder to add to")
    parser.add_argument("--songs", type=whole_number(1), default=1500, metavar="N", help="how many (default: 1500)")
    parser.add_argument("--bands", type=whole_number(0), default=0, metavar="N", help="let a band play N of them")
    parser.add_argument("--soundfont", choices=SOUNDFONT_NAMES, help="what it plays with (default: any of training's)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="another seed, other songs (default: 0)")
    add_sources(parser)
    add_workers(parser)
    parser.set_defaults(run=imagine)


def _add_pop909(steps: Commands) -> None:
    parser = steps.add_parser("pop909", help="play and sing POP909's songs, for evaluation only")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="POP909's folder or archive")
    parser.add_argument("out", type=Path, metavar="CORPUS", help="folder of the evaluation set")
    parser.add_argument("--pairs", type=whole_number(1), default=40, metavar="N", help="how many songs (default: 40)")
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, help="another seed, other styles and excerpts (default: 0)"
    )
    parser.set_defaults(run=pop909)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder that samuel corpus build made")
    parser.add_argument("out", type=Path, metavar="DATA", help="training folder to fill")


def build(arguments: argparse.Namespace) -> None:
    """Make the pairs that are not there yet."""
    from samuel.corpus.build import build_corpus
    from samuel.corpus.errors import CorpusError
    from samuel.corpus.excerpt import CLIP_SECONDS

    if (arguments.place is None) == (arguments.out is None):
        raise CorpusError("one of CORPUS and --out DIR is needed: name the folder of the corpus once.")
    out = arguments.place or arguments.out
    settings = replace(corpus_settings(arguments, arguments.hours, arguments.split), stems=arguments.stems)
    with ProgressBar() as bar:
        progress = partial(bar.hours, hours_each=CLIP_SECONDS / 3600)
        made = build_corpus(out, settings, arguments.workers, progress, arguments.ray, print)
    print(f"{made} pairs made, {settings.pairs} in {out}")


def prepare(arguments: argparse.Namespace) -> None:
    """Prepare the pairs that are not prepared yet."""
    from samuel.corpus.prepare import prepare_corpus

    with ProgressBar() as bar:
        prepared = prepare_corpus(arguments.corpus, arguments.out, arguments.workers, bar.count, arguments.ray, print)
    print(f"{prepared} pairs prepared in {arguments.out}")


def encode(arguments: argparse.Namespace) -> None:
    """Encode the pairs that have no latents yet."""
    from samuel.training.encoding import encode_corpus
    from samuel.training.shards import encode_shards

    apply_threads(arguments)
    corpus, data, autoencoder = arguments.corpus, arguments.out, arguments.autoencoder
    with ProgressBar() as bar:
        by = (bar.count, arguments.workers, arguments.ray, print)
        if arguments.shards is None:
            encoded = encode_corpus(corpus, data, autoencoder, *by)
        else:
            encoded = encode_shards(corpus, data, arguments.shards, autoencoder, arguments.per_shard, *by)
    print(f"{encoded} pairs encoded in {arguments.shards or data}")


def imagine(arguments: argparse.Namespace) -> None:
    """Imagine the songs that are not there yet."""
    from samuel.corpus.excerpt import hours_of
    from samuel.corpus.imagine import imagine_songs

    settings = corpus_settings(arguments, hours_of(arguments.songs))
    with ProgressBar() as bar:
        imagined = imagine_songs(
            arguments.data, settings, bar.count, arguments.workers, arguments.bands, arguments.soundfont
        )
    print(f"{imagined} songs imagined in {arguments.data}")


def pop909(arguments: argparse.Namespace) -> None:
    """Make the evaluation pairs that are not there yet."""
    from samuel.corpus.evaluation_set import build_pop909

    with ProgressBar() as bar:
        made = build_pop909(arguments.source, arguments.out, arguments.pairs, arguments.seed, bar.count)
    print(f"{made} pairs made in {arguments.out}")
