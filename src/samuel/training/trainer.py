"""One loop for every objective: it resumes exactly, ends on time, reports, and never saves a broken state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from samuel.errors import ConfigError
from samuel.training.clock import Alarm, Clock, Window
from samuel.training.data import CropSampler, Prefetcher
from samuel.training.ema import Ema
from samuel.training.engine import Engine
from samuel.training.learner import Learner
from samuel.training.log import RunLog, draw_loss
from samuel.training.objectives.base import Objective
from samuel.training.schedule import Plan, learning_rate
from samuel.training.settings import LoopSettings, RunSettings
from samuel.training.signals import stop_on_signal
from samuel.training.state import Progress, has_state, load_state, save_state

Report = Callable[[str], None]  # receives one line of text now and then

_LONGEST_SILENCE = 30.0  # s between rows of the log, so that the speed is known within the first minute
_VALIDATION, _RENDERING, _CRITIC = 1, 2, 3  # streams of random numbers beside training's 0


@dataclass(frozen=True)
class _Moment:
    """What the processes agree on before a step: the time, and what is to be done."""

    elapsed: float
    stops: bool
    saves: bool
    renders: bool
    reports: bool


class Trainer:
    """A run in a folder. `train` goes on from the folder's state if there is one, else from the start.

    critic: what an adversarial objective plays against; it takes its step first, with an optimiser of its own.
    """

    def __init__(
        self,
        objective: Objective,
        training: CropSampler,
        validation: CropSampler,
        folder: Path,
        settings: RunSettings,
        plan: Plan,
        engine: Engine,
        report: Report = lambda line: None,
        critic: Objective | None = None,
    ) -> None:
        self.training, self.validation = training, validation
        self.folder, self.settings, self.plan, self.engine = folder, settings, plan, engine
        self.report = report
        self.learners = {"": Learner(objective, settings, engine)}
        if critic is not None:
            if engine.is_sharded:
                raise ConfigError("adversarial training runs under DDP, not FSDP: launch it without --use_fsdp.")
            self.learners["critic"] = Learner(critic, settings, engine, _CRITIC)
        self.objective = objective
        self.ema = Ema(objective.model, settings.loop.ema)
        self.progress = Progress()

    def train(self) -> Progress:
        """Run to the end of the plan, or until Ctrl-C or SIGTERM, which save and stop. Returns how far it came."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if has_state(self.folder):
            self.progress = load_state(self.folder, self.learners, self.ema)
            if self.engine.is_main:
                self.report(f"resuming at step {self.progress.step}, {self.progress.elapsed / 60:.1f} minutes in")
        log = RunLog(self.folder, self.progress.step) if self.engine.is_main else None
        batches = Prefetcher(self.training, self.settings.loop.batch_size, self.engine.share)
        try:
            with stop_on_signal() as stopped:
                interrupted = self._run(log, batches, stopped)
        finally:
            batches.close()
            if log is not None:
                log.close()
        if log is not None:
            draw_loss(self.folder)
        self.engine.close()
        return replace(self.progress, stopped=interrupted)

    def _run(self, log: RunLog | None, batches: Prefetcher, stopped: threading.Event) -> bool:
        loop, clock, window = self.settings.loop, Clock(self.progress.elapsed), Window(self.progress)
        alarms = _Alarms(loop)
        now = self._agree(clock, stopped, alarms)
        while not now.stops and not self.plan.is_over(self.progress.step, now.elapsed):
            window.add(self._step(batches, now.elapsed))
            now = self._agree(clock, stopped, alarms)
            samples = self.progress.samples + loop.batch_size
            self.progress = Progress(self.progress.step + 1, now.elapsed, samples)
            if now.reports or _is_turn(self.progress.step, loop.log_every):
                self._write(log, "train", window.close(self.progress, self.engine))
                alarms.report.reset()
            if _is_turn(self.progress.step, loop.validate_every):
                self._write(log, "valid", self.validate())
            if now.renders or _is_turn(self.progress.step, loop.render_every):
                self.render(log)
                alarms.render.reset()
            if now.saves:
                self._save(window, clock)
                alarms.save.reset()
        if not now.stops and self.progress.step % loop.validate_every:
            self._write(log, "valid", self.validate())
        self._save(window, clock)
        return now.stops

    def _agree(self, clock: Clock, stopped: threading.Event, alarms: _Alarms) -> _Moment:
        elapsed = clock.elapsed() if self.engine.is_main else 0.0
        due = (stopped.is_set(), alarms.save.is_due(), alarms.render.is_due(), alarms.report.is_due())
        elapsed, *flags = self.engine.largest([elapsed, *map(float, due)])
        return _Moment(elapsed, *map(bool, flags))

    def _step(self, batches: Prefetcher, elapsed: float) -> dict[str, Tensor]:
        step, figures = self.progress.step, dict[str, Tensor]()
        rate = learning_rate(self.settings.optimiser, step, self.plan.progress(step, elapsed))
        batch = self.engine.to_device(batches.batch(step))
        for name, learner in reversed(self.learners.items()):  # a critic first: it judges the model as it is
            prefix = f"{name}_" if name else ""
            figures |= {prefix + figure: value for figure, value in learner.step(batch, step, rate).items()}
        self.ema.update(step)
        return {**figures, "learning_rate": torch.tensor(rate / self.engine.processes)}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Means over the fixed validation crops, with the averaged weights and always the same noise.

        The processes take whole batches in turn, so the figures are those of one process. All take as many turns,
        since under FSDP they compute together; the last ones may not count.
        """
        loop, engine = self.settings.loop, self.engine
        sums: dict[str, float] = {"count": 0.0}
        total = -(-loop.validation_crops // loop.batch_size)
        with self._averaged():
            for turn in range(-(-total // engine.processes)):
                index = turn * engine.processes + engine.index
                batch = self.validation.fixed_batch(min(index, total - 1), loop.validation_crops, loop.batch_size)
                size = len(next(iter(batch.values())))
                generator = engine.generator(0, index, size, stream=_VALIDATION)
                metrics = self.objective.evaluate(engine.to_device(batch), generator)
                count = size if index < total else 0
                for name, value in {"count": torch.ones(()), **metrics}.items():
                    sums[name] = sums.get(name, 0.0) + count * float(value)
        sums = engine.total(sums)
        return {name: value / sums["count"] for name, value in sums.items() if name != "count"}

    @torch.no_grad()
    def render(self, log: RunLog | None) -> None:
        """Write what the averaged weights make of a few validation crops, as sound and pictures."""
        loop = self.settings.loop
        batch = self.validation.fixed_batch(0, loop.render_crops, loop.render_crops)
        with self._averaged():
            generator = self.engine.generator(0, 0, loop.render_crops, stream=_RENDERING)
            sounds = self.objective.render(self.engine.to_device(batch), generator)
        if log is not None:
            log.write_sounds(self.progress.step, sounds)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Evaluation mode on the averaged weights."""
        self.objective.eval()
        with self.ema.applied(), self.engine.autocast():
            yield
        self.objective.train()

    def _save(self, window: Window, clock: Clock) -> None:
        window.check()  # a broken state must never replace a good one
        self.progress = replace(self.progress, elapsed=clock.elapsed())
        save_state(self.folder, self.progress, self.learners, self.ema, self.engine.is_main)

    def _write(self, log: RunLog | None, split: str, values: dict[str, float]) -> None:
        if log is None:
            return
        done = self.progress
        log.write(split, done.step, {**values, "elapsed": round(done.elapsed, 3), "samples": done.samples})
        shown = " ".join(f"{name} {value:.4g}" for name, value in values.items())
        self.report(f"{split} step {done.step} ({self.plan.progress(done.step, done.elapsed):.0%}): {shown}")


class _Alarms:
    """What a run does by the clock."""

    def __init__(self, loop: LoopSettings) -> None:
        self.save, self.report = Alarm(60 * loop.save_minutes), Alarm(_LONGEST_SILENCE)
        self.render = Alarm(60 * loop.render_minutes or None)


def _is_turn(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
