"""The analysis packages of the 'eval' extra, imported when a metric first needs them."""

from __future__ import annotations

import importlib
from typing import Any

from samuel.errors import MissingExtraError


def require(package: str, extra: str = "eval") -> Any:
    """The imported package or submodule, such as 'librosa' or 'mir_eval.beat'; MissingExtraError where it is absent."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise MissingExtraError(package.partition(".")[0], extra) from error
