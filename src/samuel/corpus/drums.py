"""The drummer: patterns by energy, a fill at the end of a section, a crash at the start of the next."""

from __future__ import annotations

import numpy as np

from samuel.corpus.grid import Bar, Grid
from samuel.corpus.patterns import at_level, hits
from samuel.corpus.playing import Stroke, dynamics
from samuel.corpus.style import FillKind, Style

KEYS = {  # General MIDI percussion key map
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46, "crash": 49, "ride": 51,
    "tambourine": 54, "cowbell": 56, "shaker": 70, "clave": 75, "conga": 63, "lowconga": 64,
    "high": 48, "middle": 47, "low": 43,
}  # fmt: skip
ROLLING = frozenset({"hat", "ride", "shaker", "tambourine"})  # lines that fill all three eighths of a compound beat
LOUDNESS = {"X": 112, "x": 96, "o": 52}  # velocity at full energy
TIMEKEEPER = 84  # velocity of hats, rides and shakers

# two beats of four sixteenths: s snare, h m l toms, k kick, o open hat
FILLS: dict[FillKind, tuple[str, ...]] = {
    "toms": ("s.ss h.m.", "ssss hhll", "..ss hmll", ".... hhml", "s..s ..hl", ".... s.hm", "sshh mmll"),
    "snare": (".... ssss", "s.s. ssss", ".... s.ss", "..s. .s.s", "s..s s.ss"),
    "soft": (".... ..s.", ".... ..ss", ".... .s.s"),
    "none": (),
}
FILL_KEYS = {"s": "snare", "h": "high", "m": "middle", "l": "low", "k": "kick", "o": "open"}


def play_drums(grid: Grid, style: Style, rng: np.random.Generator) -> list[Stroke]:
    """Strokes of the whole song on KEYS; positions in beats."""
    strokes: list[Stroke] = []
    for bar in grid.bars:
        if bar.final:
            strokes += _ending(bar, style)
            continue
        groove = _groove(bar, grid, style)
        fill = _fill(bar, grid, style, rng) if groove and bar.last else []
        strokes += _before(groove, fill) + fill
        if groove and bar.first and bar.beat > 0 and bar.section.energy >= 0.6 and style.fill != "none":
            strokes.append(Stroke(bar.beat, 2.0, KEYS["crash"], int(92 * dynamics(bar))))
    return strokes


def _groove(bar: Bar, grid: Grid, style: Style) -> list[Stroke]:
    strokes = []
    for name, patterns in style.drums.items():
        pattern = at_level(patterns, bar.section.energy)
        for hit in hits(pattern, bar.number, bar.beats, grid.compound, name in ROLLING):
            loud = LOUDNESS[hit.symbol] * (TIMEKEEPER / 100 if name in ROLLING else 1)
            if name in ROLLING and hit.position % 1:
                loud *= 0.78  # hands fall lighter between the beats
            strokes.append(Stroke(bar.beat + hit.position, 0.25, KEYS[name], int(loud * dynamics(bar))))
    return strokes


def _fill(bar: Bar, grid: Grid, style: Style, rng: np.random.Generator) -> list[Stroke]:
    choices = FILLS[style.fill]
    if not choices or bar.beats < 2:
        return []
    groups = str(choices[rng.integers(len(choices))]).split()
    if bar.section.energy < 0.35:
        groups[0] = "...."  # a calm section gets by with one beat
    strokes = []
    for beat, group in enumerate(groups):
        cells = group[:3] if grid.compound else group
        for index, symbol in enumerate(cells):
            if symbol != ".":
                position = bar.beat + bar.beats - 2 + beat + index / len(cells)
                grow = 0.72 + 0.14 * (beat + index / len(cells))
                strokes.append(Stroke(position, 0.25, KEYS[FILL_KEYS[symbol]], int(108 * grow * dynamics(bar))))
    return strokes


def _before(groove: list[Stroke], fill: list[Stroke]) -> list[Stroke]:
    """The groove up to the fill; under the fill only the kick goes on."""
    if not fill:
        return groove
    start = min(stroke.position for stroke in fill) - 0.01
    return [stroke for stroke in groove if stroke.position < start or stroke.pitch == KEYS["kick"]]


def _ending(bar: Bar, style: Style) -> list[Stroke]:
    if not style.drums or style.fill == "none":
        return []
    keys = ("kick", "crash") if bar.section.energy >= 0.4 else ("kick", "ride")
    return [Stroke(bar.beat, 4.0, KEYS[key], int(90 * dynamics(bar))) for key in keys]
