"""All weights from nothing in a given time: corpus, autoencoder, listener and denoiser, one after another.

Every stage goes on where it was cut short, and every checkpoint is there as soon as its stage ends. The time that the
stages before have left is shared out anew, so that whatever the machine, the last one ends in time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from samuel.checkpoint.folder import Kind, is_complete
from samuel.checkpoint.parts import split_files
from samuel.config import require_range
from samuel.corpus.build import CorpusSettings, build_corpus
from samuel.corpus.imagine import imagine_songs
from samuel.corpus.prepare import prepare_corpus
from samuel.errors import ConfigError
from samuel.training.encoding import encode_corpus
from samuel.training.export import export_checkpoint
from samuel.training.plans import write_plans
from samuel.training.runs import Overrides, train_autoencoder, train_denoiser, train_listener
from samuel.training.schedule import parse_duration

Report = Callable[[str], None]

PART_BYTES = 16 << 20  # what most places that files are sent through take
SHORTEST = 1.0  # s of a run


@dataclass(frozen=True)
class EverythingSettings:
    """What to make, from how much, and how the time is shared. The denoiser gets what the others leave."""

    budget: str  # for all stages together, such as "28m" or "12h"
    hours: float = 10.0  # of pairs
    songs: int = 1500  # imagined, for the listener
    seed: int = 0
    lead_sheets: Path | None = None
    workers: int = 1
    autoencoder_share: float = 0.35  # of the time that is left when its turn comes
    listener_share: float = 0.12
    reserve: float = 20.0  # s for export and parts at the end
    name: str = "mine"
    presets: Mapping[Kind, str] = field(default_factory=lambda: {role: role for role in get_args(Kind)})

    def __post_init__(self) -> None:
        parse_duration(self.budget)
        require_range("autoencoder_share", self.autoencoder_share, 0.01, 0.98)
        require_range("listener_share", self.listener_share, 0.01, 0.98)
        require_range("workers", self.workers, 1, 4096)
        if "/" in self.name or not self.name:
            raise ConfigError(f"name {self.name!r} does not fit a folder: choose letters and digits.")


def train_everything(
    out: Path,
    settings: EverythingSettings,
    corpus: Path | None = None,
    overrides: Overrides | None = None,
    device: str = "auto",
    report: Report = lambda line: None,
) -> Path:
    """Fill out with corpus, data, runs and models; returns the folder of the denoiser's checkpoint.

    corpus: one that is built already; else it is built in out. overrides: of all three recipes alike. Beside models
    lies parts: the same files in pieces of at most 16 MiB (see samuel.checkpoint.parts). Raises a SamuelError.
    """
    overrides = {"loop.seed": settings.seed, **(overrides or {})}
    clock = _Clock(parse_duration(settings.budget) - settings.reserve)
    data, runs, models = out / "data", out / "runs", out / "models"
    if corpus is None:
        corpus = out / "corpus"
        wanted = CorpusSettings(settings.hours, settings.seed, settings.lead_sheets)
        report(f"{build_corpus(corpus, wanted, settings.workers)} pairs built, {clock}")
    report(f"{prepare_corpus(corpus, data, settings.workers)} pairs prepared, {clock}")

    names = {role: str(models / f"{settings.name}-{role}") for role in settings.presets}

    def train(role: Kind, train_one: Callable[..., object], share: float, *parts: str) -> Path:
        """Train and export one network, unless that was done before: what follows was made with its weights."""
        folder = Path(names[role])
        if is_complete(folder):
            return folder
        report(f"{role}: {clock}")
        budget, run = f"{max(SHORTEST, share * clock.left):.0f}s", runs / role
        preset = settings.presets[role]
        train_one(preset, data, run, budget=budget, overrides=overrides, device=device, report=report)
        return export_checkpoint(run, folder, *parts)

    train("autoencoder", train_autoencoder, settings.autoencoder_share)
    report(f"{encode_corpus(corpus, data, names['autoencoder'], workers=settings.workers)} pairs encoded, {clock}")
    report(f"{imagine_songs(data, settings.songs, settings.seed, workers=settings.workers)} songs imagined, {clock}")
    train("listener", train_listener, settings.listener_share)
    write_plans(names["listener"], data)
    folder = train("denoiser", train_denoiser, 1.0, names["autoencoder"], names["listener"])
    report(f"{split_files(models, out / 'parts', PART_BYTES)} parts in {out / 'parts'}, {clock}")
    return folder


def default_workers() -> int:
    """As many processes as this one may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Clock:
    """The time that is left, from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def __str__(self) -> str:
        return f"{self.left / 60:.1f} minutes left"
