"""The time grid of a song: bars with their sections, and seconds for every position in beats, swing included."""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from samuel.corpus.song import Section, Song
from samuel.errors import ConfigError

NEAR = 0.12  # beats: two events closer than this are meant to be together


@dataclass(frozen=True)
class Bar:
    """A bar: index of its first beat, number of beats, place in its section (from 0) and energy."""

    beat: int
    beats: int
    number: int
    section: Section
    first: bool  # of its section
    last: bool  # of its section
    final: bool  # of the song


class Grid:
    """Positions in beats (0 = the first beat of the song) against seconds, bars and chords."""

    def __init__(self, song: Song) -> None:
        if len(song.beats) < 2:
            raise ConfigError(f"song {song.identifier} has {len(song.beats)} beats: at least 2 are needed.")
        self.song = song
        self.compound = song.beats_per_bar == 2  # 6/8 counted in two dotted beats
        self.swing = 0.5 if self.compound else song.swing
        self._times = _extended(song.beats, song.duration)
        self.chord_beats = [float(self.position(chord.start)) for chord in song.chords]
        self.end = float(self.position(song.duration))
        self.bars = tuple(self._lay_bars())

    def position(self, seconds: float) -> float:
        """Beats at a time in seconds."""
        return float(np.interp(seconds, self._times, np.arange(len(self._times))))

    def seconds(self, position: float) -> float:
        """Seconds at a position in beats; off-beat eighths (and what lies between) are moved by the swing."""
        beat = int(np.floor(position))
        fraction = position - beat
        if fraction <= 0.5:
            fraction *= 2 * self.swing
        else:
            fraction = self.swing + (2 * fraction - 1) * (1 - self.swing)
        beat = min(max(beat, 0), len(self._times) - 2)
        return float(self._times[beat] + fraction * (self._times[beat + 1] - self._times[beat]))

    def chord_index(self, position: float) -> int:
        """Index of the chord that sounds at a position (one that begins within NEAR counts already)."""
        return max(0, bisect_right(self.chord_beats, position + NEAR) - 1)

    def leaning(self, bias: float) -> Grid:
        """The same grid for a player who takes every section by ``bias`` more (or less) energetic than it is."""
        leaned = copy(self)
        leaned.bars = tuple(
            replace(bar, section=replace(bar.section, energy=min(max(bar.section.energy + bias, 0.0), 1.0)))
            for bar in self.bars
        )
        return leaned

    def split(self, start: float, end: float) -> list[tuple[float, float, int]]:
        """Cut [start, end) at the chord changes: (start, end, chord index) each."""
        index = self.chord_index(start)
        pieces = []
        while index + 1 < len(self.chord_beats) and self.chord_beats[index + 1] < end - NEAR:
            pieces.append((start, self.chord_beats[index + 1], index))
            index += 1
            start = self.chord_beats[index]
        return [*pieces, (start, end, index)]

    def _lay_bars(self) -> list[Bar]:
        song = self.song
        last_beat = int(np.ceil(self.end - NEAR))
        starts = sorted({0, *(round(self.position(time)) for time in song.downbeats)})
        starts = [start for start in starts if start < last_beat]
        sections = [_section_at(song, float(self._times[start])) for start in starts]
        bars: list[Bar] = []
        for index, (start, section) in enumerate(zip(starts, sections, strict=True)):
            end = starts[index + 1] if index + 1 < len(starts) else last_beat
            first = index == 0 or sections[index - 1] is not section
            last = index + 1 == len(starts) or sections[index + 1] is not section
            number = 0 if first else bars[-1].number + 1
            bars.append(Bar(start, end - start, number, section, first, last, index + 1 == len(starts)))
        return bars


def _section_at(song: Song, seconds: float) -> Section:
    for section in reversed(song.sections):
        if section.start <= seconds + 0.05:
            return section
    return song.sections[0] if song.sections else Section(0.0, song.duration, "verse", 0.6)


def _extended(beats: tuple[float, ...], duration: float) -> np.ndarray:
    """Beat times continued at the last tempo until two beats past the end; a first beat after 0 stays where it is."""
    times = list(beats)
    step = times[-1] - times[-2]
    while times[-1] < duration + 2 * step:
        times.append(times[-1] + step)
    return np.array(times)
