"""A checkpoint is a folder: config.json, model.safetensors (fp16 EMA weights) and MODEL_CARD.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from samuel.checkpoint.files import (
    fingerprint,
    load_strictly,
    read_json,
    read_tensors,
    without_prefix,
    write_json,
    write_tensors,
    write_text,
)
from samuel.errors import CheckpointError

Kind = Literal["autoencoder", "denoiser", "listener"]

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
DIFFUSERS_WEIGHTS = "diffusion_pytorch_model.safetensors"  # Stable Audio Open's autoencoder, by its own name
CARD = "MODEL_CARD.md"
BUNDLED = Path(__file__).parents[1] / "weights"
LATENTS_OF = "latents_of"  # in an autoencoder's config: the checkpoint whose encoder it kept
FORMAT = 1  # raised whenever an older program could misread a newer folder


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint folder: its config (checked for kind and format) and tensors on the CPU."""

    folder: Path
    config: dict[str, Any]
    tensors: dict[str, Tensor]

    @property
    def weights(self) -> Path:
        """The weight file, for messages and fingerprints."""
        return self.folder / WEIGHTS

    def load_into(self, module: nn.Module) -> None:
        """Copy the model's weights into module, strictly, and set it to evaluation."""
        load_strictly(module, without_prefix("model", self.tensors), self.weights)
        module.eval().requires_grad_(False)


def bundled_names(kind: Kind | None = None) -> list[str]:
    """Names of the checkpoints that ship with the package, or of those of one kind, sorted."""
    configs = BUNDLED.glob(f"*/{CONFIG}")
    return sorted(path.parent.name for path in configs if kind is None or read_json(path).get("kind") == kind)


def find_checkpoint(name_or_folder: str | Path, beside: Path | None = None, kind: Kind | None = None) -> Path:
    """The folder of a checkpoint: a path, a neighbour of the folder `beside`, or a bundled name, in this order.

    kind, if given, is that of the names to choose from where it is unknown; the folder itself is not looked into.
    """
    candidates = [Path(name_or_folder), *([beside.parent / name_or_folder] if beside else []), BUNDLED / name_or_folder]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    known = ", ".join(bundled_names(kind)) or "none"
    raise CheckpointError(f"model {str(name_or_folder)!r} is unknown: give its folder or a bundled name ({known}).")


def is_complete(folder: Path) -> bool:
    """Whether a checkpoint was written there to its end."""
    return (folder / CONFIG).is_file()


def save_checkpoint(
    folder: Path, kind: Kind, config: Mapping[str, Any], tensors: Mapping[str, Tensor], card: str = ""
) -> None:
    """Write a checkpoint folder. config holds plain values (its `model` table the constructor's settings).

    tensors are written as they are; the model's own are named model.<name>, and narrowed halves them.
    """
    write_tensors(folder / WEIGHTS, tensors, {"kind": kind})
    write_text(folder / CARD, card)
    described = {"format": FORMAT, "kind": kind, "fingerprint": fingerprint(folder / WEIGHTS), **config}
    write_json(folder / CONFIG, described)  # last: a folder with a config is complete


def read_checkpoint(name_or_folder: str | Path, kind: Kind, beside: Path | None = None) -> Checkpoint:
    """Find, read and check a checkpoint. Raises CheckpointError: unknown, incomplete, damaged, or of another kind."""
    folder = find_checkpoint(name_or_folder, beside, kind)
    config = read_json(folder / CONFIG)
    if config.get("kind") != kind:
        known = ", ".join(bundled_names(kind)) or "none"
        raise CheckpointError(
            f"{folder} holds weights of kind {config.get('kind')!r}: give the folder of one of kind {kind!r}, or a"
            f" bundled name ({known})."
        )
    if config.get("format") != FORMAT:
        raise CheckpointError(f"{folder} has format {config.get('format')!r} instead of {FORMAT}: upgrade samuel.")
    tensors, _ = read_tensors(folder / WEIGHTS)
    if config.get("fingerprint") != fingerprint(folder / WEIGHTS):
        raise CheckpointError(
            f"{folder / WEIGHTS} is not what {CONFIG} describes: it is damaged; copy or export it again."
        )
    return Checkpoint(folder, config, tensors)


def narrowed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state_dict with its float32 tensors in fp16: half the size, and far finer than what training noise leaves.

    Raises CheckpointError if one does not fit: fp16 ends at 65,504, so the weights have diverged.
    """
    halved = {name: value.half() if value.dtype == torch.float32 else value for name, value in state.items()}
    for name, value in halved.items():
        if not torch.isfinite(value).all():
            raise CheckpointError(f"weight {name!r} is not finite in fp16: export an earlier state of the run.")
    return halved


def reference(folder: Path) -> dict[str, str]:
    """How one checkpoint names another: its folder's name and the fingerprint of its weights."""
    return {"name": folder.name, "fingerprint": fingerprint(weight_file(folder))}


def weight_file(folder: Path) -> Path:
    """The weights in a checkpoint folder, ours or one in diffusers' layout. Raises CheckpointError if absent."""
    for name in (WEIGHTS, DIFFUSERS_WEIGHTS):
        if (folder / name).is_file():
            return folder / name
    raise CheckpointError(f"{folder / WEIGHTS} is missing: the folder is not a complete checkpoint; copy it again.")


def check_reference(expected: Mapping[str, str], folder: Path, owner: Path) -> None:
    """Raise CheckpointError unless folder holds the weights that owner was trained with, or makes the same latents."""
    found = fingerprint(weight_file(folder))
    if expected["fingerprint"] not in (found, same_latents_as(folder)["fingerprint"]):
        read_tensors(weight_file(folder))  # a file that was cut off is damaged, not another
        raise CheckpointError(
            f"{owner} was trained with {expected['name']} of fingerprint {expected['fingerprint'][:12]}, but {folder}"
            f" has {found[:12]}: use the weights it was trained with, or train it again."
        )


def same_latents_as(folder: Path) -> dict[str, str]:
    """The first of the autoencoders that share this one's encoder: itself, unless only its decoder was trained."""
    own = reference(folder)
    shared: dict[str, str] = read_json(folder / CONFIG).get(LATENTS_OF, own) if is_complete(folder) else own
    return shared
