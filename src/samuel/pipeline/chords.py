"""The chord sheet: what the listener heard, for a musician to read and correct, and what the band is told to play.

A sheet is text, a chord a line: where it starts and ends (s, or m:ss), and its name, separated by blanks or tabs, as in
the label tracks of audio editors. Lines may follow in any order and leave gaps; '#' begins a remark.

    0.00    2.31    Am
    2.31    4.62    F/C
    1:02.5  1:04    N       # no chord

A band is told chords for certain, where the listener says how likely each note is: so a sheet that repeats what was
heard, word for word, is played a little differently from none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from samuel.config import FRAME_RATE, require_range
from samuel.corpus.chord_names import chord_name, read_chord_name
from samuel.corpus.song import QUALITIES, Chord, Song
from samuel.errors import ConfigError, SamuelError
from samuel.model.condition import Condition
from samuel.model.listener import PITCH_CLASSES
from samuel.model.rhythm import BEAT

LONGEST_SHEET = 1 << 16  # bytes: ten minutes with a chord every fifth of a second
SHORTEST = 0.05  # s: a frame of the plan and a little; what is shorter, as between a beat and an edge, is no chord
_SPAN = 0.5  # s: how finely chords are told where no beat was heard
_ROUNDING = 1e-6  # s: 1.10 - 1.05 is less than 0.05
_LEAST = 0.3  # mean probability of a chord's tones, below which no chord is named
_TRIADS = ("maj", "min")
_REMARK = re.compile(r"(?:^|\s)#.*")  # not the sharp of F#
_TIME = re.compile(r"(?:(\d{1,4}):(?=[0-5]?\d(?:\D|$)))?(\d{1,6}(?:[.,]\d*)?|[.,]\d+)")  # minutes, then less than 60 s


@dataclass(frozen=True)
class ChordSpan:
    """A chord such as "Am7/G", or "N" for none, from start to stop (s). Raises SamuelError for what is no chord."""

    start: float
    stop: float
    name: str

    def __post_init__(self) -> None:
        require_range("start of a chord in s", self.start, 0, 1e6)
        require_range("end of a chord in s", self.stop, 0, 1e6)
        read_chord_name(self.name)
        where = f"chord {self.name} from {self.start:g} to {self.stop:g} s"
        if self.stop < self.start:
            raise ConfigError(f"{where} ends before it has begun: write its start first, then its end.")
        if not _counts(self.start, self.stop):
            raise ConfigError(f"{where} is shorter than {SHORTEST} s: end it later.")

    @property
    def chord(self) -> Chord | None:
        """What sounds; None for no chord."""
        read = read_chord_name(self.name)
        return None if read is None else Chord(self.start, self.stop, *read)


Sheet = tuple[ChordSpan, ...]


def read_sheet(path: Path) -> Sheet:
    """The chords of a text file, in order. Raises SamuelError, naming file and line, for what cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_SHEET + 1)
    except OSError as error:
        why = error.strerror or error
        raise ConfigError(f"chord sheet {path} cannot be read ({why}): name a text file.") from error
    if len(content) > LONGEST_SHEET:
        raise ConfigError(_too_long(f"chord sheet {path}"))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"chord sheet {path} is no UTF-8 text: save it as UTF-8, lines such as '0 2.5 Am'."
        ) from error
    return sheet_from_text(text, f"chord sheet {path}")


def sheet_from_text(text: str, source: str = "the chord sheet") -> Sheet:
    """As read_sheet, of what is in the file; one that holds nothing but remarks tells nothing."""
    text = text.removeprefix("\ufeff")  # some editors begin a file with this mark
    if len(text.encode(errors="replace")) > LONGEST_SHEET:
        raise ConfigError(_too_long(source))
    if not text.strip():
        raise ConfigError(f"{source} is empty: write lines such as '0 2.5 Am'.")
    lines = [(number, _REMARK.sub("", line).split()) for number, line in enumerate(text.splitlines(), start=1)]
    spans = [_span(words, f"line {number} of {source}") for number, words in lines if words]
    try:
        return in_order(spans)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error


