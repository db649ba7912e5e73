"""What a style is: a page of data that says which instruments play, and which rhythms they play as the song grows.

Rhythms are written as text, one group of characters per beat and four beats per bar: ``"x... ..x. x... ...."``. See
``samuel.corpus.patterns`` for the characters and for how a pattern adapts to 3/4 and 6/8. Wherever a style gives
several patterns they run from calm to full: a section of energy 0 plays the first, one of energy 1 the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samuel.config import require_choice, require_range
from samuel.corpus.patterns import check_pattern
from samuel.corpus.song import STEMS, Stem
from samuel.errors import ConfigError

Patterns = tuple[str, ...]  # calm to full; "" is silence
FillKind = Literal["toms", "snare", "soft", "none"]
FILL_KINDS: tuple[FillKind, ...] = ("toms", "snare", "soft", "none")


@dataclass(frozen=True)
class BassLine:
    """The bass: one of programs plays patterns; the pattern "kick" doubles the bass drum."""

    programs: tuple[int, ...]
    patterns: Patterns
    lowest: int = 28  # MIDI note: E1, the open string of a bass guitar

    def __post_init__(self) -> None:
        _check_programs("bass", self.programs)
        for pattern in self.patterns:
            check_pattern("bass", pattern if pattern != "kick" else "")


@dataclass(frozen=True)
class Comp:
    """A part that plays the chords: blocks (x), broken chords (1 2 3 ...) or held pads."""

    name: str
    programs: tuple[int, ...]
    patterns: Patterns
    stem: Stem = "chords"
    centre: int = 62  # MIDI note that the voicing stays around
    voices: int = 4  # at least the number of chord tones is always played
    strum: float = 0.0  # seconds from the lowest to the highest note of a block
    velocity: int = 78

    def __post_init__(self) -> None:
        require_choice("stem", self.stem, STEMS)
        require_range("centre", self.centre, 36, 96)
        require_range("velocity", self.velocity, 1, 127)
        _check_programs(self.name, self.programs)
        for pattern in self.patterns:
            check_pattern(self.name, pattern)


@dataclass(frozen=True)
class Style:
    """A style: tempo, metres, drums (instrument of ``drums.KEYS`` to patterns), bass, chords and answers."""

    tempo: tuple[float, float]  # usual beats per minute; a hint for whoever chooses a style for a song
    metres: tuple[int, ...]  # beats per bar it suits; it can play all
    kits: tuple[int, ...]  # General MIDI drum kits
    drums: dict[str, Patterns]
    bass: BassLine
    comps: tuple[Comp, ...]  # the first is never silent, so that every chord is heard
    answers: tuple[int, ...] = ()  # programs of the instrument that answers the singer; none if empty
    fill: FillKind = "toms"
    swing: tuple[float, float] = (0.5, 0.7)  # of songs that it suits; it plays with the swing of the song
    looseness: float = 0.006  # s, standard deviation of the timing
    layback: float = 0.0  # s, how late bass and chords play

    def __post_init__(self) -> None:
        require_choice("fill", self.fill, FILL_KINDS)
        if not self.comps or "" in self.comps[0].patterns:
            raise ConfigError("the first comp is silent: give it a pattern for every level, so that chords are heard.")
        for name, patterns in self.drums.items():
            for pattern in patterns:
                check_pattern(name, pattern)


def _check_programs(name: str, programs: tuple[int, ...]) -> None:
    if not programs:
        raise ConfigError(f"{name} has no programs: give at least one General MIDI program.")
    for program in programs:
        require_range(f"program of {name}", program, 0, 127)
