"""A song small enough to know by heart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samuel.corpus.song import Chord, Section, Song, SungNote

PROGRESSION = (
    (0, "maj", 0),
    (9, "min7", 9),
    (5, "maj7", 5),
    (7, "7", 11),
    (2, "min", 2),
    (7, "sus4", 7),
    (0, "maj", 4),
    (5, "maj6", 5),
)


def build_song(bars: int = 8, beats_per_bar: int = 4, tempo: float = 120.0, swing: float = 0.5) -> Song:
    """Bars of one chord each (the third bar has two), a melody on every beat but the last of a bar, two sections."""
    beat = 60 / tempo
    bar = beats_per_bar * beat
    duration = bars * bar
    beats = tuple(beat * index for index in range(bars * beats_per_bar))
    half = (beats_per_bar // 2) * beat
    chords: list[Chord] = []
    for index in range(bars):
        root, quality, bass = PROGRESSION[index % len(PROGRESSION)]
        start, end = index * bar, (index + 1) * bar
        if index == 2:
            chords.append(Chord(start, start + half, 4, "min", 4))
            start += half
        chords.append(Chord(start, end, root, quality, bass))
    melody = tuple(
        SungNote(time, time + 0.9 * beat, 60 + (0, 4, 7, 9)[index % 4], "la")
        for index, time in enumerate(beats)
        if index % (2 * beats_per_bar) < beats_per_bar
    )
    sections = (Section(0.0, duration / 2, "verse", 0.3), Section(duration / 2, duration, "chorus", 0.9))
    downbeats = beats[::beats_per_bar]
    return Song(
        "small",
        "test",
        "CC0",
        0,
        "major",
        beats_per_bar,
        tempo,
        swing,
        beats,
        downbeats,
        tuple(chords),
        melody,
        sections,
        duration,
    )


@pytest.fixture
def small_song() -> Song:
    """Eight bars in 4/4 at 120 beats per minute."""
    return build_song()


@pytest.fixture(params=[2, 3, 4])
def song_in_metre(request: pytest.FixtureRequest) -> Song:
    """The song in 6/8 (two dotted beats), 3/4 and 4/4."""
    return replace(build_song(beats_per_bar=request.param), identifier=f"small-{request.param}")
