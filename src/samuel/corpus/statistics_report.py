"""Statistics of a corpus as lines for a screen, and as stats.json and a picture in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from samuel.corpus.statistics import CorpusStatistics, Range

SHOWN = 30  # classes of one table that are shown
WIDTH = 100  # characters of a line of classes
UNITS = {"tempo": " beats a minute", "sung": "", "vocal loudness": " LUFS", "band loudness": " LUFS"}
PLOTTED = ("style", "key", "tempo", "metre", "chords", "voice", "soundfont", "source")


def report_lines(statistics: CorpusStatistics) -> Iterator[str]:
    """One line a table and range, long tables wrapped, shares in per cent of the time."""
    yield f"{statistics.pairs} pairs of {statistics.songs} songs, {statistics.hours:.2f} hours"
    for name, table in statistics.tables.items():
        yield from _wrapped(name, table)
    for name, values in statistics.ranges.items():
        if values is not None:
            yield f"{name:<15} {_described(values)}{UNITS[name]}"


def write_statistics(statistics: CorpusStatistics, out: Path) -> None:
    """Write out/stats.json and out/stats.png, each whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    temporary = out / ".stats.json"
    temporary.write_text(json.dumps(statistics.to_dict(), indent=1), encoding="utf-8")
    temporary.replace(out / "stats.json")
    draw_statistics(statistics, out / ".stats.png")
    (out / ".stats.png").replace(out / "stats.png")


def draw_statistics(statistics: CorpusStatistics, path: Path) -> None:
    """A PNG with the share of the time of each class, a panel of bars a table."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 11), layout="constrained")
    FigureCanvasAgg(figure)  # no display is needed
    figure.suptitle(f"{statistics.pairs} pairs of {statistics.songs} songs, {statistics.hours:.2f} hours")
    for axis, name in zip(figure.subplots(2, len(PLOTTED) // 2).flat, PLOTTED, strict=True):
        table = list(statistics.tables[name].items())[:SHOWN]
        if name == "tempo":
            table.sort(key=lambda item: (not item[0][0].isdigit(), int(item[0].split("-")[0]) if "-" in item[0] else 0))
        axis.barh([label for label, _ in table], [100 * share for _, share in table], color="tab:blue")
        axis.invert_yaxis()
        axis.set(title=name, xlabel="% of the time")
    figure.savefig(path, dpi=100)


def _wrapped(name: str, table: dict[str, float]) -> Iterator[str]:
    head, line = f"{name:<15}", ""
    items = [f"{label} {share:.1%}" for label, share in list(table.items())[:SHOWN]]
    items += [f"and {len(table) - SHOWN} more"] if len(table) > SHOWN else []
    for item in items:
        if line and len(head) + len(line) + len(item) > WIDTH:
            yield f"{head} {line},"
            head, line = " " * 15, ""
        line = f"{line}, {item}" if line else item
    if line:
        yield f"{head} {line}"


def _described(values: Range) -> str:
    return f"mean {values.mean:.2f}, 90 % from {values.low:.2f} to {values.high:.2f} ({values.count} pairs)"
