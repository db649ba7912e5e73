import json
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from samuel.checkpoint.files import read_tensors
from samuel.errors import CheckpointError, SamuelError
from samuel.training.data import Batch, CropSampler, Song
from samuel.training.engine import Engine
from samuel.training.log import read_log
from samuel.training.objectives.base import Metrics, Objective, normal_like
from samuel.training.schedule import Plan
from samuel.training.settings import LoopSettings, OptimiserSettings, RunSettings
from samuel.training.state import STATE, Progress
from samuel.training.trainer import Trainer


class Regression(Objective):
    """Predict a channel from the other three, through dropout, under noise: every kind of randomness in one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.SiLU(), nn.Dropout(0.2), nn.Conv1d(8, 1, 1))
        self.steps_before_nan = 1_000
        self.after_step = lambda: None

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        self.steps_before_nan -= 1
        self.after_step()
        values = batch["band"].float()
        error = self.model(values[:, 1:] + 0.1 * normal_like(values[:, 1:], generator)) - values[:, :1]
        loss = error.square().mean() * (float("nan") if self.steps_before_nan < 0 else 1.0)
        return loss, {"error": error.abs().mean().detach()}

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        values = batch["band"].float()
        return {"loss": (self.model(values[:, 1:]) - values[:, :1]).square().mean()}


def make_trainer(
    folder: Path, steps: int = 8, budget: float | None = None, objective: Objective | None = None, **loop: float
) -> Trainer:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 64))
    values[0] = values[1] - values[2]
    songs = [Song("a", 64, {"band": values.astype(np.float16)})]
    sampler = CropSampler(songs, 8, seed=0, frame_axis=1)
    defaults = {"batch_size": 4, "crop_frames": 8, "log_every": 2, "validate_every": 4, "validation_crops": 6}
    settings = RunSettings(
        LoopSettings(**{**defaults, **loop}),
        OptimiserSettings(learning_rate=0.02, warmup_steps=2),  # type: ignore[arg-type]
    )
    engine = Engine(torch.device("cpu"), "float32")
    return Trainer(objective or Regression(), sampler, sampler, folder, settings, Plan(steps, budget), engine)


def state_of(folder: Path) -> dict[str, Tensor]:
    return read_tensors(folder / STATE)[0]


def test_training_lowers_the_validation_loss(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, steps=80, ema=0.9)
    before = trainer.validate()["loss"]
    trainer.train()
    assert trainer.validate()["loss"] < 0.5 * before


def test_a_run_cut_short_and_resumed_ends_bit_for_bit_like_one_that_was_not(tmp_path: Path) -> None:
    make_trainer(tmp_path / "whole").train()
    cut = make_trainer(tmp_path / "cut")
    cut.objective.after_step = lambda: os.kill(os.getpid(), signal.SIGTERM) if cut.progress.step == 4 else None  # type: ignore[assignment]
    assert cut.train().step == 5
    torch.manual_seed(99)  # whatever else drew random numbers in between
    assert make_trainer(tmp_path / "cut").train().step == 8
    whole, resumed = state_of(tmp_path / "whole"), state_of(tmp_path / "cut")
    assert whole.keys() == resumed.keys()
    assert {name for name in whole if not torch.equal(whole[name], resumed[name])} == set()


def test_a_resumed_run_logs_every_step_once(tmp_path: Path) -> None:
    make_trainer(tmp_path, steps=4).train()
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write(json.dumps({"split": "train", "step": 6, "loss": 0.0}) + "\n")  # beyond the saved state
        file.write('{"split": "tr')  # cut short by a crash
    make_trainer(tmp_path, steps=8).train()
    rows = [(row["split"], row["step"]) for row in read_log(tmp_path)]
    assert rows == [("train", 2), ("train", 4), ("valid", 4), ("train", 6), ("train", 8), ("valid", 8)]
    assert read_log(tmp_path)[3]["loss"] > 0
    assert (tmp_path / "loss.png").stat().st_size > 1000


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_state(tmp_path: Path) -> None:
    make_trainer(tmp_path, steps=4).train()
    good = (tmp_path / STATE).read_bytes()
    trainer = make_trainer(tmp_path, steps=8, save_minutes=0.0)
    trainer.objective.steps_before_nan = 0  # type: ignore[assignment]
    with pytest.raises(SamuelError, match="loss is not finite: training stopped, and the last good state is kept"):
        trainer.train()
    assert (tmp_path / STATE).read_bytes() == good


class Plain(Regression):
    """Without dropout and noise."""

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        self.model.eval()
        return self.evaluate(batch, generator)["loss"], {}


def test_micro_batches_give_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    states = []
    for accumulate in (1, 3):
        folder = tmp_path / str(accumulate)
        make_trainer(folder, steps=1, objective=Plain(), batch_size=6, accumulate=accumulate).train()
        states.append(state_of(folder))
    moments = [name for name in states[0] if name.endswith("exp_avg")]
    assert len(moments) == 4
    for name in moments:
        torch.testing.assert_close(states[0][name], states[1][name])


def test_a_budget_ends_the_run_on_time_and_elapsed_time_carries_over(tmp_path: Path) -> None:
    first = make_trainer(tmp_path, budget=0.2).train()
    assert 0.2 <= first.elapsed < 5.0
    assert make_trainer(tmp_path, budget=0.2).train().step == first.step  # nothing is left of the budget
    assert make_trainer(tmp_path, budget=first.elapsed + 0.2).train().step > first.step


def test_a_damaged_state_is_refused_and_left_alone(tmp_path: Path) -> None:
    make_trainer(tmp_path, steps=2).train()
    content = (tmp_path / STATE).read_bytes()[:-100]
    (tmp_path / STATE).write_bytes(content)
    with pytest.raises(CheckpointError, match=r"state\.safetensors is damaged"):
        make_trainer(tmp_path, steps=4).train()
    assert (tmp_path / STATE).read_bytes() == content


def test_a_disk_that_is_full_stops_with_a_message_and_keeps_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trainer(tmp_path, steps=2).train()
    good = (tmp_path / STATE).read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("samuel.checkpoint.files.save_file", full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*free some space"):
        make_trainer(tmp_path, steps=4).train()
    assert (tmp_path / STATE).read_bytes() == good


def test_off_the_main_thread_a_run_ends_as_on_it(tmp_path: Path) -> None:
    ends: list[Progress] = []
    thread = threading.Thread(target=lambda: ends.append(make_trainer(tmp_path, steps=2).train()))
    thread.start()
    thread.join()
    assert [end.step for end in ends] == [2]


def test_the_handlers_of_signals_are_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    make_trainer(tmp_path, steps=1).train()
    assert signal.getsignal(signal.SIGTERM) is before
