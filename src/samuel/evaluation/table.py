"""Results: rows per clip, a summary with intervals, and what was skipped; written as JSON and as Markdown."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation.pairs import Skipped
from samuel.evaluation.statistics import Interval, bootstrap

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One evaluation. The rows' first entry names the clip; summary maps a metric's name to its interval."""

    name: str
    settings: Mapping[str, Any]
    rows: tuple[Row, ...] = ()
    summary: Mapping[str, Interval] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    sections: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)  # further tables, by their headings

    def extended(
        self,
        rows: Sequence[Row],
        summary: Mapping[str, Interval],
        skipped: Sequence[Skipped] = (),
        sections: Mapping[str, tuple[Row, ...]] | None = None,
    ) -> Table:
        """This table with more rows, metrics, skipped clips and sections."""
        return replace(
            self,
            rows=(*self.rows, *rows),
            summary={**self.summary, **summary},
            skipped=(*self.skipped, *skipped),
            sections={**self.sections, **(sections or {})},
        )


def summarise(rows: Sequence[Row]) -> dict[str, Interval]:
    """The mean of each column of numbers over the rows that have it, with its 95 % interval over clips."""
    names = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, float))
    columns = {name: np.array([row[name] for row in rows if name in row]) for name in names}
    return {name: bootstrap(values) for name, values in columns.items() if np.isfinite(values).any()}


def require_writable(folder: Path | str) -> None:
    """Raise ConfigError unless files can be written into the folder, or into it once it is made; leaves nothing."""
    folder = Path(folder)
    try:
        nearest = next(place for place in (folder, *folder.absolute().parents) if _exists(place))
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}): name another folder.") from error


def write_table(table: Table, folder: Path | str) -> tuple[Path, Path]:
    """Write <name>.json and <name>.md into the folder, return their paths; ConfigError where that cannot be done."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{table.name}.json").write_text(to_json(table))
        (folder / f"{table.name}.md").write_text(to_markdown(table))
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror}): name another folder.") from error
    return folder / f"{table.name}.json", folder / f"{table.name}.md"


def read_table(path: Path | str) -> Table:
    """The table that write_table wrote as JSON; null becomes NaN again. ConfigError for any other file."""
    path = Path(path)
    try:
        fields = json.loads(path.read_text())
        summary = {name: Interval(**_with_nan(values)) for name, values in fields["summary"].items()}
        skipped = tuple(Skipped(**item) for item in fields["skipped"])
        rows = tuple(_with_nan(row) for row in fields["rows"])
        sections = {heading: tuple(rows) for heading, rows in fields.get("sections", {}).items()}
        return Table(fields["name"], fields["settings"], rows, summary, skipped, sections)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is no result ({error}): name a .json that `samuel evaluate` wrote.") from error


def to_json(table: Table) -> str:
    """The whole table; NaN becomes null, as JSON has none."""
    return json.dumps(_without_nan(asdict(table)), indent=2)


def to_markdown(table: Table) -> str:
    """Sections first, then the summary, a row per clip, and what was skipped."""
    parts = [f"# {table.name.capitalize()}", _settings(table.settings)]
    parts += [_section(heading, rows) for heading, rows in table.sections.items()]
    if table.sections and table.summary:
        parts.append("## All values")
    parts.append(_summary(table.summary))
    parts.append(_section("Clips", table.rows))
    if table.skipped:
        lines = "\n".join(f"- {item.identifier}: {item.reason}" for item in table.skipped)
        parts.append(f"## Skipped ({len(table.skipped)})\n\n{lines}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _exists(place: Path) -> bool:
    """Whether anything is there, a broken link included; OSError for what can never be."""
    try:
        place.lstat()
    except FileNotFoundError:
        return False
    return True


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in settings.items())


def _summary(summary: Mapping[str, Interval]) -> str:
    lines = [
        f"| {name} | {interval.value:.3f} | {interval.low:.3f} to {interval.high:.3f} | {interval.count} |"
        for name, interval in summary.items()
    ]
    return "\n".join(["| metric | value | 95 % interval | clips |", "|---|---|---|---|", *lines]) if lines else ""


def _section(heading: str, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    head = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return f"## {heading}\n\n" + "\n".join([*head, *lines])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def _without_nan(value: Any) -> Any:
    """The same nest of dicts and lists with NaN replaced by None."""
    if isinstance(value, Mapping):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _with_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row read from JSON, where null stands for NaN."""
    return {name: float("nan") if value is None else value for name, value in row.items()}
