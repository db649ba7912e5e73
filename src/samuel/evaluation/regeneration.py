"""Does a section made anew fit the song as well as what it replaces?

The section's own sound is judged against the true chords of that part of the song (harmony.chord_match), before and
after. Beyond the fade nothing may have changed at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from samuel.corpus.excerpt import cut_song
from samuel.evaluation import harmony
from samuel.evaluation.pairs import Pair, for_each_pair
from samuel.evaluation.table import Table, summarise
from samuel.pipeline.sections import FADE


class Regenerates(Protocol):
    """What is judged: samuel.pipeline.Accompanist, or anything with its two ways to play."""

    def __call__(self, vocal: np.ndarray, sample_rate: int, *, seed: int, steps: int | None) -> Any:
        """A first take."""
        ...

    def regenerate(
        self, vocal: np.ndarray, sample_rate: int, *, previous: Any, section: tuple[float, float], seed: int
    ) -> Any:
        """The take with the section (s) made anew."""
        ...


def evaluate_regeneration(
    accompanist: Regenerates,
    pairs: Sequence[Pair],
    section: tuple[float, float] = (16.0, 32.0),
    *,
    steps: int | None = None,
    on_step: Callable[[], None] | None = None,
) -> Table:
    """A row for each pair and the means with 95 % intervals over pairs.

    `chord_gain` is the chord match inside the section after less before, `outside` the largest change of a sample
    beyond the fade, `inside` the change inside in dB re the first take there.
    """
    rows, skipped = for_each_pair(pairs, lambda pair: judge(accompanist, pair, section, steps), on_step)
    settings = {"clips": len(rows), "section": f"{section[0]:g}-{section[1]:g} s", "steps": steps}
    return Table("regeneration", settings, tuple(rows), summarise(rows), tuple(skipped))


def judge(
    accompanist: Regenerates, pair: Pair, section: tuple[float, float], steps: int | None = None
) -> dict[str, Any]:
    """The row of one pair."""
    vocal = pair.vocal()
    first = accompanist(vocal.samples, vocal.sample_rate, seed=0, steps=steps)
    second = accompanist.regenerate(vocal.samples, vocal.sample_rate, previous=first, section=section, seed=1)
    start, stop = (round(time * first.sample_rate) for time in section)
    song = cut_song(pair.song, section[0], section[1] - section[0])
    before, after = (
        harmony.chord_match(harmony.chroma(take.audio[:, start:stop], take.sample_rate), song)
        for take in (first, second)
    )
    change = second.audio - first.audio
    outside = np.concatenate([change[:, : max(0, start - FADE)], change[:, stop + FADE :]], axis=1)
    ratio = np.square(change[:, start:stop]).mean() / max(np.square(first.audio[:, start:stop]).mean(), 1e-12)
    return {
        "clip": pair.identifier,
        "chords_before": before,
        "chords_after": after,
        "chord_gain": after - before,
        "outside": float(np.abs(outside).max(initial=0.0)),
        "inside": float(10 * np.log10(ratio + 1e-12)),
    }
