"""What a run reports: log.jsonl (one row a line), samples to listen to, TensorBoard, and a picture of the loss."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from samuel.audio import Waveform, write_audio
from samuel.audio.picture import draw_sounds
from samuel.config import SAMPLE_RATE
from samuel.errors import CheckpointError
from samuel.training.objectives.base import Sounds

LOG = "log.jsonl"
SAMPLES = "samples"  # folders step-00000500, one file a sound and one picture an item
PICTURE = "loss.png"
_SMOOTHING = 0.95  # of the drawn training curve; the raw one stands behind it


class RunLog:
    """Appends rows; a resumed run drops the rows beyond the step that it resumes from, so every step stands once."""

    def __init__(self, folder: Path, first_step: int) -> None:
        self.path = folder / LOG
        rows = [row for row in read_log(folder) if row["step"] <= first_step]
        temporary = self.path.with_name(LOG + ".part")
        temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        temporary.replace(self.path)
        self._file = self.path.open("a", encoding="utf-8")
        self._board = _tensorboard(folder, first_step)

    def write(self, split: str, step: int, values: Mapping[str, float]) -> None:
        """One row: the split ("train" or "valid"), the number of steps done, and named values."""
        try:
            self._file.write(json.dumps({"split": split, "step": step, **values}) + "\n")
            self._file.flush()
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be written ({error.strerror}): free some space.") from error
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{split}/{name}", value, step)

    def write_sounds(self, step: int, sounds: Sounds) -> None:
        """Each item's sounds as FLAC, lowered where they peak above 1, and a picture of them; TensorBoard gets both."""
        folder = self.path.parent / SAMPLES / f"step-{step:08d}"
        for number, item in enumerate(sounds):
            folder.mkdir(parents=True, exist_ok=True)
            waveforms = {name: _waveform(sound) for name, sound in item.items()}
            for name, waveform in waveforms.items():
                write_audio(folder / f"{number}-{name}.flac", waveform)
                if self._board is not None:
                    mono = torch.from_numpy(waveform.to_mono().samples)
                    self._board.add_audio(f"{number}/{name}", mono, step, waveform.sample_rate)
            picture = folder / f"{number}.png"
            draw_sounds(picture, waveforms, title=f"step {step}", dpi=60)
            if self._board is not None:
                self._board.add_image(f"{number}", _read_picture(picture)[..., :3], step, dataformats="HWC")

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def _read_picture(path: Path) -> Any:
    from matplotlib.image import imread

    return imread(path)


def _waveform(sound: Tensor) -> Waveform:
    samples = sound.detach().float().cpu().numpy()
    return Waveform.from_array(samples / max(1.0, float(np.abs(samples).max())), SAMPLE_RATE)


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The rows of a run; a last line cut short by a crash is ignored."""
    path = folder / LOG
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def draw_loss(folder: Path) -> Path:
    """Write loss.png: training loss (raw and smoothed) and validation loss over steps."""
    from matplotlib.figure import Figure

    rows = read_log(folder)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="step", ylabel="loss")
    train = [(row["step"], row["loss"]) for row in rows if row["split"] == "train"]
    if train:
        steps, losses = zip(*train, strict=True)
        axes.plot(steps, losses, color="#b9c6d8", linewidth=0.8)
        axes.plot(steps, _smooth(losses), color="#1f4e8c", label="training, smoothed")
    valid = [(row["step"], row["loss"]) for row in rows if row["split"] == "valid"]
    if valid:
        axes.plot(*zip(*valid, strict=True), color="#c8553d", marker="o", markersize=3, label="validation, averages")
    if train or valid:
        axes.legend()
    figure.savefig(folder / PICTURE, dpi=120)
    return folder / PICTURE


def _smooth(values: tuple[float, ...]) -> list[float]:
    smoothed: list[float] = []
    average, weight = 0.0, 0.0
    for value in values:
        average = _SMOOTHING * average + (1 - _SMOOTHING) * value
        weight = _SMOOTHING * weight + (1 - _SMOOTHING)
        smoothed.append(average / weight)
    return smoothed


def _tensorboard(folder: Path, first_step: int) -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorboard looks for TensorFlow, which is loud where present
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # an optional reader of the same numbers: the JSONL log has them all
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=first_step)