def _too_long(source: str) -> str:
    return f"{source} is longer than {LONGEST_SHEET >> 10} KiB, more than ten minutes need: give the chords alone."


def tells_within(sheet: Sheet, start: float, stop: float) -> bool:
    """Whether a chord of the sheet sounds between start and stop (s)."""
    return any(span.start < stop and span.stop > start for span in sheet)


def sheet_to_text(sheet: Iterable[ChordSpan]) -> str:
    """The sheet as a file holds it, times to the thousandth."""
    lines = [f"{span.start:.3f}\t{span.stop:.3f}\t{span.name}\n" for span in sheet]
    return "".join(lines) or "# no chord was heard\n"


def in_order(spans: Iterable[ChordSpan]) -> Sheet:
    """The spans by their start, to the thousandth. Raises ConfigError where two overlap."""
    spans = tuple(spans)
    if not all(isinstance(span, ChordSpan) for span in spans):
        raise ConfigError("chords are given as ChordSpan(start, stop, name): of text sheet_from_text makes them.")
    sheet = tuple(ChordSpan(round(span.start, 3), round(span.stop, 3), span.name) for span in spans)
    sheet = tuple(sorted(sheet, key=lambda span: span.start))
    for before, after in pairwise(sheet):
        if after.start < before.stop - 1e-3 - _ROUNDING:  # a thousandth more or less is rounding
            raise ConfigError(
                f"chords {before.name} ({before.start:g}-{before.stop:g} s) and {after.name}"
                f" ({after.start:g}-{after.stop:g} s) overlap: end the first where the second starts."
            )
    return sheet


def require_within(sheet: Sheet, seconds: float) -> None:
    """Raise ConfigError for a chord that starts where the song of so many seconds has ended."""
    for span in sheet:
        if span.start >= seconds:
            raise ConfigError(
                f"chord {span.name} starts at {span.start:g} s, and the song ends at {seconds:.1f} s: leave it out."
            )


def before_end(sheet: Sheet, seconds: float) -> Sheet:
    """The chords that start before a song of so many seconds ends."""
    return tuple(span for span in sheet if span.start < seconds)


def spliced(sheet: Sheet, section: Sheet, start: float, stop: float) -> Sheet:
    """The sheet, and from start to stop (s) the section's; what is cut to less than SHORTEST is left out."""
    start, stop = round(start, 3), round(stop, 3)
    parts = ((sheet, 0.0, start), (section, start, stop), (sheet, stop, float("inf")))
    pieces = [
        (max(span.start, low), min(span.stop, high), span.name)
        for chords, low, high in parts
        for span in chords
        if _counts(max(span.start, low), min(span.stop, high))
    ]
    joined: list[tuple[float, float, str]] = []
    for begin, end, name in pieces:
        if joined and joined[-1][1:] == (begin, name):
            begin = joined.pop()[0]
        joined.append((begin, end, name))
    return tuple(ChordSpan(*piece) for piece in joined)


def sheet_of_song(song: Song, semitones: int = 0) -> Sheet:
    """The chords of a song of the corpus, moved up by so many semitones; a cut may have left too little of one."""
    found = [
        (
            round(each.start, 3),
            round(each.end, 3),
            chord_name((each.root + semitones) % 12, each.quality, (each.bass + semitones) % 12),
        )
        for each in song.chords
    ]
    return tuple(ChordSpan(start, stop, name) for start, stop, name in found if _counts(start, stop))


def changes_of(sheet: Sheet) -> tuple[float, ...]:
    """Where (s) one told chord follows another at once: nothing is told of gaps, nor of where the first begins."""
    return tuple(
        after.start
        for before, after in pairwise(sheet)
        if after.start - before.stop < SHORTEST and after.name != before.name
    )


def with_chords(condition: Condition, sheet: Sheet) -> Condition:
    """A song's condition, b = 1, with these chords for certain; beats, and chords in its gaps, stay as they are.

    Raises ConfigError for that of a model without a plan.
    """
    if not sheet:
        return condition
    if condition.plan.shape[1] < 2 * PITCH_CLASSES:
        raise ConfigError("chords cannot be told to this model, which was trained without a plan: leave them out.")
    plan = condition.plan.clone()
    for span in sheet:
        frames = slice(round(span.start * FRAME_RATE), round(span.stop * FRAME_RATE))
        plan[0, : 2 * PITCH_CLASSES, frames] = 0
        if (chord := span.chord) is not None:
            plan[0, list(chord.pitch_classes), frames] = 1
            plan[0, PITCH_CLASSES + chord.bass, frames] = 1
    return replace(condition, plan=plan)


