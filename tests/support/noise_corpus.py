"""A corpus of noise that has been prepared: short pairs of the small song, so that encoding them takes moments."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from chord_song import make_song

from samuel.audio import Waveform, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus.prepare import prepare_corpus


def make_noise_corpus(folder: Path, pairs: int, seconds: float = 1.0) -> tuple[Path, Path]:
    """folder/corpus with `pairs` pairs, the last for validation, and folder/data; returns both."""
    corpus, data = folder / "corpus", folder / "data"
    rng = np.random.default_rng(0)
    for number in range(pairs):
        write_noise_pair(corpus, number, "valid" if number == pairs - 1 else "train", seconds, rng)
    prepare_corpus(corpus, data)
    return corpus, data


def write_noise_pair(corpus: Path, number: int, split: str, seconds: float, rng: np.random.Generator) -> None:
    """One pair as samuel corpus build writes it."""
    pair = corpus / "pairs" / f"pair-{number:06d}"
    pair.mkdir(parents=True)
    for name, channels in (("vocal", 1), ("accompaniment", 2)):
        samples = 0.1 * rng.standard_normal((channels, round(seconds * SAMPLE_RATE)))
        write_audio(pair / f"{name}.flac", Waveform(samples.astype(np.float32), SAMPLE_RATE))
    (pair / "truth.json").write_text(json.dumps({**asdict(make_song(number)), "split": split}))
