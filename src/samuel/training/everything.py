"""All weights from nothing in a given time: corpus, autoencoder, listener and denoiser, one after another.

Every stage goes on where it was cut short, and every checkpoint is there as soon as its stage ends. The time that the
stages before have left is shared out anew: on whatever machine the last one ends in time, or says that it cannot.
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
from samuel.corpus.excerpt import hours_of
from samuel.corpus.imagine import imagine_songs
from samuel.corpus.prepare import prepare_corpus
from samuel.errors import ConfigError, SamuelError
from samuel.training.encoding import encode_corpus
from samuel.training.export import export_checkpoint
from samuel.training.plans import write_plans
from samuel.training.recipes import AutoencoderRecipe, DenoiserRecipe, ListenerRecipe, read_recipe
from samuel.training.runs import Overrides, train_autoencoder, train_denoiser, train_listener
from samuel.training.schedule import parse_duration
from samuel.training.state import Progress, read_progress

Report = Callable[[str], None]

PART_BYTES = 16 << 20  # what most places that files are sent through take


@dataclass(frozen=True)
class EverythingSettings:
    """What to make, from how much, and how the time is shared. The denoiser gets what the others leave."""

    budget: str  # for all stages together, such as "28m" or "12h"
    hours: float = 10.0  # of pairs
    songs: int = 1500  # imagined, for the listener
    bands: int = 0  # of these songs that a band plays, for autoencoder and denoiser
    seed: int = 0
    lead_sheets: Path | None = None
    workers: int = 1
    autoencoder_share: float = 0.35  # of the time that is left when its turn comes
    listener_share: float = 0.12
    reserve: float = 20.0  # s for export and parts at the end
    shortest: float = 60.0  # s: a run that would be shorter is refused
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
    lies parts: the same files in pieces of at most 16 MiB (see samuel.checkpoint.parts). Raises a SamuelError, among
    others if the time does not suffice, or on Ctrl-C; the same call then goes on.
    """
    run = _Stages(out, settings, {"loop.seed": settings.seed, **(overrides or {})}, device, report)
    if corpus is None:
        corpus = out / "corpus"
        wanted = CorpusSettings(settings.hours, settings.seed, settings.lead_sheets)
        run.report(f"{build_corpus(corpus, wanted, settings.workers)} pairs built")
    run.report(f"{prepare_corpus(corpus, run.data, settings.workers, report=run.report)} pairs prepared")
    imaginary = CorpusSettings(hours_of(settings.songs), settings.seed, settings.lead_sheets)
    imagined = imagine_songs(run.data, imaginary, workers=settings.workers, bands=settings.bands)
    run.report(f"{imagined} songs imagined, {settings.bands} of them with a band")
    autoencoder = run.train("autoencoder", train_autoencoder, settings.autoencoder_share)
    encoded = encode_corpus(corpus, run.data, str(autoencoder), workers=settings.workers, report=run.report)
    run.report(f"{encoded} pairs encoded")
    listener = run.train("listener", train_listener, settings.listener_share)
    if not is_complete(run.folder("denoiser")):
        write_plans(listener, run.data, report=report, workers=settings.workers)
    folder = run.train("denoiser", train_denoiser, 1.0, str(autoencoder), str(listener))
    run.report(f"{split_files(out / 'models', out / 'parts', PART_BYTES)} parts in {out / 'parts'}")
    return folder


class _Stages:
    """One network after another, within the time."""

    def __init__(
        self, out: Path, settings: EverythingSettings, overrides: Overrides, device: str, report: Report
    ) -> None:
        self.out, self.data, self.settings = out, out / "data", settings
        self._overrides, self._device, self._report = overrides, device, report
        # what a recipe cannot take must be told before hours of other work
        read_recipe(AutoencoderRecipe, settings.presets["autoencoder"], overrides)
        read_recipe(ListenerRecipe, settings.presets["listener"], overrides)
        read_recipe(DenoiserRecipe, settings.presets["denoiser"], overrides)
        self._end = time.monotonic() + parse_duration(settings.budget) - settings.reserve

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def report(self, line: str) -> None:
        """A line, and the time that is left."""
        self._report(f"{line}, {self.left / 60:.1f} minutes left")

    def folder(self, role: Kind) -> Path:
        """Where a network's checkpoint goes."""
        return self.out / "models" / f"{self.settings.name}-{role}"

    def train(self, role: Kind, train_one: Callable[..., Progress], share: float, *parts: str) -> Path:
        """Train and export one network, unless that was done before: what follows was made with its weights.

        Raises ConfigError if too little time is left and SamuelError if the run was stopped.
        """
        folder, run, seconds = self.folder(role), self.out / "runs" / role, share * self.left
        if is_complete(folder):
            return folder
        if seconds < self.settings.shortest:
            raise ConfigError(
                f"{seconds:.0f} s are left for the {role}, less than {self.settings.shortest:.0f}: run it again to go"
                " on, with a larger budget or fewer hours."
            )
        self.report(f"training the {role}")
        budget = f"{read_progress(run).elapsed + max(1.0, seconds):.0f}s"  # a run counts the time of all its sittings
        preset, options = self.settings.presets[role], {"device": self._device, "report": self._report}
        overrides = self._overrides
        if role == "denoiser":  # for its samples
            overrides = {"objective.autoencoder": str(self.folder("autoencoder")), **overrides}
        progress = train_one(preset, self.data, run, budget=budget, overrides=overrides, **options)
        if progress.stopped:
            raise SamuelError(f"the {role} was stopped at step {progress.step}: run the same command to go on.")
        return export_checkpoint(run, folder, *parts)


def default_workers() -> int:
    """As many processes as this one may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
