"""The state of a run in one safetensors file: weights, averages, optimiser, and how far it is.

The file is the same however many processes trained, so a run may go on with another number of them. Random numbers are
functions of seed and step, so nothing of them is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor, nn
from torch.optim import Optimizer

from samuel.checkpoint.files import load_strictly, read_tensors, with_prefix, without_prefix, write_tensors
from samuel.errors import CheckpointError
from samuel.training.ema import Ema
from samuel.training.engine import spread_like, whole
from samuel.training.learner import Learner

STATE = "state.safetensors"


@dataclass(frozen=True)
class Progress:
    """Steps done, seconds of work behind them, and samples seen, over all resumptions."""

    step: int = 0
    elapsed: float = 0.0
    samples: int = 0
    stopped: bool = False  # by Ctrl-C or SIGTERM, before its end


def save_state(folder: Path, progress: Progress, learners: Mapping[str, Learner], ema: Ema, writes: bool) -> None:
    """Write everything at one instant; the state before stays intact if this fails.

    learners: the main one under "", any other under its name. All processes call this, one of them writes.
    """
    tensors = with_prefix("ema", ema.tensors())
    for name, learner in learners.items():
        prefix = f"{name}." if name else ""
        tensors |= with_prefix(f"{prefix}model", learner.model.state_dict())
        tensors |= with_prefix(f"{prefix}optimiser", _flatten_optimiser(learner.optimiser))
    tensors = {name: whole(tensor) for name, tensor in tensors.items()}
    if writes:
        write_tensors(folder / STATE, tensors, {"progress": asdict(progress)})


def has_state(folder: Path) -> bool:
    """Whether the folder holds a run to resume."""
    return (folder / STATE).is_file()


def load_state(folder: Path, learners: Mapping[str, Learner], ema: Ema) -> Progress:
    """Put everything back as save_state found it. Raises CheckpointError if damaged or made for another model."""
    tensors, notes = read_tensors(folder / STATE)
    try:
        for name, learner in learners.items():
            prefix = f"{name}." if name else ""
            _load_model(learner.model, without_prefix(f"{prefix}model", tensors), folder / STATE)
            _restore_optimiser(learner.optimiser, without_prefix(f"{prefix}optimiser", tensors))
        ema.restore(without_prefix("ema", tensors))
        return Progress(**notes["progress"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{folder / STATE} does not fit this run ({error}): start a new folder.") from error


def read_progress(folder: Path) -> Progress:
    """How far the run in a folder is; not begun where there is none."""
    if not has_state(folder):
        return Progress()
    _, notes = read_tensors(folder / STATE)
    return Progress(**notes["progress"])


def read_averaged_weights(folder: Path) -> tuple[dict[str, Tensor], Progress]:
    """The model's state with the averaged weights in place of the live ones, and the progress: what is exported."""
    tensors, notes = read_tensors(folder / STATE)
    merged = {**without_prefix("model", tensors), **without_prefix("ema", tensors)}
    return merged, Progress(**notes["progress"])


def _parameters(optimiser: Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def _flatten_optimiser(optimiser: Optimizer) -> dict[str, Tensor]:
    flat = {}
    for index, parameter in enumerate(_parameters(optimiser)):
        for name, value in optimiser.state.get(parameter, {}).items():
            flat[f"{index}.{name}"] = value
    return flat


def _restore_optimiser(optimiser: Optimizer, flat: dict[str, Tensor]) -> None:
    for index, parameter in enumerate(_parameters(optimiser)):
        state = without_prefix(str(index), flat)
        if state:
            optimiser.state[parameter] = {name: spread_like(value, parameter) for name, value in state.items()}


def _load_model(model: nn.Module, tensors: dict[str, Tensor], source: Path) -> None:
    live = model.state_dict()
    spread = {name: spread_like(value, live[name]) if name in live else value for name, value in tensors.items()}
    load_strictly(model, spread, source)
