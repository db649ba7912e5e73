"""Rhythms as text: ``"x... ..x. x... ....|x... x... x... x.x."`` is two bars of four beats of four sixteenths.

Bars are separated by ``|`` and take turns; beats by spaces; a beat of n characters is divided into n equal parts.

========  ==========================================================================================
``.``     rest
``-``     hold the note before
``x X o`` play: normal, accented, soft; comps play the whole chord, drums strike
``1``-``9``  comps: one note of the voicing, counted from below, continuing an octave higher
``p``     comps: a push, the chord of the next beat already
``R 3 5 8 a``  bass: the chord's bass note, third, fifth, octave; a step towards the next chord's bass
========  ==========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from samuel.errors import ConfigError

SYMBOLS = frozenset(".-xXop123456789R8a")
BEATS = 4  # groups in each written bar
CALM, FULL = 0.25, 0.9  # energies of the calmest intro and of a full chorus


@dataclass(frozen=True)
class Hit:
    """One stroke of a pattern: position and length in beats from the start of the bar."""

    symbol: str
    position: float
    length: float


def check_pattern(name: str, pattern: str) -> None:
    """Raise ConfigError unless every bar of pattern has four beats of known symbols."""
    if not pattern:
        return
    for bar in pattern.split("|"):
        if len(bar.split()) != BEATS:
            raise ConfigError(f"pattern {bar!r} of {name} has {len(bar.split())} beats: write four groups.")
        unknown = set(bar) - SYMBOLS - {" "}
        if unknown:
            raise ConfigError(f"pattern {bar!r} of {name} has {sorted(unknown)}: use {''.join(sorted(SYMBOLS))}.")


def at_level(patterns: tuple[str, ...], energy: float) -> str:
    """The pattern for an energy: the first up to CALM, the last from about FULL; no patterns are silence."""
    if not patterns:
        return ""
    share = (energy - CALM) / (FULL - CALM)
    return patterns[min(max(int(share * len(patterns)), 0), len(patterns) - 1)]


@lru_cache(maxsize=4096)
def hits(pattern: str, bar_number: int, beats: int, compound: bool, rolling: bool = False) -> tuple[Hit, ...]:
    """Strokes of one bar of ``beats`` beats; compound beats (6/8) are three eighths, all filled when rolling."""
    if not pattern:
        return ()
    bars = pattern.split("|")
    written = bars[bar_number % len(bars)].split()
    groups = [written[index] for index in _chosen_beats(beats)]
    if compound:
        groups = [_in_three(group, rolling) for group in groups]
    return tuple(_read(groups))


def _chosen_beats(beats: int) -> list[int]:
    """Written beats that a bar uses: a waltz leaves out the third, so kick-snare-kick-snare is kick-snare-snare."""
    return [0, 1, 3] if beats == 3 else [index % BEATS for index in range(beats)]


def _in_three(group: str, rolling: bool) -> str:
    """The beat in three eighths: of four sixteenths the first, the third and the last."""
    sixteenths = "".join(symbol + ("-" if symbol not in "." else ".") for symbol in group) if len(group) == 2 else group
    if len(sixteenths) != 4:
        return group
    first, second, third, last = list(sixteenths)
    middle = third if third not in ".-" else second
    if last in ".-" and rolling and third not in ".-":
        last = third
    return first + middle + last


def _read(groups: list[str]) -> list[Hit]:
    cells = [
        (symbol, beat + index / len(group), 1 / len(group))
        for beat, group in enumerate(groups)
        for index, symbol in enumerate(group)
    ]
    found: list[Hit] = []
    sounding = False
    for symbol, position, length in cells:
        if symbol == "-" and sounding:
            found[-1] = Hit(found[-1].symbol, found[-1].position, position + length - found[-1].position)
        elif symbol not in ".-":
            found.append(Hit(symbol, position, length))
        sounding = symbol != "." and bool(found)
    return found
