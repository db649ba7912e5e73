"""Jukebox 1B and 5B (Dhariwal et al. 2020, arXiv 2005.00341), which transformers held until release 5.

Its own sampling procedure (jukebox/sample.py): three levels of tokens, 344.5, 1,378 and 5,512.5 a second, one after
another, each token a pass through 72 layers or more; every level in windows of its context that overlap (hop 0.125 of
the context on top, 0.5 below), a window's earlier tokens being read in chunks first; then the VQ-VAE's decoder.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from samuel.benchmark.measure import seconds_of
from samuel.benchmark.peer import Line, PeerCost, by_depth, depth_note, import_peer
from samuel.errors import ConfigError

MODULE = "transformers.models.deprecated.jukebox"
SOURCE = "openai/jukebox: hparams.py, sample.py"
PROBES = (6, 12)  # the attention patterns repeat after three
CHUNK = 32  # tokens read at once
TIMED = 8  # tokens


@dataclass(frozen=True)
class Level:
    """One level: its rate (samples per token), its transformer, its context and the hop between two windows."""

    hop: int
    width: int
    layers: int
    heads: int
    blocks: int
    context: int
    advance: float  # of the context
    chunk: int = CHUNK
    lyrics: int = 0  # tokens that precede the music in the context of the merged 1B top level


_UPSAMPLERS = (Level(32, 1920, 72, 1, 128, 8192, 0.5), Level(8, 1920, 72, 1, 128, 8192, 0.5))
SIZES: dict[str, tuple[Level, ...]] = {
    "1B": (Level(128, 2048, 72, 2, 64, 6144, 0.125, lyrics=384), *_UPSAMPLERS),
    "5B": (Level(128, 4800, 79, 8, 128, 8192, 0.125, chunk=16), *_UPSAMPLERS),
}


def jukebox(name: str, audio: float, levels: tuple[Level, ...] | None = None) -> PeerCost:
    """The cost of one size by its name. MissingExtraError without transformers, ConfigError where it is too new."""
    library = _library()
    levels = levels or SIZES[name]
    lines: dict[Level, Line] = {}
    seconds, parameters = 0.0, 0
    for level in levels:
        same = next((known for known in lines if _shape(known) == _shape(level)), None)
        lines[level] = line = lines[same] if same else _timed(library, level)
        token, chunk = line.times
        for old, new in windows_of(round(audio * 44_100) // level.hop, level):
            seconds += new * token + (old + level.lyrics) / level.chunk * chunk
        parameters += line.parameters
    top = lines[levels[0]]
    return PeerCost(
        f"Jukebox {name}",
        parameters,
        audio,
        seconds,
        f"{len(levels)} levels, {TIMED} tokens and one chunk of each timed;"
        f" {depth_note(top, PROBES, levels[0].layers)}; without lyrics encoder, conditioners between levels and VQ-VAE",
        SOURCE,
    )


def windows_of(tokens: int, level: Level) -> Iterator[tuple[int, int]]:
    """For each window of a level: tokens of its context that are known, and those that it adds."""
    done = 0
    while done < tokens:
        old = 0 if done == 0 else min(done, level.context - max(1, round(level.advance * level.context)))
        new = min(tokens - done, level.context - old)
        yield old, new
        done += new


def _library() -> Any:
    transformers = import_peer("transformers", "benchmark")
    try:
        return importlib.import_module(f"{MODULE}.modeling_jukebox")
    except ImportError as error:
        raise ConfigError(
            f"transformers {transformers.__version__} has no Jukebox, which left it with release 5: time it in another"
            " environment with transformers below 5, with the same -o and --seconds without a number."
        ) from error


def _shape(level: Level) -> tuple[int, ...]:
    return level.width, level.layers, level.heads, level.blocks, level.context, level.chunk


def _timed(library: Any, level: Level) -> Line:
    return by_depth(
        lambda layers: _transformer(library, level, layers), level.layers, lambda model: _times(model, level), PROBES
    )


def _transformer(library: Any, level: Level, layers: int) -> nn.Module:
    """The transformer of a level with the factored attention that all but a few of its layers have."""
    settings: Mapping[str, Any] = {
        "hidden_size": level.width,
        "num_layers": layers,
        "n_heads": level.heads,
        "blocks": level.blocks,
        "n_ctx": level.context,
        "attention_pattern": "raw_column_previous_row_attention",
        "nb_relevant_lyric_tokens": 0,
        "is_encoder_decoder": False,
    }
    config = library.JukeboxPriorConfig(**settings)
    model: nn.Module = library.JukeboxConditionalAutoregressive(
        config, audio_conditioning=True, metadata_conditioning=True
    )
    return model


@torch.inference_mode()
def _times(model: Any, level: Level) -> tuple[float, float]:
    """Seconds of one token, and of reading one chunk of known tokens."""
    audio, label = torch.zeros(1, level.context, level.width), torch.zeros(1, 1, level.width)
    known = torch.zeros(1, level.chunk, dtype=torch.long)
    with redirect_stderr(io.StringIO()):  # it draws a progress bar for each token
        token = seconds_of(lambda: model.sample(1, audio, label, sample_tokens=TIMED), repeat=2) / TIMED
        sampled = {"chunk_size": level.chunk, "sample_tokens": level.chunk + 1}
        chunk = seconds_of(lambda: model.primed_sample(1, known, audio, label, **sampled), repeat=2)
    return token, max(chunk - token, 0.0)
