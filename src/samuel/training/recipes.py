"""A recipe is a model and how to train it; from a preset or a TOML file; the run folder keeps it as JSON."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from samuel.autoencoder.spectral import SpectralConfig
from samuel.checkpoint.settings import settings_from_dict
from samuel.config import SamplerConfig
from samuel.errors import ConfigError
from samuel.model import DenoiserConfig, ListenerConfig
from samuel.training.settings import (
    AutoencoderObjectiveSettings,
    DenoiserObjectiveSettings,
    ListenerObjectiveSettings,
    RunSettings,
)

PRESETS = Path(__file__).parents[1] / "presets"


@dataclass(frozen=True)
class AutoencoderRecipe(RunSettings):
    """The spectral autoencoder and its training."""

    model: SpectralConfig = field(default_factory=SpectralConfig)
    objective: AutoencoderObjectiveSettings = field(default_factory=AutoencoderObjectiveSettings)


@dataclass(frozen=True)
class DenoiserRecipe(RunSettings):
    """The denoiser, its training, and how it is to be sampled."""

    model: DenoiserConfig = field(default_factory=DenoiserConfig)
    objective: DenoiserObjectiveSettings = field(default_factory=DenoiserObjectiveSettings)
    sampler: SamplerConfig = field(default_factory=SamplerConfig)


@dataclass(frozen=True)
class ListenerRecipe(RunSettings):
    """The listener and its training."""

    model: ListenerConfig = field(default_factory=ListenerConfig)
    objective: ListenerObjectiveSettings = field(default_factory=ListenerObjectiveSettings)


Recipe = AutoencoderRecipe | DenoiserRecipe | ListenerRecipe
RecipeType = TypeVar("RecipeType", AutoencoderRecipe, DenoiserRecipe, ListenerRecipe)


def preset_names() -> list[str]:
    """Names of the presets that ship with the package, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_recipe(
    cls: type[RecipeType], preset_or_path: str | Path, overrides: Mapping[str, Any] | None = None
) -> RecipeType:
    """A recipe from a preset's name or a TOML file; overrides replace single settings by dotted name (`loop.steps`).

    Raises ConfigError: unknown preset, damaged TOML, or a setting that is unknown, ill-typed or out of range.
    """
    path = Path(preset_or_path)
    if not path.is_file():
        path = PRESETS / f"{preset_or_path}.toml"
    if not path.is_file():
        known = ", ".join(preset_names())
        raise ConfigError(f"config {str(preset_or_path)!r} is unknown: give a file or one of {known}.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not readable as TOML ({error}): mend that line.") from error
    for name, value in (overrides or {}).items():
        _override(values, name, value)
    return settings_from_dict(cls, values)


def parse_override(text: str) -> tuple[str, Any]:
    """'loop.batch_size=32' as its dotted name and value, the value written as in TOML (bare words are text)."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise ConfigError(f"override {text!r} is not understood: write it like loop.batch_size=32.")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()


def _override(values: dict[str, Any], name: str, value: Any) -> None:
    *tables, last = name.split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise ConfigError(f"override {name!r} goes through a value: check the dotted name.")
    values[last] = value
