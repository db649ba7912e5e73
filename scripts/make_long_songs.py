#!/usr/bin/env python3
"""Make long vocals by the corpus' singers, and a real band for each, to judge seams by.

    python scripts/make_long_songs.py OUT --songs 6 --seconds 180

writes OUT/vocals/NAME.flac, to be accompanied, and OUT/bands/NAME.flac, what `samuel evaluate seams` finds in a band
that has no seams. A song is several composed songs of one mode, moved to one key and one steady tempo and joined on
the bar; singer, style and soundfont stay the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import numpy as np

from samuel.audio import Waveform, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus.arranger import arrange
from samuel.corpus.band import find_soundfonts, render
from samuel.corpus.build import suitable_styles
from samuel.corpus.capture import capture_by
from samuel.corpus.composer import compose
from samuel.corpus.excerpt import cut_song
from samuel.corpus.mixing import mix_stems
from samuel.corpus.singer import sing
from samuel.corpus.song import Song
from samuel.corpus.voices import VOICES, shift_to_voice

TEMPI = (72.0, 140.0)  # beats per minute
NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def main() -> None:
    """Make the songs, and say what they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--songs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for part in ("vocals", "bands"):
        (arguments.out / part).mkdir(parents=True, exist_ok=True)
    for number in range(arguments.songs):
        rng = np.random.default_rng([arguments.seed, number])
        song = compose_long(arguments.seconds, rng)
        name = f"song-{number}-{NAMES[song.tonic]}-{song.mode}-{song.tempo:.0f}"
        vocal, band, style = perform(song, rng)
        write_audio(arguments.out / "vocals" / f"{name}.flac", Waveform(np.atleast_2d(vocal), SAMPLE_RATE))
        write_audio(arguments.out / "bands" / f"{name}.flac", Waveform(band.astype(np.float32), SAMPLE_RATE))
        print(f"{name}: {song.duration:.1f} s, {style}", flush=True)


def compose_long(seconds: float, rng: np.random.Generator) -> Song:
    """Composed songs in four time, the first one's mode, one key and tempo, end to end until there are enough."""
    tempo, tonic = float(rng.uniform(*TEMPI)), int(rng.integers(12))
    songs = in_four(rng)
    first = next(songs)
    whole = moved(first, tonic, tempo)
    while whole.duration < seconds:
        following = next(song for song in songs if song.mode == first.mode)
        whole = joined(whole, moved(following, tonic, tempo))
    return cut_song(whole, 0.0, seconds)


def in_four(rng: np.random.Generator) -> Iterator[Song]:
    """Composed songs of four beats a bar."""
    seeds = (int(rng.integers(2**31)) for _ in count())
    return (song for song in map(compose, seeds) if song.beats_per_bar == 4)


def moved(song: Song, tonic: int, tempo: float) -> Song:
    """The song on another tonic, at a steady tempo, ended at its last bar line."""
    shift = (tonic - song.tonic + 6) % 12 - 6
    grid = np.array([*song.beats, song.duration])

    def at(time: float) -> float:
        return float(np.interp(time, grid, np.arange(len(grid)))) * 60 / tempo

    steady = replace(
        song,
        tonic=tonic,
        tempo=tempo,
        beats=tuple(map(at, song.beats)),
        downbeats=tuple(map(at, song.downbeats)),
        chords=tuple(
            replace(
                chord,
                start=at(chord.start),
                end=at(chord.end),
                root=(chord.root + shift) % 12,
                bass=(chord.bass + shift) % 12,
            )
            for chord in song.chords
        ),
        melody=tuple(
            replace(note, start=at(note.start), end=at(note.end), pitch=note.pitch + shift) for note in song.melody
        ),
        sections=tuple(replace(each, start=at(each.start), end=at(each.end)) for each in song.sections),
        duration=at(song.duration),
    )
    bar = 4 * 60 / tempo
    return cut_song(steady, 0.0, bar * int(steady.duration / bar + 1e-6))


def joined(first: Song, second: Song) -> Song:
    """One song after the other."""
    offset = first.duration

    def later(times: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(time + offset for time in times)

    parts = {
        name: (
            *getattr(first, name),
            *(replace(each, start=each.start + offset, end=each.end + offset) for each in getattr(second, name)),
        )
        for name in ("chords", "melody", "sections")
    }
    return replace(
        first,
        beats=first.beats + later(second.beats),
        downbeats=first.downbeats + later(second.downbeats),
        duration=offset + second.duration,
        **parts,
    )


def perform(song: Song, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, str]:
    """Vocal (n,), band (2, n) and the band's style."""
    assert all(a < b for a, b in pairwise(song.beats))
    style = str(rng.choice(suitable_styles(song)))
    voice = VOICES[str(rng.choice(sorted(VOICES)))]
    soundfont = find_soundfonts()[str(rng.choice(sorted(find_soundfonts())))]
    band = mix_stems(render(arrange(song, style, rng), soundfont, song.duration, rng), rng)
    vocal = capture_by("studio", sing(shift_to_voice(song.melody, voice), voice, song.duration, rng), rng)
    return vocal.astype(np.float32), band, style


if __name__ == "__main__":
    main()
