#!/usr/bin/env python3
"""Make the bundled example vocal: a tune of our own composer, sung by a Kokoro voice (Apache-2.0)."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from samuel.config import SAMPLE_RATE
from samuel.corpus.capture import capture_by
from samuel.corpus.composer import compose
from samuel.corpus.singer import sing
from samuel.corpus.song import Song
from samuel.corpus.voices import VOICES, shift_to_voice

SEED = 70  # a plain major tune of 24 s
VOICE = "alpha"
SECONDS = (20.0, 25.0)
TARGET = Path(__file__).resolve().parent.parent / "src/samuel/data/example_vocal.flac"


def main() -> None:
    """Sing the phrases after the introduction, from a downbeat to the end of a phrase."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    song, voice, rng = compose(SEED), VOICES[VOICE], np.random.default_rng(SEED)
    start, end = choose_excerpt(song)
    vocal = sing(shift_to_voice(song.melody, voice), voice, song.duration, rng)
    excerpt = vocal[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    fade = np.minimum(np.arange(len(excerpt))[::-1] / (0.1 * SAMPLE_RATE), 1)
    soundfile.write(path, capture_by("studio", (excerpt * fade).astype(np.float32), rng), SAMPLE_RATE, subtype="PCM_16")
    print(f"{path}: {end - start:.1f} s of {song.identifier}, {path.stat().st_size / 1e6:.2f} MB")


def choose_excerpt(song: Song) -> tuple[float, float]:
    """From the downbeat before the first note to a rest within SECONDS after it: the longest rest there."""
    first = song.melody[0].start
    start = max((time for time in song.downbeats if time <= first - 0.3), default=0.0)
    notes = [note for note in song.melody if note.start < start + SECONDS[1] + 5]
    gaps = [
        (following.start - note.end, note.end)
        for note, following in pairwise(notes)
        if start + SECONDS[0] - 0.4 <= note.end <= start + SECONDS[1] - 0.4
    ]
    _, last = max(gaps, default=(0.0, start + SECONDS[1] - 0.4))
    return start, min(last + 0.4, song.duration)


if __name__ == "__main__":
    main()
