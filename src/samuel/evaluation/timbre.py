"""What does it sound like, as numbers; and how unlike each other are the sounds of a set?

Conventions: an embedding is (windows, 40), one row for every half second: mean and deviation over one second of
mel-frequency cepstra (64 mel bands to 20 kHz, dB, orthonormal cosine transform). The mean of the level itself is left
out, so that a change of gain changes nothing. Distances are Euclidean, in dB over all coefficients.

A fixed transform that needs no download and knows nothing of music beyond its timbre: learned embeddings (VGGish,
CLAP) agree better with ears (Gui et al., "Adapting Frechet Audio Distance for Generative Music Evaluation", 2023), so
distances in it compare systems of this project and are no figures to set beside those of papers.

Vendi score: the exponential of the entropy of the eigenvalues of K/n, K the similarities of all pairs; the effective
number of different items, 1 to n (Friedman & Dieng, "The Vendi Score", 2022, definition 3.1).
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from scipy.fft import dct

from samuel.errors import ConfigError
from samuel.evaluation.optional import require
from samuel.evaluation.signals import EMPTY_MESSAGE, analysis_signal
from samuel.evaluation.statistics import Interval, jackknife

RATE = 44_100  # Hz
WINDOW, HOP, MELS, HIGHEST = 2_048, 882, 64, 20_000  # samples, samples (20 ms), bands, Hz
COEFFICIENTS = 20
FRAMES, STEP = 50, 25  # frames of 20 ms: windows of one second, twice a second
RANGE_DB = 80.0
SIMILAR = 30.0  # dB: the scale on which two clips are alike; the bands of two songs are about twice as far apart


def embed(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """(n,) or (channels, n) -> (windows, 40), two windows a second."""
    librosa = require("librosa")
    samples = analysis_signal(audio, sample_rate, RATE)
    power = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=MELS, fmax=HIGHEST)
    top = max(float(power.max()), 1e-10)
    decibels = 10 * np.log10(np.maximum(power / top, 10 ** (-RANGE_DB / 10)))
    cepstra = dct(decibels, axis=0, norm="ortho")[: COEFFICIENTS + 1]
    starts = range(0, max(cepstra.shape[1] - FRAMES, 0) + 1, STEP)
    return np.stack([_moments(cepstra[:, start : start + FRAMES]) for start in starts])


def clip_vector(embedding: np.ndarray) -> np.ndarray:
    """(windows, 40) -> (40,): the mean over a clip."""
    return np.asarray(embedding.mean(axis=0))


def distances(vectors: np.ndarray) -> np.ndarray:
    """(n, d) -> (n, n) Euclidean distances."""
    return np.asarray(np.linalg.norm(vectors[:, None, :] - vectors[None, :, :], axis=-1))


def similarities(vectors: np.ndarray, scale: float = SIMILAR) -> np.ndarray:
    """(n, d) -> (n, n) Gaussian kernel of the distances, 1 on the diagonal."""
    return np.asarray(np.exp(-0.5 * (distances(vectors) / scale) ** 2))


def vendi_score(kernel: np.ndarray) -> float:
    """Similarities (n, n), symmetric with ones on the diagonal -> 1 (all alike) to n; 0, with a warning, of none."""
    validate(kernel)
    if not len(kernel):
        warnings.warn("The set " + EMPTY_MESSAGE, stacklevel=2)
        return 0.0
    weights = np.linalg.eigvalsh(kernel / len(kernel))
    weights = weights[weights > 1e-12]
    return float(np.exp(-(weights * np.log(weights)).sum()))


def validate(kernel: np.ndarray) -> None:
    """Raise ConfigError unless the kernel is square, symmetric and has ones on its diagonal."""
    square = kernel.ndim == 2 and kernel.shape[0] == kernel.shape[1]
    if not square or not np.allclose(kernel, kernel.T) or not np.allclose(np.diag(kernel), 1.0):
        raise ConfigError(f"A kernel of shape {kernel.shape} must be square and symmetric with ones on its diagonal.")


def vendi_interval(vectors: np.ndarray) -> Interval:
    """Vendi score of clip vectors (n, d), 95 % interval by the jackknife; NaN bounds of fewer than three clips."""
    count = len(vectors)

    def without(k: int) -> float:
        return vendi_score(similarities(np.delete(vectors, k, axis=0)))

    found = jackknife(vendi_score(similarities(vectors)), count, without)
    return replace(found, low=max(found.low, 1.0), high=min(found.high, float(count))) if count > 2 else found


def distance_to_others(vectors: np.ndarray) -> np.ndarray:
    """(n, d) -> (n,) mean distance of each clip to all others; NaN for a single clip."""
    count = len(vectors)
    return np.asarray(distances(vectors).sum(axis=1) / (count - 1)) if count > 1 else np.full(count, np.nan)


def _moments(cepstra: np.ndarray) -> np.ndarray:
    """(21, frames) -> (40,): means without the level, deviations with it."""
    return np.concatenate([cepstra[1:].mean(axis=1), cepstra[:-1].std(axis=1)])
