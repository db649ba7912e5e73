"""From a lead sheet and a style to the notes of a band."""

from __future__ import annotations

import numpy as np

from samuel.config import require_choice
from samuel.corpus.answers import play_answers
from samuel.corpus.bass import play_bass
from samuel.corpus.comping import play_comp
from samuel.corpus.drums import play_drums
from samuel.corpus.grid import Grid
from samuel.corpus.playing import perform
from samuel.corpus.song import Arrangement, Part, Song
from samuel.corpus.style import Style
from samuel.corpus.styles import STYLES

TEMPER = 0.08  # standard deviation of the energy that a player adds to all sections: no two bands play alike
ABSENCE = 0.15  # how often an instrument other than the first stays at home


def arrange(song: Song, style: Style | str, rng: np.random.Generator) -> Arrangement:
    """Arrange song in a style (or the name of one of STYLES); the same generator state gives the same notes.

    Everything is laid out by ``song.beats``. Every chord is sounded in full by the first comp, and begins with its
    bass note in the bass.
    """
    if isinstance(style, str):
        require_choice("style", style, tuple(STYLES))
        name, style = style, STYLES[style]
    else:
        name = next((known for known, value in STYLES.items() if value is style), "custom")
    grid = Grid(song)
    parts = [_drums(grid, style, rng), _bass(grid, style, rng)]
    playing = [number for number in range(len(style.comps)) if number == 0 or rng.random() >= ABSENCE]
    parts += [_comp(grid, style, number, rng) for number in playing]
    if style.answers:
        notes = perform(play_answers(grid, rng), grid, style.looseness, 0.0, rng)
        parts.append(Part("answers", "other", _one_of(style.answers, rng), False, notes))
    return Arrangement(name, tuple(part for part in parts if part.notes))


def _drums(grid: Grid, style: Style, rng: np.random.Generator) -> Part:
    notes = perform(play_drums(_temper(grid, rng), style, rng), grid, 0.7 * style.looseness, 0.0, rng)
    return Part("drums", "drums", _one_of(style.kits, rng), True, notes)


def _bass(grid: Grid, style: Style, rng: np.random.Generator) -> Part:
    notes = perform(play_bass(_temper(grid, rng), style, rng), grid, style.looseness, style.layback, rng)
    return Part("bass", "bass", _one_of(style.bass.programs, rng), False, notes)


def _comp(grid: Grid, style: Style, number: int, rng: np.random.Generator) -> Part:
    comp = style.comps[number]
    notes = perform(play_comp(_temper(grid, rng), comp, number == 0), grid, style.looseness, style.layback, rng)
    return Part(comp.name, comp.stem, _one_of(comp.programs, rng), False, notes)


def _temper(grid: Grid, rng: np.random.Generator) -> Grid:
    return grid.leaning(float(rng.normal(0, TEMPER)))


def _one_of(programs: tuple[int, ...], rng: np.random.Generator) -> int:
    return int(programs[rng.integers(len(programs))])
