"""The stages, and on request the peers, of which one that cannot be built says why and stops no other."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path

from samuel.benchmark.jukebox import jukebox
from samuel.benchmark.musicgen import musicgen
from samuel.benchmark.page import Benchmark, read_benchmark, write_benchmark
from samuel.benchmark.peer import PeerCost
from samuel.benchmark.stable_audio import stable_audio
from samuel.benchmark.stages import SECONDS, benchmark_stages
from samuel.config import DEFAULT_MODEL
from samuel.errors import ConfigError, SamuelError
from samuel.pipeline.describe import describe_model

Report = Callable[[str], None]

PEERS: dict[str, Callable[[float], PeerCost]] = {
    "musicgen-small": partial(musicgen, "small"),
    "musicgen-medium": partial(musicgen, "medium"),
    "musicgen-large": partial(musicgen, "large"),
    "stable-audio-open": stable_audio,
    "jukebox-1b": partial(jukebox, "1B"),
    "jukebox-5b": partial(jukebox, "5B"),
}


def run_benchmark(
    out: Path,
    model: str = DEFAULT_MODEL,
    lengths: tuple[float, ...] = SECONDS,
    peers: tuple[str, ...] = (),
    audio: float = 47.55,
    report: Report = lambda line: None,
) -> Benchmark:
    """Measure and write benchmark.md and benchmark.json into the folder.

    Without lengths the stages of an earlier benchmark in the folder are kept, and likewise the peers that are not
    measured now, so that peers may come from several environments. Raises ConfigError for an unknown peer.
    """
    for name in peers:
        if name not in PEERS:
            raise ConfigError(f"peer {name!r} is unknown: choose among {', '.join(PEERS)}.")
    before = read_benchmark(out)
    stages = benchmark_stages(model, lengths, report) if lengths else list(before.stages)
    found, absent = {one.name: one for one in before.peers}, dict(before.absent)
    for name in peers:
        try:
            cost = PEERS[name](audio)
        except SamuelError as error:
            absent[name] = str(error)
            report(f"{name}: {error}")
            continue
        absent.pop(name, None)
        found[cost.name] = cost
        report(f"{cost.name}: {cost.seconds:.0f} s for {cost.audio:g} s of audio")
        gc.collect()  # billions of numbers, before the next comes
    summary = describe_model(model)
    result = Benchmark.here(
        summary.name, sum(part.parameters for part in summary.parts), stages, list(found.values()), absent
    )
    write_benchmark(result, out)
    return result
