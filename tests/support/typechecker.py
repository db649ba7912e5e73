"""What tests/conftest.py hangs on the functions of samuel: a checker of arrays; the rest is mypy's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import jaxtyping
from beartype import beartype
from jaxtyping import AbstractArray

Function = Callable[..., Any]
jaxtyped = jaxtyping.jaxtyped


def install() -> None:
    """Have arrays checked in all of samuel that is imported from now on.

    jaxtyping's hook decorates every function, and a decorated one is slow to call even where it takes no array: half
    the time of many tests. So those stay as they are.
    """
    jaxtyping.jaxtyped = jaxtyped_where_arrays_are
    jaxtyping.install_import_hook("samuel", "typechecker.checked")


def jaxtyped_where_arrays_are(*, typechecker: Function) -> Function:
    """As jaxtyping.jaxtyped, for functions alone that an array is given to or comes from, and for all classes."""
    decorate = jaxtyped(typechecker=typechecker)
    return lambda item: decorate(item) if not hasattr(item, "__code__") or takes_arrays(item) else item


def takes_arrays(function: Function) -> bool:
    """Whether one of its annotations holds an array; one that cannot be evaluated holds none, as jaxtyping has it."""
    return any(holds_array(evaluated(hint, function.__globals__)) for hint in function.__annotations__.values())


def evaluated(hint: Any, names: dict[str, Any]) -> Any:
    """An annotation as an object, None where it names what is imported for mypy alone."""
    try:
        return eval(hint, names) if isinstance(hint, str) else hint
    except (AttributeError, NameError, TypeError):
        return None


def checked(function: Function) -> Function:
    """Enforce those annotations of a function that name an array's shape or dtype."""
    annotations = function.__annotations__
    function.__annotations__ = {name: hint for name, hint in annotations.items() if holds_array(hint)}
    return beartype(function)


def holds_array(hint: Any) -> bool:
    """Whether the annotation is, or contains, a jaxtyping array."""
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return True
    return any(holds_array(part) for part in get_args(hint))
