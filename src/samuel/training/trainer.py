"""One loop for every objective: it resumes exactly, ends on time, reports, and never saves a broken state."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor, nn

from samuel.errors import SamuelError
from samuel.training.data import CropSampler, Prefetcher
from samuel.training.ema import Ema
from samuel.training.engine import Engine
from samuel.training.log import RunLog, draw_loss
from samuel.training.objectives.base import Objective
from samuel.training.schedule import Plan, learning_rate
from samuel.training.settings import OptimiserSettings, RunSettings
from samuel.training.state import Progress, has_state, load_state, save_state

Report = Callable[[str], None]  # receives one line of text now and then


class Trainer:
    """A run in a folder. `train` goes on from the folder's state if there is one, else from the start."""

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
    ) -> None:
        self.objective = objective.to(engine.device)
        self.training, self.validation = training, validation
        self.folder, self.settings, self.plan, self.engine, self.report = folder, settings, plan, engine, report
        self.ema = Ema(objective.model, settings.loop.ema)
        self.optimiser = build_optimiser(objective.model, settings.optimiser)
        self.progress = Progress()
        if settings.loop.compiled:
            objective.model.compile()  # in place: the names of the weights stay

    def train(self) -> Progress:
        """Run to the end of the plan, or until Ctrl-C or SIGTERM, which save and stop. Returns how far it came."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if has_state(self.folder):
            self.progress = load_state(self.folder, self.objective.model, self.ema, self.optimiser)
            self.report(f"resuming at step {self.progress.step}, {self.progress.elapsed / 60:.1f} minutes in")
        log = RunLog(self.folder, self.progress.step)
        batches = Prefetcher(self.training, self.settings.loop.batch_size)
        try:
            with stop_on_signal() as stopped:
                self._run(log, batches, stopped)
                interrupted = stopped.is_set()
        finally:
            batches.close()
            log.close()
        draw_loss(self.folder)
        return replace(self.progress, stopped=interrupted)

    def _run(self, log: RunLog, batches: Prefetcher, stopped: threading.Event) -> None:
        loop, clock = self.settings.loop, _Clock(self.progress.elapsed)
        window = _Window(self.progress)
        saved = time.monotonic()
        while not stopped.is_set() and not self.plan.is_over(self.progress.step, clock.elapsed()):
            window.add(self._step(batches, clock.elapsed()))
            done = self.progress = replace(
                self.progress,
                step=self.progress.step + 1,
                elapsed=clock.elapsed(),
                samples=self.progress.samples + loop.batch_size,
            )
            if done.step % loop.log_every == 0:
                self._write(log, "train", window.close(done))
            if done.step % loop.validate_every == 0:
                self._write(log, "valid", self.validate())
            if time.monotonic() - saved >= 60 * loop.save_minutes:
                self._save(window, clock)
                saved = time.monotonic()
        if not stopped.is_set() and self.progress.step % loop.validate_every:
            self._write(log, "valid", self.validate())
        self._save(window, clock)

    def _step(self, batches: Prefetcher, elapsed: float) -> dict[str, Tensor]:
        loop, step = self.settings.loop, self.progress.step
        rate = learning_rate(self.settings.optimiser, step, self.plan.progress(step, elapsed))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = self.engine.to_device(batches.batch(step))
        generator = self.engine.generator(loop.seed, step)
        figures: dict[str, Tensor] = {}
        for part in range(loop.accumulate):
            share = {name: values[part :: loop.accumulate] for name, values in batch.items()}
            weight = len(next(iter(share.values()))) / loop.batch_size
            with self.engine.autocast():
                loss, metrics = self.objective(share, generator)
            self.engine.backward(loss * weight)
            for name, value in {"loss": loss, **metrics}.items():
                figures[name] = figures.get(name, 0) + weight * value.detach().float()
        figures["gradient_norm"] = self.engine.clip(self.objective.model, self.settings.optimiser.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.ema.update(step)
        return {**figures, "learning_rate": torch.tensor(rate)}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Means over the fixed validation crops, with the averaged weights and always the same noise."""
        loop, totals, count = self.settings.loop, dict[str, float](), 0
        self.objective.eval()
        with self.ema.applied(), self.engine.autocast():
            for index, batch in enumerate(self.validation.fixed(loop.validation_crops, loop.batch_size)):
                size = len(next(iter(batch.values())))
                metrics = self.objective.evaluate(self.engine.to_device(batch), self.engine.generator(0, index))
                for name, value in metrics.items():
                    totals[name] = totals.get(name, 0.0) + size * float(value)
                count += size
        self.objective.train()
        return {name: total / count for name, total in totals.items()}

    def _save(self, window: _Window, clock: _Clock) -> None:
        window.check()  # a broken state must never replace a good one
        self.progress = replace(self.progress, elapsed=clock.elapsed())
        save_state(self.folder, self.progress, self.objective.model, self.ema, self.optimiser)

    def _write(self, log: RunLog, split: str, values: dict[str, float]) -> None:
        done = self.progress
        row = {**values, "elapsed": round(done.elapsed, 3), "samples": done.samples}
        log.write(split, done.step, row)
        shown = " ".join(f"{name} {value:.4g}" for name, value in values.items())
        self.report(f"{split} step {done.step} ({self.plan.progress(done.step, done.elapsed):.0%}): {shown}")


class _Clock:
    """Seconds of work in this run, those before its resumption included."""

    def __init__(self, before: float) -> None:
        self._start = time.monotonic() - before

    def elapsed(self) -> float:
        return time.monotonic() - self._start


class _Window:
    """Sums of the figures since the last row, kept on the device: reading them would make every step wait."""

    def __init__(self, progress: Progress) -> None:
        self._begin, self._sums, self._count = progress, dict[str, Tensor](), 0

    def add(self, figures: dict[str, Tensor]) -> None:
        for name, value in figures.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._count += 1

    def check(self) -> None:
        """Raise SamuelError if a loss or gradient since the last row was not finite."""
        for name in ("loss", "gradient_norm"):
            if name in self._sums and not math.isfinite(float(self._sums[name])):
                raise SamuelError(
                    f"the {name.replace('_', ' ')} is not finite: training stopped, and the last good state is kept;"
                    " lower the learning rate or look for damaged data, then start again."
                )

    def close(self, progress: Progress) -> dict[str, float]:
        """The means, and the throughput in samples per second; a new window begins."""
        self.check()
        means = {name: float(total) / self._count for name, total in self._sums.items()}
        seconds = max(progress.elapsed - self._begin.elapsed, 1e-9)
        means["samples_per_second"] = (progress.samples - self._begin.samples) / seconds
        self._begin, self._sums, self._count = progress, {}, 0
        return means


def build_optimiser(model: nn.Module, settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter 2019), fused; weight decay on matrices and kernels only."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0},
    ]
    first, second = settings.betas
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(first, second), fused=True)


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets; a second Ctrl-C interrupts at once. Off the main thread it is never set."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        for number in before:
            signal.signal(number, stop)
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
