"""Rhythms of phrases: cells of one bar that repeat and vary, a long last note, and a breath. All times are beats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# weights of a bar's beats as places to sing on; after Palmer & Krumhansl (1990), who measured such hierarchies
BEAT_WEIGHTS: dict[int, tuple[float, ...]] = {2: (1.0, 0.85), 3: (1.0, 0.65, 0.7), 4: (1.0, 0.7, 0.85, 0.7)}
STRONG = 0.8  # from this weight on a beat is strong
# one sign per bar: a letter is a motif, "." closes on a long note and a breath, "-" rests
PHRASE_PLANS = {
    2: ("A.", "A.", ".."),
    4: ("AAB.", "ABA.", "AA.-", "AB.-", "A.A.", "A.B.", "A.A.", "AA..", "ABB."),
    8: ("AB.-AB.-", "A.A.AB.-", "A.B.A.C.", "AAB.AAC.", "ABA.A.B."),
}
CANDIDATES = 3
CLOSING_LENGTHS = (1.0, 1.0, 1.5, 2.0, 3.0)  # beats


@dataclass(frozen=True)
class Metre:
    """A bar of beats, each cut into subdivision slots (2 eighths, 3 in 6/8, 4 sixteenths) on which notes may start."""

    beats_per_bar: int
    subdivision: int

    def weight(self, beat: float, syncopation: float = 0.4) -> float:
        """How strongly a place asks for a note (0 to 1); syncopation is the weight of an offbeat eighth."""
        place = beat % self.beats_per_bar
        fraction = place % 1
        if fraction == 0:
            return BEAT_WEIGHTS[self.beats_per_bar][int(place)]
        if self.subdivision == 4 and fraction != 0.5:
            return 0.3 * syncopation
        return syncopation

    def slots(self) -> np.ndarray:
        """Places of one bar on which notes may start (beats), (slots,)."""
        return np.arange(self.beats_per_bar * self.subdivision) / self.subdivision


@dataclass(frozen=True)
class Manner:
    """How a song's lines move; set once for a song, and shaded by its parts."""

    density: float  # notes per beat
    syncopation: float  # weight of offbeats against beats
    rest: float  # probability that a long note is let go before the next
    sung: float  # share of a phrase that sounds
    pickup: float  # probability that a phrase starts before its bar
    restlessness: float  # standard deviation of a figure's steps, semitones
    centre: float  # MIDI note number
    push: float = 0.0  # probability that a place of the bar is anticipated throughout a phrase
    independence: float = 0.0  # 0: every strong tone is the chord's; 1: the chords may be what they like
    pentatonic: float = 0.0  # cost of the two degrees that a pentatonic scale lacks
    recitation: float = 0.0  # reward of a repeated pitch


@dataclass(frozen=True)
class Gesture:
    """A note before it has a pitch: start and end (beats) and the pitch it aims at."""

    start: float
    end: float
    aim: float
    cadence: bool = False  # the last note of a phrase


@dataclass(frozen=True)
class Cell:
    """A motif of one bar: onsets (beats) and the figure they draw (semitones about the phrase's line)."""

    onsets: tuple[float, ...]
    figure: tuple[float, ...]


