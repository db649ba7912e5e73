"""The pieces of a self-contained HTML page: tables, intervals as small drawings, players and pictures as data URIs."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from samuel.evaluation.statistics import Interval
from samuel.evaluation.table import Row

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5em 0}
th,td{padding:.15em .7em;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
th:first-child,td:first-child{text-align:left} .scroll{overflow-x:auto} .muted{color:#777}
img{max-width:100%;height:auto} audio{width:20em;max-width:100%;vertical-align:middle}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}th,td{border-color:#444}}
"""
WIDTH, HEIGHT = 160, 14  # px of an interval's drawing


def page(title: str, body: Sequence[str]) -> str:
    """A whole document."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n'
        + ("\n".join(body) + "\n</body></html>\n")
    )


def heading(text: str, level: int = 2) -> str:
    """A heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, muted: bool = False) -> str:
    """A paragraph of plain text."""
    return f"<p{' class=muted' if muted else ''}>{escape(text)}</p>"


def table(rows: Sequence[Row]) -> str:
    """Rows as a table, columns in the order of their first appearance."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["".join(f"<td>{_cell(row.get(name))}</td>" for name in names) for row in rows]
    return _table(names, lines)


def summary(intervals: Mapping[str, Interval], marks: Mapping[str, str]) -> str:
    """A row per metric: value, interval and its drawing, clips, and what the controls say of the metric."""
    lines = []
    for name, one in intervals.items():
        cells = (escape(name), f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}", drawing(one), str(one.count))
        lines.append("".join(f"<td>{cell}</td>" for cell in (*cells, escape(marks.get(name, "")))))
    return _table(["metric", "value", "95 % interval", "", "clips", "controls"], lines)


def drawing(interval: Interval) -> str:
    """The interval as a line with a point, on an axis of its own from 0, or from below it, to beyond its end."""
    bounds = np.array([interval.low, interval.value, interval.high, 0.0])
    if not np.isfinite(bounds).all() or np.ptp(bounds) == 0:
        return ""
    low, high = bounds.min(), max(bounds.max(), 1.0) if bounds.min() >= 0 and bounds.max() <= 1 else bounds.max()
    left, point, right, zero = ((bounds - low) / (high - low) * (WIDTH - 8) + 4).round(1)
    middle = HEIGHT / 2
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{interval}">'
        f'<path d="M{zero} 0V{HEIGHT}" stroke="#999"/>'
        f'<path d="M{left} {middle}H{right}" stroke="#36c" stroke-width="2"/>'
        f'<circle cx="{point}" cy="{middle}" r="3.5" fill="#36c"/></svg>'
    )


def player(mp3: bytes, label: str) -> str:
    """An audio player that carries its sound."""
    return f'<p><audio controls preload="none" src="{_data("audio/mpeg", mp3)}"></audio> {escape(label)}</p>'


def picture(png: bytes, label: str) -> str:
    """A picture that carries itself."""
    return f'<img alt="{escape(label)}" src="{_data("image/png", png)}">'


def details(title: str, body: str) -> str:
    """A part that opens on a click."""
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _table(names: Sequence[str], lines: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if np.isfinite(value) else "–"
    return "–" if value is None else escape(str(value))


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
