"""samuel evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samuel.cli.common import Commands


def add_parser(commands: Commands) -> None:
    """Add the command."""
