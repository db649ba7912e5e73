"""Tensors on disk: safetensors written atomically and read strictly. Nothing here or above ever unpickles."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from samuel.errors import CheckpointError

_BLOCK = 1 << 20  # bytes read at once while hashing
_READABLE = 0o644  # safetensors makes its files private, but whoever installs the package must read its weights


def fingerprint(path: Path) -> str:
    """The sha256 of a weight file in hexadecimal: what ties a denoiser to the autoencoder that it was trained on."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a new file that then takes the place of path: a crash or a full disk never harms the old one.

    Raises CheckpointError if it cannot be written.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        temporary.chmod(_READABLE)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # the content must be on the disk before the name is
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise CheckpointError(
            f"{path} cannot be written ({error}): free some space or choose another folder."
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write values as readable JSON, atomically."""
    write_text(path, json.dumps(values, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises CheckpointError if the file is absent or is no JSON object."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: the folder is not a complete checkpoint; copy or export it again.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: the file is damaged; copy or export it again.") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path} holds no JSON object: the file is damaged; copy or export it again.")
    return values


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, Any] | None = None) -> None:
    """Write tensors and, in the same file and thus at the same instant, notes (any JSON values)."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_whole(path, lambda part: save_file(plain, part, metadata={"notes": json.dumps(notes or {})}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors on the CPU and the notes written with them. Raises CheckpointError if absent or damaged."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing: the folder is not a complete checkpoint; copy or export it again.")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            notes = json.loads((file.metadata() or {}).get("notes", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, notes  # noqa: SIM118 (no iterator of its own)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error}): copy or export it again.") from error


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors, each name preceded by `prefix.`"""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def without_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix.`, that beginning taken off; the inverse of with_prefix."""
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def load_strictly(module: torch.nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Copy tensors into the module (fp16 is widened). Raises CheckpointError at any name or shape that does not fit."""
    expected = module.state_dict()
    for name in sorted(expected.keys() ^ tensors.keys()):
        state = "lacks" if name in expected else "has an unknown"
        raise CheckpointError(f"{source} {state} tensor {name!r}: it was made for another model; export it again.")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            shapes = f"{tuple(tensor.shape)}, the model's {tuple(expected[name].shape)}"
            raise CheckpointError(f"{source} has {name!r} of shape {shapes}: it was made for another model.")
    module.load_state_dict(dict(tensors), strict=True)
