"""The state of a run in one safetensors file: weights, averages, optimiser, random state, and how far it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from samuel.checkpoint.files import load_strictly, read_tensors, with_prefix, without_prefix, write_tensors
from samuel.errors import CheckpointError
from samuel.training.ema import Ema

STATE = "state.safetensors"


@dataclass(frozen=True)
class Progress:
    """Steps done, seconds of work behind them, and samples seen, over all resumptions."""

    step: int = 0
    elapsed: float = 0.0
    samples: int = 0
    stopped: bool = False  # by Ctrl-C or SIGTERM, before its end


def save_state(folder: Path, progress: Progress, model: nn.Module, ema: Ema, optimiser: Optimizer) -> None:
    """Write everything at one instant; the state before stays intact if this fails."""
    tensors = {
        **with_prefix("model", model.state_dict()),
        **with_prefix("ema", ema.tensors()),
        **with_prefix("optimiser", _flatten_optimiser(optimiser)),
        **with_prefix("random", _random_state()),
    }
    write_tensors(folder / STATE, tensors, {"progress": asdict(progress)})


def has_state(folder: Path) -> bool:
    """Whether the folder holds a run to resume."""
    return (folder / STATE).is_file()


def load_state(folder: Path, model: nn.Module, ema: Ema, optimiser: Optimizer) -> Progress:
    """Put everything back as save_state found it. Raises CheckpointError if damaged or made for another model."""
    tensors, notes = read_tensors(folder / STATE)
    load_strictly(model, without_prefix("model", tensors), folder / STATE)
    try:
        ema.restore(without_prefix("ema", tensors))
        _restore_optimiser(optimiser, without_prefix("optimiser", tensors))
        progress = Progress(**notes["progress"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{folder / STATE} does not fit this run ({error}): start a new folder.") from error
    _restore_random(without_prefix("random", tensors))
    return progress


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
            optimiser.state[parameter] = {name: value.to(parameter.device) for name, value in state.items()}


def _random_state() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _restore_random(states: dict[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
