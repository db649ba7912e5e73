"""Does the band belong to this voice? Sets of mixtures of voice and band, compared as distributions of embeddings.

Conventions: an embedding is (windows, d) of mixtures in which voice and band are equally loud. `candidate` are the
mixtures with the outputs, `reference` those with the real bands, `anti_reference` those with the real bands of other
songs. Adherence is 1 where the outputs fit as the real bands do, 0 where they fit as the bands of other songs, .5
where neither can be told.

Source: Grachten & Nistal, "Accompaniment Prompt Adherence: A Measure for Evaluating Music Accompaniment Systems", 2025,
with Fréchet distances as in their package audio-metrics 1.0. Theirs rests on CLAP (samuel.evaluation.clap): it needs an
embedding that hears harmony and rhythm, so none is computed from the fixed one of timbre that ships with SAMUeL.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from samuel.audio import Waveform, match_loudness
from samuel.config import SAMPLE_RATE
from samuel.errors import ConfigError
from samuel.evaluation.frechet import Gaussian, fit, frechet_distance
from samuel.evaluation.statistics import Interval, jackknife

LOUDNESS = -20.0  # LUFS of each of the two: their sum leaves the embedding room
SMALLEST = 1e-9  # distances below it are rounding

Embedder = Callable[[np.ndarray, int], np.ndarray]  # audio (channels, n) and its rate -> (windows, d)


@dataclass(frozen=True, eq=False)
class Mixtures:
    """The embeddings of one clip's mixtures: voice with output, with the real band, and with another song's."""

    candidate: np.ndarray
    reference: np.ndarray
    anti_reference: np.ndarray


def mixture(vocal: Waveform, band: Waveform) -> Waveform:
    """Both together, equally loud, stereo at 44.1 kHz; as long as the shorter."""
    voice, played = (match_loudness(one.to_stereo().resample(SAMPLE_RATE), LOUDNESS) for one in (vocal, band))
    length = min(voice.length, played.length)
    return Waveform(voice.samples[:, :length] + played.samples[:, :length], SAMPLE_RATE)


def mixtures(vocal: Waveform, output: Waveform, real: Waveform, other: Waveform, embed: Embedder) -> Mixtures:
    """The embeddings of a clip."""
    candidate, reference, anti_reference = (
        embed(mixture(vocal, band).samples, SAMPLE_RATE) for band in (output, real, other)
    )
    return Mixtures(candidate, reference, anti_reference)


def validate(clips: Sequence[Mixtures]) -> None:
    """Raise ConfigError unless there are mixtures, all embedded in one space."""
    spaces = {part.shape[1:] for clip in clips for part in (clip.candidate, clip.reference, clip.anti_reference)}
    if len(spaces) != 1:
        raise ConfigError(f"Embeddings of {len(spaces)} kinds cannot be compared: embed all mixtures alike.")


def adherence(candidate: Gaussian, reference: Gaussian, anti_reference: Gaussian) -> float:
    """½ + (d(Y, X') - d(Y, X)) / 2 max(d(X, X'), |d(Y, X') - d(Y, X)|), 0 to 1; .5, with a warning, where all agree."""
    nearer = frechet_distance(candidate, anti_reference) - frechet_distance(candidate, reference)
    spread = max(frechet_distance(reference, anti_reference), abs(nearer))
    if spread < SMALLEST:
        warnings.warn("Real bands and those of other songs sound alike, so the adherence is a guess.", stacklevel=2)
        return 0.5
    return 0.5 + nearer / (2 * spread)


def evaluate(clips: Sequence[Mixtures]) -> Interval:
    """The adherence of a set, with its 95 % interval by the jackknife over clips."""
    validate(clips)

    def of(chosen: Sequence[Mixtures]) -> float:
        pools = ([getattr(clip, part) for clip in chosen] for part in ("candidate", "reference", "anti_reference"))
        return adherence(*(fit(np.concatenate(pool)) for pool in pools))

    return jackknife(of(clips), len(clips), lambda k: of([*clips[:k], *clips[k + 1 :]]))
