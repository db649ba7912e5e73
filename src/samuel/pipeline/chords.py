"""The chord sheet: what the listener heard, for a musician to read and correct, and what the band is told to play.

A sheet is text, a chord a line: where it starts and ends (s, or m:ss), and its name, separated by blanks or tabs, as in
the label tracks of audio editors. Lines may follow in any order and leave gaps; '#' begins a remark.

    0.00    2.31    Am
    2.31    4.62    F/C
    1:02.5  1:04    N       # no chord
"""

from __future__ import annotations

import re
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
from samuel.model.listener import PITCH_CLASSES
from samuel.model.rhythm import BEAT

LONGEST_SHEET = 1 << 20  # bytes: ten minutes with a chord every half beat are a twentieth of it
_LEAST = 0.3  # mean probability of a chord's tones, below which no chord is named
_SPAN = 0.5  # s: how finely chords are told where no beat was heard
_TRIADS = ("maj", "min")
_REMARK = re.compile(r"(?:^|\s)#.*")  # not the sharp of F#


@dataclass(frozen=True)
class ChordSpan:
    """A chord such as "Am7/G", or "N" for none, from start to stop (s). Raises SamuelError for what is no chord."""

    start: float
    stop: float
    name: str

    def __post_init__(self) -> None:
        require_range("start of a chord", self.start, 0, 1e6)
        if not self.start < self.stop <= 1e6:
            raise ConfigError(f"chord {self.name} from {self.start:g} to {self.stop:g} s has no length: end it later.")
        read_chord_name(self.name)

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
        raise ConfigError(
            f"chord sheet {path} cannot be read ({error.strerror or error}): name a text file."
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"chord sheet {path} is no text: write lines such as '0 2.5 Am'.") from error
    return sheet_from_text(text, str(path))


def sheet_from_text(text: str, source: str = "the chord sheet") -> Sheet:
    """As read_sheet, of what is in the file."""
    if len(text) > LONGEST_SHEET:
        raise ConfigError(f"{source} is longer than {LONGEST_SHEET >> 20} MiB: it is no chord sheet.")
    lines = [(number, _REMARK.sub("", line).split()) for number, line in enumerate(text.splitlines(), start=1)]
    sheet = [_span(words, f"line {number} of {source}") for number, words in lines if words]
    if not sheet:
        raise ConfigError(f"{source} holds no chord: write lines such as '0 2.5 Am'.")
    return in_order(sheet)


def sheet_to_text(sheet: Iterable[ChordSpan]) -> str:
    """The sheet as a file holds it, times to the thousandth."""
    return "".join(f"{span.start:.3f}\t{span.stop:.3f}\t{span.name}\n" for span in sheet)


def in_order(spans: Iterable[ChordSpan]) -> Sheet:
    """The spans by their start. Raises ConfigError where two overlap by more than rounding does."""
    sheet = tuple(sorted(spans, key=lambda span: span.start))
    for before, after in pairwise(sheet):
        if after.start < before.stop - 1e-3:
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


def sheet_of_song(song: Song, semitones: int = 0) -> Sheet:
    """The chords of a song of the corpus, moved up by so many semitones."""
    return tuple(
        ChordSpan(
            each.start, each.end, chord_name((each.root + semitones) % 12, each.quality, (each.bass + semitones) % 12)
        )
        for each in song.chords
    )


def written_into(plan: Float[Tensor, "1 p t"], sheet: Sheet) -> Float[Tensor, "1 p t"]:
    """The plan with these chords for certain; beats, and chords where the sheet has gaps, stay as they were heard.

    Raises ConfigError for the plan of a model that has none.
    """
    if not sheet:
        return plan
    if plan.shape[1] < 2 * PITCH_CLASSES:
        raise ConfigError("chords cannot be told to this model, which was trained without a plan: leave them out.")
    told = plan.clone()
    for span in sheet:
        frames = slice(round(span.start * FRAME_RATE), round(span.stop * FRAME_RATE))
        told[0, : 2 * PITCH_CLASSES, frames] = 0
        if (chord := span.chord) is not None:
            told[0, list(chord.pitch_classes), frames] = 1
            told[0, PITCH_CLASSES + chord.bass, frames] = 1
    return told


def sheet_of(plan: Float[Tensor, "1 p t"], beats: Sequence[float], seconds: float, told: Sheet = ()) -> Sheet:
    """The chords of a plan for so many seconds: those that it was told, and between them a triad for each beat.

    Equal neighbours are one. Empty for a model without a plan.
    """
    if plan.shape[1] <= BEAT:
        return ()
    tones = plan[0, :PITCH_CLASSES].numpy()
    grid = [0.0, *beats] if beats else np.arange(0, seconds, _SPAN).tolist()
    inner = (*grid, *(edge for span in told for edge in (span.start, span.stop)))
    edges = [*sorted({edge for edge in inner if edge < seconds}), seconds]
    spans = [(start, stop, _named(tones, start, stop, told)) for start, stop in pairwise(edges)]
    runs = [(name, list(run)) for name, run in groupby(spans, key=lambda span: span[2])]
    return tuple(ChordSpan(round(run[0][0], 3), round(run[-1][1], 3), name) for name, run in runs if name)


def changed_between(start: float, stop: float, sheet: Sheet, by: Sheet) -> Sheet:
    """The sheet, and from start to stop (s) the other one."""
    parts = ((sheet, 0.0, start), (by, start, stop), (sheet, stop, float("inf")))
    spans = [
        replace(span, start=max(span.start, low), stop=min(span.stop, high))
        for chords, low, high in parts
        for span in chords
        if max(span.start, low) < min(span.stop, high)
    ]
    joined: list[ChordSpan] = []
    for span in spans:
        if joined and joined[-1].name == span.name and joined[-1].stop == span.start:
            span = replace(joined.pop(), stop=span.stop)
        joined.append(span)
    return tuple(joined)


def name_triad(tones: NDArray[np.float32]) -> str:
    """The major or minor triad whose tones are likeliest among 12 pitch class probabilities; "" if none is likely."""
    scores = {
        (root, quality): float(tones[[(root + step) % PITCH_CLASSES for step in QUALITIES[quality]]].mean())
        for root in range(PITCH_CLASSES)
        for quality in _TRIADS
    }
    (root, quality), best = max(scores.items(), key=lambda item: item[1])
    return chord_name(root, quality) if best >= _LEAST else ""


def _named(tones: NDArray[np.float32], start: float, stop: float, told: Sheet) -> str:
    middle = (start + stop) / 2
    for span in told:
        if span.start <= middle < span.stop:
            return span.name
    first = min(int(start * FRAME_RATE), tones.shape[1] - 1)
    return name_triad(tones[:, first : max(first + 1, round(stop * FRAME_RATE))].mean(axis=1))


def _span(words: list[str], where: str) -> ChordSpan:
    try:
        start, stop, name = words
        return ChordSpan(_seconds(start), _seconds(stop), name)
    except ValueError as error:
        raise ConfigError(f"{where} is {' '.join(words)!r}: write start, end and chord, such as '0 2.5 Am'.") from error
    except SamuelError as error:
        raise ConfigError(f"{where}: {error}") from error


def _seconds(text: str) -> float:
    """ "62.5" or "1:02.5" -> 62.5."""
    minutes, _, seconds = text.rpartition(":")
    return 60 * int(minutes or 0) + float(seconds)
