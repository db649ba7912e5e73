"""The forms of songs: which parts follow each other, how long they are and which chords they carry."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from samuel.corpus.harmony import SCALES, Mode, RelativeChord, parse_progression
from samuel.corpus.progressions import BRIDGES, PROGRESSIONS, TURNAROUNDS
from samuel.corpus.rhythm import Metre
from samuel.corpus.score import ScoreChord

Bars = tuple[tuple[RelativeChord, ...], ...]

# i intro, V verse, C chorus, B bridge, f fill, o outro
FORMS = (
    "iVCVCo", "iVCfVCo", "iVVCfVCo", "iVCfVCBCo", "iVCVCBCCo", "iVCVCfCo", "VCfVCo", "iCVCVCo", "iVVCo", "iVfVCo",
    "iVBVo", "iVVBVo", "iVVBVfBVo", "iVfVo", "iVCo", "iVfVVo", "iVVCVVCfVCo", "iVCfVCfBCCo",
)  # fmt: skip
NAMES = {"i": "intro", "V": "verse", "C": "chorus", "B": "bridge", "f": "fill", "o": "outro"}
ENERGY = {"i": 0.4, "V": 0.5, "C": 0.85, "B": 0.65, "f": 0.6, "o": 0.45}
# what players make of chords on the tonic, the fourth, fifth and flat sixth; minor triads may all become sevenths
RICHER = {
    (0, "maj"): ("maj7", "sus2", "maj6"), (5, "maj"): ("maj7", "sus2", "maj6"), (7, "maj"): ("7", "sus4", "7"),
    (8, "maj"): ("maj7",), (0, "maj7"): ("maj9",), (5, "maj7"): ("maj9",), (7, "7"): ("9",),
}  # fmt: skip
RICHNESS = {"pop": 0.12, "rock": 0.06, "soul": 0.35, "folk": 0.06, "jazz": 0.35, "blues": 0.2}  # probability per chord
INVERSION_PROBABILITY = 0.06
SLOW_BAR, GATHERED = 2.0, 0.55  # s of a bar in which these genres may change chords twice as often, and probability
GATHERING = ("pop", "rock", "soul")
SHORTEST, LONGEST = 64.0, 136.0  # seconds of a whole song


@dataclass(frozen=True)
class Plan:
    """The form of a song: one letter per part and the bars of each."""

    letters: str
    bars: tuple[int, ...]


def draw_plan(bar_seconds: float, unit: int | None, rng: np.random.Generator) -> Plan:
    """A form of SHORTEST to LONGEST seconds, or nearly; unit: the length of a verse (bars) where the genre sets it."""
    fitting = tuple(u for u in (4, 8, 16) if 11 <= u * bar_seconds <= 36) or (16,)  # the shortest bars need the most
    units = (unit,) if unit else fitting
    plans: list[Plan] = []
    drawn: list[Plan] = []
    for letters in FORMS:
        for size in units:
            short = max(2, size // int(rng.choice([2, 4, 4]))) if size > 4 else int(rng.choice([1, 2]))
            rest = {"i": short, "f": max(1, short // int(rng.choice([1, 2]))), "o": max(2, short)}
            plan = Plan(letters, tuple(rest.get(letter, size) for letter in letters))
            drawn.append(plan)
            if SHORTEST <= sum(plan.bars) * bar_seconds <= LONGEST:
                plans.append(plan)
    if not plans:  # one tempo in tens of thousands, with short rests drawn
        middle = math.sqrt(SHORTEST * LONGEST)
        return min(drawn, key=lambda plan: abs(math.log(sum(plan.bars) * bar_seconds / middle)))
    return plans[rng.integers(len(plans))]


def _stretched(bar: tuple[RelativeChord, ...], stretch: int) -> Bars:
    """One bar drawn out over several: its chords are shared out, a single chord is held."""
    return tuple(bar[k * len(bar) // stretch : (k + 1) * len(bar) // stretch] or bar for k in range(stretch))


def _gathered(chords: Bars) -> Bars:
    """Two bars in the time of one."""
    return tuple(first + second for first, second in zip(chords[::2], chords[1::2], strict=True))


def _fitting(texts: tuple[str, ...], bars: int, stretch: int, gathered: bool = False) -> list[Bars]:
    """The progressions, drawn out or gathered, that fill so many bars without a remainder."""
    found = [parse_progression(text) for text in texts]
    if gathered:
        found = [_gathered(chords) for chords in found if len(chords) % 2 == 0]
    return [
        tuple(part for bar in chords for part in _stretched(bar, stretch))
        for chords in found
        if bars % (len(chords) * stretch) == 0
    ]


def _enrich(bars: Bars, amount: float, rng: np.random.Generator) -> Bars:
    """Turns some triads into the sevenths, suspensions and inversions that players add; alike for every repeat."""
    return tuple(tuple(_enriched(chord, amount, rng) for chord in bar) for bar in bars)


def _enriched(chord: RelativeChord, amount: float, rng: np.random.Generator) -> RelativeChord:
    choices = ("min7", "min7", "min9") if chord.quality == "min" else RICHER.get((chord.root, chord.quality), ())
    if choices and rng.random() < amount:
        chord = replace(chord, quality=choices[rng.integers(len(choices))])
    if chord.bass == chord.root and chord.quality in ("maj", "min", "7") and rng.random() < INVERSION_PROBABILITY:
        third = 3 if chord.quality == "min" else 4
        chord = replace(chord, bass=(chord.root + int(rng.choice([third, 7]))) % 12)
    return chord


def draw_progressions(
    genre: str, mode: Mode, unit: int, metre: Metre, bar_seconds: float, rng: np.random.Generator
) -> dict[str, Bars]:
    """Chords of a whole verse, chorus and bridge (unit bars each) and of a turnaround (any number of bars)."""
    stretch = 2 if bar_seconds < 1.7 and unit % 8 == 0 and rng.random() < 0.5 else 1
    slow = bar_seconds > SLOW_BAR and metre.beats_per_bar == 4 and genre in GATHERING
    gathered = slow and rng.random() < GATHERED
    own = _fitting(PROGRESSIONS[genre, mode], unit, stretch, gathered)
    neighbours = _fitting(PROGRESSIONS["pop", mode], unit, stretch, gathered)
    order = rng.permutation(len(own))
    amount = RICHNESS[genre] * rng.uniform(0, 2)
    chosen = {"V": own[order[0]], "C": own[order[1 % len(own)]]}
    if rng.random() < 0.15 and neighbours:
        chosen["C"] = neighbours[rng.integers(len(neighbours))]
    bridges = _fitting(BRIDGES[mode], unit, 1) or own
    chosen["B"] = bridges[rng.integers(len(bridges))]
    turnarounds = [parse_progression(text) for text in TURNAROUNDS[mode]]
    chosen["f"] = turnarounds[rng.integers(len(turnarounds))]
    chosen["i"] = chosen[str(rng.choice(["V", "C", "f"]))]
    chosen["o"] = chosen[str(rng.choice(["C", "f"]))]
    return {letter: _enrich(bars, amount, rng) for letter, bars in chosen.items()}


def cycle(bars: Bars, count: int) -> Bars:
    """The first count bars of an endless repetition."""
    return tuple(bars[k % len(bars)] for k in range(count))


def place_chords(bars: Bars, metre: Metre, tonic: int, start: int) -> list[ScoreChord]:
    """Bars of relative chords from a beat on; two chords share a bar of three beats as two and one. Equals merge."""
    placed: list[ScoreChord] = []
    for number, bar in enumerate(bars):
        first = start + number * metre.beats_per_bar
        cuts = [first + -(-k * metre.beats_per_bar // len(bar)) for k in range(len(bar) + 1)]
        for chord, begin, end in zip(bar, cuts, cuts[1:], strict=False):
            root, bass = (chord.root + tonic) % 12, (chord.bass + tonic) % 12
            placed = merge(placed, ScoreChord(begin, end, root, chord.quality, bass))
    return placed


def merge(chords: list[ScoreChord], chord: ScoreChord) -> list[ScoreChord]:
    """The chords with one more; where it is the same as the last, the last grows."""
    if chords and replace(chords[-1], start=chord.start, end=chord.end) == chord:
        return [*chords[:-1], replace(chords[-1], end=chord.end)]
    return [*chords, chord]


def final_chord(genre: str, mode: Mode, rng: np.random.Generator) -> RelativeChord:
    """The tonic chord on which a song ends."""
    plain: tuple[str, ...] = ("maj",) if mode == "major" else ("min",)
    rich = {
        ("soul", "major"): ("maj7", "maj9", "maj6"), ("jazz", "major"): ("maj6", "maj7", "maj9"),
        ("blues", "major"): ("7", "9", "maj6"), ("soul", "minor"): ("min7", "min9"),
        ("jazz", "minor"): ("min6", "minmaj7", "min9"), ("blues", "minor"): ("min7", "min6"),
    }.get((genre, mode), plain)  # fmt: skip
    return RelativeChord(0, str(rng.choice([*rich, *plain])), 0)


def draw_scale(genre: str, mode: Mode, rng: np.random.Generator) -> tuple[int, ...]:
    """The scale of the melody: modes colour rock, folk and soul more than pop; chords bend it where they differ."""
    flavours = {"major": ("mixolydian", "lydian"), "minor": ("dorian", "phrygian")}[mode]
    plain = {"major": "ionian", "minor": "aeolian"}[mode]
    modal = {"rock": 0.3, "folk": 0.25, "soul": 0.25, "blues": 0.6}.get(genre, 0.08)
    return SCALES[str(rng.choice([plain, *flavours], p=[1 - modal, 0.85 * modal, 0.15 * modal]))]
