"""What a result depends on, by content: files, weights and the code that judges. A name may stay while they change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

import samuel
from samuel.errors import ConfigError

# what judging runs: more than is needed may be named here, for a part made anew costs time and a stale one the result
CODE = ("audio", "autoencoder", "evaluation", "corpus/song.py", "config.py")
PACKAGES = (
    "numpy", "scipy", "soxr", "pyloudnorm", "einops", "torch", "librosa", "mir_eval", "BeatNet", "madmom_infer",
    "audiobox_aesthetics",
)  # fmt: skip


def of_files(*paths: Path) -> str:
    """sha256 of the contents of files, in this order. ConfigError for one that cannot be read."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}): build the corpus again.") from error
    return digest.hexdigest()


def of_model(model: Any) -> str:
    """sha256 of a model: its class, its layers and settings as they print, and the bytes of every tensor.

    Of what has no tensors, such as a fixed transform, class and attributes are all there is.
    """
    digest = hashlib.sha256(f"{type(model).__module__}.{type(model).__qualname__}".encode())
    if not hasattr(model, "state_dict"):
        digest.update(repr(sorted(getattr(model, "__dict__", {}).items())).encode())
        return digest.hexdigest()
    digest.update(f"{model}{getattr(model, 'config', '')}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        values = tensor.detach().cpu().flatten().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(tensor.shape)}".encode())
        digest.update(values.view(torch.uint8).numpy().data)
    return digest.hexdigest()


@cache
def of_code() -> str:
    """sha256 of the source that judges, and of the versions of the packages that it rests on."""
    root = Path(samuel.__file__).parent
    digest = hashlib.sha256(repr([(name, _version(name)) for name in PACKAGES]).encode())
    for path in sorted(_sources(root)):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _sources(root: Path) -> Iterable[Path]:
    for name in CODE:
        place = root / name
        yield from place.rglob("*.py") if place.is_dir() else [place]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
