"""The checker that tests/conftest.py hangs on every function of samuel: arrays only, the rest is mypy's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from beartype import beartype
from jaxtyping import AbstractArray


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Enforce those annotations of a function that name an array's shape or dtype."""
    annotations = function.__annotations__
    function.__annotations__ = {name: hint for name, hint in annotations.items() if holds_array(hint)}
    return beartype(function)


def holds_array(hint: Any) -> bool:
    """Whether the annotation is, or contains, a jaxtyping array."""
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return True
    return any(holds_array(part) for part in get_args(hint))
