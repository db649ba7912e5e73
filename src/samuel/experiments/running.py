"""One experiment in a folder: every arm trained alike, judged alike, and compared with the reference on a page.

The folder holds plan.json (what was decided once), runs/<arm>-<seed> (run folders as of `samuel train`),
results/<arm>-<seed>.json (a finished arm) and the page. A call on a folder that was begun keeps what is finished and
resumes the rest.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from samuel.checkpoint.files import read_json, write_json
from samuel.config import SamplerConfig, require_range
from samuel.errors import ConfigError, SamuelError
from samuel.evaluation.pairs import read_pairs
from samuel.evaluation.rhythm import Tracker
from samuel.experiments.definition import Arm, Experiment
from samuel.experiments.judge import Judge
from samuel.experiments.page import write_page
from samuel.experiments.players import read_clips
from samuel.experiments.schedule import Cost, plan_steps, probe
from samuel.experiments.selection import arm_folder, choose_songs
from samuel.training.log import read_log
from samuel.training.recipes import DenoiserRecipe, read_recipe
from samuel.training.runs import train_denoiser
from samuel.training.schedule import parse_duration
from samuel.training.settings import LoopSettings
from samuel.training.state import read_progress

Report = Callable[[str], None]

PLAN = "plan.json"
_MAY_CHANGE = ("budget", "seeds")  # between two calls on one folder: the steps of an arm stay what they were


@dataclass(frozen=True)
class ExperimentSettings:
    """How much to spend. Either a budget for everything (such as "60m") or the steps of each arm."""

    budget: str | None = None
    steps: int | None = None
    seeds: int = 1
    preset: str = "denoiser-small"
    clips: int = 8
    sampling_steps: int = 8
    tracker: Tracker = "librosa"
    initial: str | None = None  # checkpoint that every arm starts from
    overrides: Mapping[str, Any] = field(default_factory=dict)  # of the preset, for all arms alike

    def __post_init__(self) -> None:
        if self.budget is not None:
            parse_duration(self.budget)
        require_range("seeds", self.seeds, 1, 100)
        require_range("clips", self.clips, 2, 10_000)
        SamplerConfig(steps=self.sampling_steps)


def run_experiment(
    experiment: Experiment,
    data: Path,
    corpus: Path,
    out: Path,
    settings: ExperimentSettings,
    device: str = "auto",
    report: Report = lambda line: None,
) -> Path:
    """Run what is not finished and write the page, anew after each arm; returns it.

    data: a training folder with latents; corpus: the pairs that it was prepared from. Raises a
    SamuelError, among others if an arm was stopped (the same call goes on) or the budget is too small.
    """
    run = _Run(experiment, data, corpus, out, settings, device, report)
    plan = run.plan()
    if plan["left_out"]:
        report(" ".join(plan["left_out"]))
    for arm in run.arms:
        for seed in range(settings.seeds):
            if not run.result(arm, seed).is_file():
                report(f"{arm.name}, seed {seed}")
                run.finish(arm, seed, plan["steps"])
        if arm.name != experiment.reference:
            page = write_page(experiment, run.results(), plan, out)
    return page


class _Run:
    """The parts of one experiment that its arms share."""

    def __init__(
        self,
        experiment: Experiment,
        data: Path,
        corpus: Path,
        out: Path,
        settings: ExperimentSettings,
        device: str,
        report: Report,
    ) -> None:
        self.experiment, self.data, self.out, self.settings = experiment, data, out, settings
        self.device, self.report = device, report
        for arm in experiment.arms:  # what a recipe cannot take must be told before hours of other work
            self.recipe(arm)
        clips = read_clips(read_pairs(corpus), data, settings.clips)
        self.judge = Judge(data, clips, experiment.guidance, settings.sampling_steps, settings.tracker)
        self.chosen = choose_songs(experiment, data)
        self.arms = [arm for arm in experiment.ordered() if arm.name in self.chosen.songs]

    def recipe(self, arm: Arm, overrides: Mapping[str, Any] | None = None) -> DenoiserRecipe:
        """The preset with the settings' overrides, the arm's, and these."""
        merged = {**self.settings.overrides, **arm.overrides, **(overrides or {})}
        return read_recipe(DenoiserRecipe, self.settings.preset, merged)

    def result(self, arm: Arm, seed: int) -> Path:
        """Where a finished arm is kept."""
        return self.out / "results" / f"{_slug(arm)}-{seed}.json"

    def results(self) -> dict[str, list[dict[str, Any]]]:
        """What is known of the arms that are finished, one result for each seed."""
        paths = {arm.name: [self.result(arm, seed) for seed in range(self.settings.seeds)] for arm in self.arms}
        return {
            name: [read_json(path) for path in each]
            for name, each in paths.items()
            if all(path.is_file() for path in each)
        }

    def plan(self) -> dict[str, Any]:
        """What was decided when the folder was begun, or what is decided now. ConfigError if it was begun otherwise."""
        asked = {
            "experiment": self.experiment.name,
            "settings": {name: value for name, value in asdict(self.settings).items() if name not in _MAY_CHANGE},
            "data": self.data.resolve().name,
            "clips": len(self.judge.clips),
            "songs": {name: len(songs) for name, songs in self.chosen.songs.items()},
            "left_out": list(self.chosen.left_out),
        }
        path = self.out / PLAN
        if path.is_file():
            before = read_json(path)
            for name, value in asked.items():
                if before.get(name) != value:
                    raise ConfigError(f"{self.out} was begun with another {name}: repeat it or choose another folder.")
            return before
        plan = {**asked, **self._steps()}
        write_json(path, plan)
        return plan

    def finish(self, arm: Arm, seed: int, steps: int) -> None:
        """Train where there is something to train, judge, and keep the result."""
        folder, summary = self.out / "runs" / f"{_slug(arm)}-{seed}", {}
        if arm.source == "denoiser":
            overrides = {"loop.steps": steps, "loop.seed": seed, "loop.validate_every": steps}
            self.train(arm, overrides, folder)
            summary = _summary(folder)
        start = time.monotonic()
        rows = self.judge.rows(arm, folder, self.recipe(arm).loop.crop_frames)
        written = {
            "arm": arm.name,
            "seed": seed,
            **summary,
            "judging": round(time.monotonic() - start, 2),
            "rows": rows,
        }
        write_json(self.result(arm, seed), written)

    def train(self, arm: Arm, overrides: Mapping[str, Any], folder: Path) -> LoopSettings:
        """Train the arm in a run folder, or go on with it. Raises SamuelError if it was stopped."""
        view = self.out / "data" / _slug(arm)
        data = arm_folder(arm, self.chosen.songs[arm.name], self.data, view)
        merged = {**self.settings.overrides, **arm.overrides, **overrides}
        progress = train_denoiser(
            self.settings.preset,
            data,
            folder,
            overrides=merged,
            device=self.device,
            report=self.report,
            initial=self.settings.initial,
        )
        if progress.stopped:
            raise SamuelError(f"{arm.name} was stopped at step {progress.step}: run the same command to go on.")
        return self.recipe(arm, overrides).loop

    def _steps(self) -> dict[str, Any]:
        """The number of steps, given or planned from what a few of them cost."""
        if not self.experiment.trains:
            return {"steps": 0}
        if self.settings.steps is not None:
            return {"steps": self.settings.steps}
        if self.settings.budget is None:
            raise ConfigError("the experiment has no end: give a budget such as 60m, or steps.")
        start = time.monotonic()
        folders = {arm.name: self.out / "probe" / _slug(arm) for arm in self.arms}
        costs: dict[str, Cost] = {}
        for arm in self.arms:
            costs[arm.name] = probe(partial(self.train, arm), folders[arm.name])
        first = self.arms[0]
        judging = self.judge.seconds(first, folders[first.name], self.recipe(first).loop.crop_frames)
        shutil.rmtree(self.out / "probe")
        left = parse_duration(self.settings.budget) - (time.monotonic() - start)
        steps = plan_steps(left, costs, judging, self.settings.seeds)
        return {"steps": steps, "seconds_per_step": {name: round(cost.step, 4) for name, cost in costs.items()}}


def _summary(folder: Path) -> dict[str, Any]:
    """What a run took: steps, seconds, samples, and the error of v on its way."""
    rows = [row for row in read_log(folder) if row["split"] == "train"]
    done = read_progress(folder)
    course = [[row["step"], row["v_loss"]] for row in rows]
    return {"steps": done.step, "seconds": round(done.elapsed, 2), "samples": done.samples, "course": course}


def _slug(arm: Arm) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in arm.name)
