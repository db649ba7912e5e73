"""Frozen dataclasses to plain values and back, strictly: an unknown or ill-typed setting is named, never ignored."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from samuel.errors import ConfigError

Settings = TypeVar("Settings")


def settings_to_dict(settings: Any) -> dict[str, Any]:
    """A dataclass instance as plain values that JSON can hold: tuples become lists, paths text."""
    return {name: _plain(value) for name, value in dataclasses.asdict(settings).items()}


def settings_from_dict(cls: type[Settings], values: Mapping[str, Any], where: str = "") -> Settings:
    """Build the dataclass cls from values; `where` is the dotted name of the table, for messages.

    Missing names keep their defaults. Raises ConfigError for an unknown name, a missing one without a default, or a
    value of another type; range checks are the dataclass's own.
    """
    hints = get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ConfigError(f"setting {_dotted(where, unknown[0])!r} is unknown: choose among {', '.join(fields)}.")
    missing = [name for name, field in fields.items() if name not in values and _is_required(field)]
    if missing:
        raise ConfigError(f"setting {_dotted(where, missing[0])!r} is missing: give it a value.")
    return cls(**{name: _convert(hints[name], value, _dotted(where, name)) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _dotted(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(hint, value, where)
    if origin is Literal:
        return value  # the dataclass itself checks its choices
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return settings_from_dict(hint, value, where)  # type: ignore[arg-type]
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_convert(get_args(hint)[0], item, where) for item in value)
    return _convert_scalar(hint, value, where)


def _convert_union(hint: Any, value: Any, where: str) -> Any:
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    return None if value is None else _convert(choices[0], value, where)


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    known = isinstance(hint, type) and get_origin(hint) is None
    if known and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise ConfigError(f"setting {where!r} is {value!r}: give a value of type {hint.__name__}.")
    return value
