"""A song of four chords, and its sound: sines for the chords, clicks for the beats."""

from __future__ import annotations

import numpy as np

from samuel.corpus.song import Chord, Section, Song, SungNote

RATE = 22_050
PROGRESSION = ((0, "maj"), (9, "min"), (5, "maj"), (7, "maj"))
BEAT = 0.4  # s


def make_song(tonic: int = 0, beats: int = 16, name: str = "song") -> Song:
    """I vi IV V in a major key, a chord every four beats, its root sung."""
    duration = beats * BEAT
    times = tuple(BEAT * i for i in range(beats))
    chords = []
    for i in range(beats // 4):
        root, quality = PROGRESSION[i % 4]
        chords.append(Chord(4 * i * BEAT, 4 * (i + 1) * BEAT, (root + tonic) % 12, quality, (root + tonic) % 12))
    melody = tuple(SungNote(c.start, c.end - 0.1, 60 + c.root, "na") for c in chords)
    return Song(
        name, "test", "CC0", tonic, "major", 4, 60 / BEAT, 0.5, times, times[::4], tuple(chords), melody,
        (Section(0.0, duration, "verse", 0.5),), duration,
    )  # fmt: skip


def play(song: Song, rate: int = RATE) -> np.ndarray:
    """(n,): every chord as sines in two octaves, and a click on every beat."""
    time = np.arange(round(song.duration * rate)) / rate
    audio = np.zeros_like(time)
    for chord in song.chords:
        sounding = (time >= chord.start) & (time < chord.end)
        for pitch_class in chord.pitch_classes:
            for octave in (48, 60):
                audio[sounding] += 0.05 * np.sin(
                    2 * np.pi * 440 * 2 ** ((octave + pitch_class - 69) / 12) * time[sounding]
                )
    for beat in song.beats:
        start = round(beat * rate)
        click = np.random.default_rng(0).standard_normal(400) * np.exp(-np.arange(400) / 80)
        audio[start : start + 400] += 0.3 * click[: len(audio) - start]
    return audio.astype(np.float32)


def hum(song: Song, semitones: int = 0, rate: int = 44_100) -> np.ndarray:
    """(n,): the melody in sines, some semitones higher."""
    time = np.arange(round(song.duration * rate)) / rate
    vocal = np.zeros_like(time)
    for note in song.melody:
        inside = (time >= note.start) & (time < note.end)
        vocal[inside] = 0.2 * np.sin(2 * np.pi * 440 * 2 ** ((note.pitch + semitones - 69) / 12) * time[inside])
    return vocal
