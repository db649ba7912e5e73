"""Cutting a stretch out of a song and its arrangement, times starting at zero again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from samuel.config import CLIP_FRAMES, HOP, SAMPLE_RATE
from samuel.corpus.song import Arrangement, Song

CLIP_SECONDS = CLIP_FRAMES * HOP / SAMPLE_RATE  # 47.55 s
SHORTEST_NOTE = 0.05  # seconds: what a cut leaves below this is dropped


def hours_of(clips: int) -> float:
    """Hours of so many excerpts of 47.55 s."""
    return clips * CLIP_SECONDS / 3600


def draw_start(song: Song, rng: np.random.Generator, min_sung: float = 0.5, tries: int = 16) -> float:
    """A start (s) such that the next 47.55 s are at least min_sung sung; of `tries` draws the best if none is."""
    latest = max(0.0, song.duration - CLIP_SECONDS)
    starts = rng.uniform(0, latest, tries) if latest > 0 else np.zeros(1)
    fractions = np.array([sung_fraction(song, start, start + CLIP_SECONDS) for start in starts])
    enough = np.flatnonzero(fractions >= min_sung)
    return float(starts[enough[0] if len(enough) else fractions.argmax()])


def sung_fraction(song: Song, start: float, end: float) -> float:
    """Share of start..end (s) in which the melody sounds."""
    end = min(end, song.duration)
    sung = sum(max(0.0, min(note.end, end) - max(note.start, start)) for note in song.melody)
    return sung / max(end - start, 1e-9)


def cut_song(song: Song, start: float, duration: float) -> Song:
    """The song from start (s) for at most `duration` s; notes that begin before the cut are not sung."""
    duration = min(duration, song.duration - start)
    end = start + duration

    def inside(times: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(time - start for time in times if start <= time < end)

    return replace(
        song,
        beats=inside(song.beats),
        downbeats=inside(song.downbeats),
        chords=tuple(
            replace(chord, start=max(chord.start - start, 0.0), end=min(chord.end - start, duration))
            for chord in song.chords
            if chord.end > start and chord.start < end
        ),
        melody=tuple(
            replace(note, start=note.start - start, end=min(note.end - start, duration))
            for note in song.melody
            if note.start >= start and min(note.end, end) - note.start > SHORTEST_NOTE
        ),
        sections=tuple(
            replace(section, start=max(section.start - start, 0.0), end=min(section.end - start, duration))
            for section in song.sections
            if section.end > start and section.start < end
        ),
        duration=duration,
    )


def cut_arrangement(arrangement: Arrangement, start: float, duration: float) -> Arrangement:
    """The arrangement from start (s) for `duration` s; notes that sound at the cut are struck again."""
    end = start + duration
    parts = (
        replace(
            part,
            notes=tuple(
                replace(note, start=max(note.start - start, 0.0), end=min(note.end - start, duration))
                for note in part.notes
                if note.end - start > SHORTEST_NOTE and note.start < end and not (part.is_drum and note.start < start)
            ),
        )
        for part in arrangement.parts
    )
    return replace(arrangement, parts=tuple(part for part in parts if part.notes))