def sheet_of(heard: Float[Tensor, "1 p t"], beats: Sequence[float], seconds: float, told: Sheet = ()) -> Sheet:
    """The chords of a song of so many seconds: those told, and in the gaps a triad for each beat of the heard plan.

    Equal neighbours are one. Empty for a model without a plan.
    """
    if heard.shape[1] <= BEAT:
        return ()
    tones = heard[0, :PITCH_CLASSES].numpy()
    spans = [(*edges, _named(tones, *edges, told)) for edges in pairwise(_edges(beats, seconds, told))]
    spans = [(start, stop, name if _counts(start, stop) else "") for start, stop, name in spans]
    runs = [(name, list(run)) for name, run in groupby(spans, key=lambda span: span[2])]
    return tuple(ChordSpan(run[0][0], run[-1][1], name) for name, run in runs if name)


def name_triad(tones: NDArray[np.float32]) -> str:
    """The major or minor triad whose tones are likeliest among 12 pitch class probabilities; "" if none is likely."""
    scores = {
        (root, quality): float(tones[[(root + step) % PITCH_CLASSES for step in QUALITIES[quality]]].mean())
        for root in range(PITCH_CLASSES)
        for quality in _TRIADS
    }
    (root, quality), best = max(scores.items(), key=lambda item: item[1])
    return chord_name(root, quality) if best >= _LEAST else ""


def _edges(beats: Sequence[float], seconds: float, told: Sheet) -> list[float]:
    """Where a chord may change, to the thousandth: at the sheet's edges, and at beats not next to one of those."""
    told_edges = (edge for span in told for edge in (span.start, span.stop) if edge < seconds)
    fixed = sorted({0.0, round(seconds, 3), *told_edges})
    grid = beats or np.arange(0, seconds, _SPAN).tolist()

    def near(beat: float) -> bool:
        place = bisect_right(fixed, beat)
        return any(abs(beat - edge) < SHORTEST for edge in fixed[max(0, place - 1) : place + 1])

    return sorted([*fixed, *(round(beat, 3) for beat in grid if beat < seconds and not near(beat))])


def _named(tones: NDArray[np.float32], start: float, stop: float, told: Sheet) -> str:
    middle = (start + stop) / 2
    place = bisect_right(told, middle, key=lambda span: span.start)
    if place and middle < told[place - 1].stop:
        return told[place - 1].name
    first = min(int(start * FRAME_RATE), tones.shape[1] - 1)
    return name_triad(tones[:, first : max(first + 1, round(stop * FRAME_RATE))].mean(axis=1))


def _counts(start: float, stop: float) -> bool:
    """Whether what sounds from start to stop is long enough to be a chord of its own."""
    return stop - start >= SHORTEST - _ROUNDING


def _span(words: list[str], where: str) -> ChordSpan:
    if len(words) != 3:
        line = " ".join(words)
        raise ConfigError(f"{where} is {line[:60]!r}: write start, end and chord, such as '0 2.5 Am' or '1:02 1:04 F'.")
    for word in words[:2]:
        if read_time(word) is None:
            raise ConfigError(f"{where}: time {word[:20]!r} cannot be read: write seconds, 62.5, or minutes, 1:02.5.")
    try:
        return ChordSpan(read_time(words[0]) or 0.0, read_time(words[1]) or 0.0, words[2])
    except SamuelError as error:
        raise ConfigError(f"{where}: {error}") from error


def read_time(text: str) -> float | None:
    """ "62.5" or "1:02,5" -> 62.5 s; None for what is no time."""
    if not _TIME.fullmatch(text):
        return None
    minutes, _, seconds = text.rpartition(":")
    return 60 * int(minutes or 0) + float(seconds.replace(",", "."))
