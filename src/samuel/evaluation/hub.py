"""Weights from a folder, from the hub's cache or from the hub: at once, or with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from samuel.errors import CheckpointError
from samuel.evaluation.optional import require

PATIENCE = 10.0  # s to wait for the hub: its own client tries for half a minute
Model = TypeVar("Model")


def pretrained(load: Callable[[str, bool], Model], name_or_folder: str | Path, files: str) -> Model:
    """load(name or folder, local files only); `files` names what a folder must hold.

    CheckpointError, at once, where the weights cannot be had.
    """
    name = str(name_or_folder)
    if Path(name).is_dir():
        try:
            return load(name, True)
        except Exception as error:  # json, safetensors and torch each raise their own
            raise CheckpointError(f"The weights in {name} cannot be read ({error}): download them again.") from error
    try:
        return load(name, True)
    except Exception:  # not in the cache, which the hub's client says in many ways
        return _download(load, name, files)


def _download(load: Callable[[str, bool], Model], name: str, files: str) -> Model:
    """From the hub, after one question whether it answers."""
    try:
        require("huggingface_hub").HfApi().model_info(name, timeout=PATIENCE)
        return load(name, False)
    except Exception as error:  # of httpx, of the hub, of the system
        raise CheckpointError(
            f"The weights {name} cannot be downloaded ({str(error).splitlines()[0]}): connect to the network once, or"
            f" name a folder that holds their {files}."
        ) from error
