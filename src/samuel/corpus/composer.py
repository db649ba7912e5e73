"""Our own songs: a seed gives a key, a metre, a tempo, a form, chords and a melody that fits them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from samuel.corpus import forms
from samuel.corpus.forms import Bars, Plan, draw_plan, draw_progressions, draw_scale
from samuel.corpus.harmony import Mode
from samuel.corpus.melody import choose_pitches, draw_gestures, make_room, shifted
from samuel.corpus.progressions import GENRES
from samuel.corpus.rhythm import Gesture, Manner, Metre
from samuel.corpus.score import Score, ScoreChord, ScoreNote, ScoreSection, draw_tempo_map, lay_out
from samuel.corpus.song import Song
from samuel.corpus.syllables import draw_syllables

GENRE_WEIGHTS = (0.36, 0.18, 0.16, 0.12, 0.11, 0.07)
# beats per minute. A slow tune in sixteenths and one twice as fast in eighths sound alike: which of the two a listener
# shall hear is what these ranges say
TEMPI = {
    "pop": (54, 128), "rock": (70, 180), "soul": (54, 118), "folk": (66, 140), "jazz": (60, 180), "blues": (58, 140),
}  # fmt: skip
COMPOUND_TEMPI = (62, 92)  # dotted quarters per minute in 6/8
SWINGS = {"pop": 0.1, "rock": 0.05, "soul": 0.25, "folk": 0.1, "jazz": 0.7, "blues": 0.75}  # probability
MINOR = {"pop": 0.35, "rock": 0.4, "soul": 0.4, "folk": 0.35, "jazz": 0.3, "blues": 0.25}  # probability
LOWEST_CENTRE, HIGHEST_CENTRE = 53, 70  # F3 to B flat 4: the middles of bass to soprano voices
# how loosely a genre's freest tunes follow their chords, its largest share of anticipated beats, and the probability
# that a tune is pentatonic
INDEPENDENCE = {"pop": 1.0, "rock": 1.0, "soul": 0.9, "folk": 0.5, "jazz": 0.5, "blues": 0.9}
PUSH = {"pop": 0.7, "rock": 0.6, "soul": 0.7, "folk": 0.2, "jazz": 0.5, "blues": 0.4}
PENTATONIC = {"pop": 0.5, "rock": 0.6, "soul": 0.5, "folk": 0.4, "jazz": 0.1, "blues": 0.5}
# before rests, which take a third and more; slow songs have as many notes a second as fast ones
NOTES_PER_SECOND = {"slow": (2.8, 7.0), "fast": (1.4, 3.6)}
SLOW = 95.0  # beats per minute, below
SIXTEENTHS_BELOW = (58, 112)  # beats per minute: between them the slower songs are likelier to move in sixteenths
PHRASE_SECONDS = 6.5


@dataclass(frozen=True)
class Frame:
    """What stays the same through a song."""

    genre: str
    tonic: int
    mode: Mode
    scale: tuple[int, ...]
    metre: Metre
    tempo: float  # beats per minute
    swing: float
    manner: Manner

    @property
    def bar_seconds(self) -> float:
        """Length of a bar in seconds."""
        return self.metre.beats_per_bar * 60 / self.tempo


def _draw_metre(genre: str, rng: np.random.Generator) -> int:
    odd = {"folk": 0.35, "blues": 0.2, "rock": 0.12, "jazz": 0.15}.get(genre, 0.2)
    return int(rng.choice([4, 3, 2], p=[1 - odd, odd * 0.55, odd * 0.45]))


def _draw_frame(rng: np.random.Generator) -> Frame:
    genre = GENRES[rng.choice(len(GENRES), p=GENRE_WEIGHTS)]
    beats_per_bar = _draw_metre(genre, rng)
    low, high = COMPOUND_TEMPI if beats_per_bar == 2 else TEMPI[genre]
    tempo = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    swing = float(rng.uniform(0.56, 0.68)) if beats_per_bar > 2 and rng.random() < SWINGS[genre] else 0.5
    mode: Mode = "minor" if rng.random() < MINOR[genre] else "major"
    slow = tempo < rng.uniform(*SIXTEENTHS_BELOW) and swing == 0.5
    subdivision = 3 if beats_per_bar == 2 else 4 if slow else 2
    manner = Manner(
        density=float(rng.uniform(*NOTES_PER_SECOND["slow" if tempo < SLOW else "fast"])) * 60 / tempo,
        syncopation=float(rng.uniform(0.3, 1.1)),
        rest=float(rng.uniform(0.3, 0.9)),
        sung=float(rng.uniform(0.55, 0.88)),
        pickup=float(rng.uniform(0.1, 0.6)),
        restlessness=float(rng.uniform(1.2, 3.2)),
        centre=float(rng.uniform(LOWEST_CENTRE, HIGHEST_CENTRE)),
        push=float(rng.uniform(0, PUSH[genre])),
        independence=INDEPENDENCE[genre] * float(rng.random()) ** 0.5,
        pentatonic=float(rng.uniform(0.5, 2)) if rng.random() < PENTATONIC[genre] else 0.0,
        recitation=float(rng.uniform(0, 1.2)),
    )
    scale = draw_scale(genre, mode, rng)
    return Frame(genre, int(rng.integers(12)), mode, scale, Metre(beats_per_bar, subdivision), tempo, swing, manner)


def _phrase_bars(frame: Frame, unit: int) -> int:
    """2, 4 or 8 bars: what a singer has breath and a listener memory for, and what divides the section."""
    fitting = [bars for bars in (2, 4, 8) if unit % bars == 0]
    return min(fitting, key=lambda bars: abs(np.log(bars * frame.bar_seconds / PHRASE_SECONDS)))


def _manner_of(letter: str, manner: Manner) -> Manner:
    """A chorus lies higher and moves in longer notes than a verse; a bridge lies between."""
    lift, density = {"V": (-1.5, 1.0), "C": (2.0, 0.88), "B": (0.5, 0.94)}[letter]
    return replace(manner, centre=manner.centre + lift, density=manner.density * density)


def _write_sections(frame: Frame, plan: Plan, rng: np.random.Generator) -> dict[str, list[Gesture]]:
    unit = plan.bars[plan.letters.index("V")]
    return {
        letter: draw_gestures(frame.metre, _manner_of(letter, frame.manner), unit, _phrase_bars(frame, unit), rng)
        for letter in "VCB"
    }


def _place_sections(frame: Frame, plan: Plan) -> list[ScoreSection]:
    edges = np.cumsum([0, *plan.bars]) * frame.metre.beats_per_bar
    counts: dict[str, int] = {}
    sections = []
    for letter, start, end in zip(plan.letters, edges, edges[1:], strict=False):
        counts[letter] = counts.get(letter, 0) + 1
        energy = min(1.0, forms.ENERGY[letter] + 0.07 * (counts[letter] - 1))
        sections.append(ScoreSection(float(start), float(end), forms.NAMES[letter], energy))
    return sections


def _harmonise(
    frame: Frame, plan: Plan, sections: list[ScoreSection], progressions: dict[str, Bars], rng: np.random.Generator
) -> tuple[ScoreChord, ...]:
    chords: list[ScoreChord] = []
    last = forms.final_chord(frame.genre, frame.mode, rng)
    for letter, bars, section in zip(plan.letters, plan.bars, sections, strict=True):
        content = forms.cycle(progressions[letter], bars)
        if letter == "o":
            content = (*content[:-1], (last,))
        for chord in forms.place_chords(content, frame.metre, frame.tonic, int(section.start)):
            chords = forms.merge(chords, chord)
    return tuple(chords)


def _sing(
    frame: Frame,
    plan: Plan,
    sections: list[ScoreSection],
    gestures: dict[str, list[Gesture]],
    chords: tuple[ScoreChord, ...],
    rng: np.random.Generator,
) -> tuple[ScoreNote, ...]:
    """Melody and words: a chorus repeats both, a verse its melody, and later verses vary a little."""
    notes: list[ScoreNote] = []
    words: dict[str, tuple[str, ...]] = {}
    seeds = {letter: int(rng.integers(2**31)) for letter in "VCB"}
    for letter, section in zip(plan.letters, sections, strict=True):
        if letter not in gestures:
            continue
        placed = [g for g in shifted(gestures[letter], section.start) if g.start >= 0]
        varied = letter == "V" and letter in words and rng.random() < 0.5
        noise = np.random.default_rng(int(rng.integers(2**31)) if varied else seeds[letter])
        pitches = choose_pitches(placed, frame.metre, chords, frame.tonic, frame.scale, frame.manner, noise)
        if letter not in words or letter != "C" or len(words[letter]) != len(placed):
            words[letter] = draw_syllables(len(placed), rng)
        sung = zip(placed, pitches, words[letter], strict=True)
        phrases = [ScoreNote(g.start, g.end, pitch, mora) for g, pitch, mora in sung]
        notes = [*make_room(notes, phrases[0].start), *phrases]
    return tuple(notes)


def compose(seed: int) -> Song:
    """The song of a seed, 60 to 140 s long; the same seed always gives the same song.

    In 6/8 the beats are the dotted quarters and beats_per_bar is 2. Onsets lie on the (swung) grid of the beats.
    """
    rng = np.random.default_rng([seed, 0x50A6])
    frame = _draw_frame(rng)
    plan = draw_plan(frame.bar_seconds, 12 if frame.genre == "blues" else None, rng)
    unit = plan.bars[plan.letters.index("V")]
    progressions = draw_progressions(frame.genre, frame.mode, unit, frame.metre, frame.bar_seconds, rng)
    sections = _place_sections(frame, plan)
    chords = _harmonise(frame, plan, sections, progressions, rng)
    melody = _sing(frame, plan, sections, _write_sections(frame, plan, rng), chords, rng)
    length = sum(plan.bars) * frame.metre.beats_per_bar
    score = Score(
        identifier=f"composer-{seed:08d}",
        source="composer",
        licence="CC0-1.0",
        tonic=frame.tonic,
        mode=frame.mode,
        beats_per_bar=frame.metre.beats_per_bar,
        swing=frame.swing,
        length=length,
        chords=chords,
        melody=melody,
        sections=tuple(sections),
    )
    return lay_out(score, draw_tempo_map(length, frame.tempo, frame.swing, rng))