def draw_cell(metre: Metre, manner: Manner, rng: np.random.Generator) -> Cell:
    """A motif with at least two notes."""
    slots = metre.slots()
    weights = np.array([metre.weight(float(slot), manner.syncopation) for slot in slots])
    chance = np.clip(weights * manner.density * metre.beats_per_bar / weights.sum(), 0, 0.95)
    chosen = rng.random(len(slots)) < chance
    if chosen.sum() < 2:
        chosen[[0, metre.subdivision * (metre.beats_per_bar // 2)]] = True
    onsets = slots[chosen]
    steps = rng.normal(0, manner.restlessness, len(onsets))
    figure = np.cumsum(steps)
    return Cell(tuple(onsets.tolist()), tuple((figure - figure.mean()).tolist()))


def _closing(metre: Metre, cell: Cell, rng: np.random.Generator) -> Cell:
    """A cell's beginning up to a long note on a beat of the bar's first half, or later where a bar is slow."""
    places = [0, 0, 1, metre.beats_per_bar // 2]
    if metre.subdivision == 4:
        places = [0, 1, metre.beats_per_bar // 2, metre.beats_per_bar // 2, metre.beats_per_bar - 1]
    last = float(rng.choice(places))
    kept = [(onset, height) for onset, height in zip(cell.onsets, cell.figure, strict=True) if onset < last]
    return Cell((*(o for o, _ in kept), last), (*(h for _, h in kept), float(rng.normal(0, 1))))


def _fill_bars(metre: Metre, manner: Manner, plan: str, rng: np.random.Generator) -> list[Gesture]:
    """The cells of a plan one after the other; aims are figures about zero, and the last notes of "." are cadences."""
    cells = {letter: draw_cell(metre, manner, rng) for letter in "ABC"}
    gestures: list[Gesture] = []
    for bar, sign in enumerate(plan):
        start = bar * metre.beats_per_bar
        cell = _closing(metre, cells["A"], rng) if sign == "." else cells.get(sign, Cell((), ()))
        for onset, height in zip(cell.onsets, cell.figure, strict=True):
            gestures.append(Gesture(start + onset, start + metre.beats_per_bar, height, False))
        if sign == ".":
            end = min(gestures[-1].start + float(rng.choice(CLOSING_LENGTHS)), start + metre.beats_per_bar - 0.25)
            gestures[-1] = replace(gestures[-1], end=max(end, gestures[-1].start + 0.75), cadence=True)
    return gestures


def draw_phrase(metre: Metre, manner: Manner, bars: int, rng: np.random.Generator) -> list[Gesture]:
    """A phrase of so many bars from time 0, its pick-up before 0: of a few the one that sings as much as it should."""
    candidates = [_draw_candidate(metre, manner, bars, rng) for _ in range(CANDIDATES)]
    wanted = manner.sung * bars * metre.beats_per_bar
    return min(candidates, key=lambda phrase: abs(sum(g.end - g.start for g in phrase) - wanted))


def _draw_candidate(metre: Metre, manner: Manner, bars: int, rng: np.random.Generator) -> list[Gesture]:
    """The aims follow an arch, a fall, a rise or a wave."""
    plan = PHRASE_PLANS[bars][rng.integers(len(PHRASE_PLANS[bars]))]
    gestures = _fill_bars(metre, manner, plan, rng)
    if rng.random() < 0.3:  # start after the first beat, as an answer to the band
        gestures = [gesture for gesture in gestures if gesture.start >= 1]
    if rng.random() < manner.pickup:
        count = int(rng.integers(1, metre.subdivision + 1))
        lead = [Gesture(-(k + 1) / metre.subdivision, 0.0, -1.0 - k) for k in range(count)]
        gestures = [*lead[::-1], *gestures]
    gestures = _anticipated(gestures, metre, manner, rng)
    following = [gesture.start for gesture in gestures[1:]] + [gestures[-1].end]
    line = _line(np.array([gesture.start for gesture in gestures]) / (bars * metre.beats_per_bar), rng)
    return [
        replace(g, end=_sounding_end(g, limit, manner, rng), aim=manner.centre + g.aim + float(rise))
        for g, limit, rise in zip(gestures, following, line, strict=True)
    ]


def _anticipated(gestures: list[Gesture], metre: Metre, manner: Manner, rng: np.random.Generator) -> list[Gesture]:
    """Notes on some beats of the bar sung one slot early, alike in every bar, where nothing else is sung there."""
    early = rng.random(metre.beats_per_bar) < manner.push
    ahead: list[Gesture] = []
    for gesture in gestures:
        start = gesture.start - 1 / metre.subdivision
        free = not ahead or ahead[-1].start < start - 1e-6
        if free and gesture.start % 1 == 0 and early[int(gesture.start) % metre.beats_per_bar]:
            gesture = replace(gesture, start=start)
        ahead.append(gesture)
    return ahead


def _sounding_end(gesture: Gesture, following: float, manner: Manner, rng: np.random.Generator) -> float:
    """A note lasts until the next, but before a long gap the singer often lets go early."""
    end = min(gesture.end, following) if gesture.cadence else following
    length = end - gesture.start
    if gesture.cadence or length < 1 or rng.random() > manner.rest:
        return end
    return gesture.start + (0.5 if length <= 1 else float(rng.choice([0.5, 1.0])))


def _line(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The phrase's large shape at places 0 to 1 (semitones)."""
    shapes = (np.sin(np.pi * place), 0.5 - place, place - 0.5, np.sin(2 * np.pi * place) / 2, -np.sin(np.pi * place))
    shape = shapes[rng.choice(len(shapes), p=[0.35, 0.25, 0.15, 0.15, 0.1])]
    return np.asarray(shape * rng.uniform(2, 7))
