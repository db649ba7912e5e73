"""The tables of a benchmark, as JSON and Markdown."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from samuel.benchmark.peer import PeerCost
from samuel.benchmark.stages import Stage
from samuel.checkpoint.files import read_json, write_json, write_text
from samuel.device import precision

NAME = "benchmark"
_PART = "one step of it"  # a row that is part of the row above


@dataclass(frozen=True)
class Benchmark:
    """What was measured, of which model (parameters of all its networks), on what."""

    model: str = ""
    parameters: int = 0
    machine: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    peers: tuple[PeerCost, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)  # peers that could not be built, and why

    @classmethod
    def here(
        cls, model: str, parameters: int, stages: Sequence[Stage], peers: Sequence[PeerCost], absent: Mapping[str, str]
    ) -> Benchmark:
        """With what is known of this machine."""
        machine = {
            "processor": platform.processor() or platform.machine(),
            "threads": str(torch.get_num_threads()),
            "precision": precision(),
            "torch": torch.__version__,
            "python": platform.python_version(),
        }
        return cls(model, parameters, machine, tuple(stages), tuple(peers), dict(absent))

    def seconds(self, audio: float) -> float | None:
        """What the whole chain takes for so much audio, at the rate of the nearest length; None where none is known."""
        lengths = sorted({stage.audio for stage in self.stages}, key=lambda length: abs(length - audio))
        if not lengths:
            return None
        rows = [stage for stage in self.stages if stage.audio == lengths[0] and stage.name != _PART]
        return sum(stage.seconds for stage in rows) * audio / lengths[0]


def read_benchmark(folder: Path) -> Benchmark:
    """The one that was written there; an empty one where there is none."""
    path = folder / f"{NAME}.json"
    if not path.is_file():
        return Benchmark()
    values = read_json(path)
    stages = tuple(Stage(**row) for row in values["stages"])
    peers = tuple(PeerCost(**row) for row in values["peers"])
    return Benchmark(values["model"], values["parameters"], values["machine"], stages, peers, values["absent"])


def write_benchmark(result: Benchmark, folder: Path) -> tuple[Path, Path]:
    """Write benchmark.json and benchmark.md into the folder, and return their paths."""
    paths = folder / f"{NAME}.json", folder / f"{NAME}.md"
    write_json(paths[0], asdict(result))
    write_text(paths[1], to_markdown(result))
    return paths


def to_markdown(result: Benchmark) -> str:
    """Stages, then peers, then the peers that are missing."""
    machine = ", ".join(f"{name}: {value}" for name, value in result.machine.items())
    parts = [f"# Benchmark of {result.model}", machine]
    if result.stages:
        parts += ["## Stages", _grid(_STAGE_HEAD, _stage_rows(result.stages))]
        parts.append("Peak memory is that of the whole process, weights and libraries included.")
    if result.peers:
        parts += ["## Peers", _grid(_PEER_HEAD, _peer_rows(result))]
        parts += [f"* {peer.name}: {peer.how} ({peer.source})." for peer in result.peers]
    parts += [f"* {name} was not measured: {reason}" for name, reason in result.absent.items()]
    return "\n\n".join(parts) + "\n"


_STAGE_HEAD = ("audio, s", "stage", "seconds", "real-time factor", "peak memory, MB", "GFLOP")
_PEER_HEAD = (
    "model",
    "parameters, M",
    "audio, s",
    "seconds",
    "real-time factor",
    "parameters / ours",
    "seconds / ours",
)


def _stage_rows(stages: Sequence[Stage]) -> list[list[str]]:
    rows = []
    for length in dict.fromkeys(stage.audio for stage in stages):
        here = [stage for stage in stages if stage.audio == length]
        whole = [stage for stage in here if stage.name != _PART]
        peaks = [stage.peak for stage in whole if stage.peak is not None]
        total = Stage(length, "all", sum(s.seconds for s in whole), max(peaks, default=None), _sum(whole))
        rows += [_stage_row(stage) for stage in (*here, total)]
    return rows


def _stage_row(stage: Stage) -> list[str]:
    peak = "" if stage.peak is None else f"{stage.peak / 1e6:.0f}"
    gflop = "" if stage.gflop is None else f"{stage.gflop:.1f}"
    return [f"{stage.audio:g}", stage.name, f"{stage.seconds:.3f}", f"{stage.seconds / stage.audio:.4f}", peak, gflop]


def _sum(stages: Sequence[Stage]) -> float:
    return sum(stage.gflop for stage in stages if stage.gflop is not None)


def _peer_rows(result: Benchmark) -> list[list[str]]:
    rows = []
    for audio in dict.fromkeys(peer.audio for peer in result.peers):
        ours = result.seconds(audio)
        if ours is not None:
            rows.append(_peer_row(result.model, result.parameters, audio, ours, result.parameters, ours))
        for peer in result.peers:
            if peer.audio == audio:
                rows.append(_peer_row(peer.name, peer.parameters, audio, peer.seconds, result.parameters, ours))
    return rows


def _peer_row(
    name: str, parameters: int, audio: float, seconds: float, ours: int, our_seconds: float | None
) -> list[str]:
    times = "" if our_seconds is None else f"{seconds / our_seconds:.1f}"
    size, factor = f"{parameters / 1e6:.1f}", f"{parameters / max(ours, 1):.1f}"
    return [name, size, f"{audio:g}", f"{seconds:.1f}", f"{seconds / audio:.2f}", factor, times]


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))
