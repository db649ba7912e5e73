"""The syllables of the corpus: Japanese morae, as they are sung alike by every voice we have."""

from __future__ import annotations

import re

import numpy as np

_ROWS = {
    "": "aiueo", "k": "aiueo", "s": "aueo", "t": "aeo", "n": "aiueo", "h": "aieo", "m": "aiueo", "y": "auo",
    "r": "aiueo", "w": "a", "g": "aiueo", "z": "aueo", "d": "aeo", "b": "aiueo", "p": "aiueo",
}  # fmt: skip
NASAL = "n"  # the one mora without a vowel
MORAE: tuple[str, ...] = (
    *(onset + vowel for onset, vowels in _ROWS.items() for vowel in vowels),
    *("shi", "chi", "tsu", "fu", "ji", "sha", "sho", "cha", "ja"),
)
_ONSET_WEIGHTS = {"": 3, "k": 4, "t": 3, "n": 4, "r": 4, "m": 3, "s": 3, "h": 2}
_VOWEL_WEIGHTS = {"a": 4, "i": 3, "u": 2, "e": 2, "o": 3}
_WEIGHTS = np.array([_ONSET_WEIGHTS.get(mora[:-1], 1) * _VOWEL_WEIGHTS[mora[-1]] for mora in MORAE], dtype=float)
_NEAREST_ONSET = {"l": "r", "v": "b", "c": "k", "q": "k", "x": "s", "f": "h", "j": "j"}
_SYLLABLE = re.compile(r"([a-z]*?)([aiueo])")
MELISMA = 0.05  # how often a note goes on with the vowel before it
NASALS = 0.02


def draw_syllables(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Syllables for a phrase of count notes: mostly fresh morae, at times the same vowel held on or a hummed n."""
    syllables: list[str] = []
    for draw in rng.random(count):
        fresh = MORAE[rng.choice(len(MORAE), p=_WEIGHTS / _WEIGHTS.sum())]
        if syllables and draw < MELISMA and syllables[-1] != NASAL:
            fresh = syllables[-1][-1]
        elif syllables and draw > 1 - NASALS:
            fresh = NASAL
        syllables.append(fresh)
    return tuple(syllables)


def syllable_of(lyric: str) -> str | None:
    """The mora nearest to a syllable of Western lyrics ("love" is "ro"), or None where there is none."""
    match = _SYLLABLE.match(lyric.lower().strip())
    if match is None:
        return None
    onset = match[1]
    mora = _NEAREST_ONSET.get(onset[:1], onset[:1]) + match[2]
    return next((candidate for candidate in (onset + match[2], mora) if candidate in MORAE), None)
