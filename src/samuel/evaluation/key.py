"""Which key does the audio sound in, and by how many semitones has it moved?

Conventions: a key is (tonic, mode), tonic a pitch class 0 (C) to 11 (B), mode 'major' or 'minor'. A profile is (12,)
mean chroma; a transposition is a whole number of semitones from -6 to 5.

The key is the one of 24 whose template correlates best with the profile. Templates: Krumhansl & Kessler's probe tones
(Krumhansl, "Cognitive Foundations of Musical Pitch", 1990, p. 30), Temperley's correction of them ("What's Key for
Key?", 1999), and the frequencies of pitch classes in the examples of Kostka & Payne's textbook (Temperley, "Music and
Probability", 2007, p. 85).

No finder hears the true key of every excerpt, not even from its true chords: of 51 real bands of the held-out corpus
Krumhansl's templates find .73, Temperley's .75 and Kostka & Payne's .76, of 40 of POP909 .50, .43 and .58, and most
misses are relative keys. So the last is the default, and a share of right keys says something only beside that of the
real bands.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np

from samuel.config import require_choice
from samuel.errors import ConfigError
from samuel.evaluation.harmony import chroma
from samuel.evaluation.optional import require
from samuel.evaluation.signals import EMPTY_MESSAGE

Mode = Literal["major", "minor"]
Finder = Literal["krumhansl", "temperley", "kostka_payne"]
FINDERS: tuple[Finder, ...] = ("krumhansl", "temperley", "kostka_payne")
DEFAULT: Finder = "kostka_payne"
MODES: tuple[Mode, ...] = ("major", "minor")
NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")  # as mir_eval.key spells them

TEMPLATES: dict[Finder, dict[Mode, tuple[float, ...]]] = {
    "krumhansl": {
        "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    },
    "temperley": {
        "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    },
    "kostka_payne": {
        "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    },
}


def validate(profile: np.ndarray) -> None:
    """Raise ConfigError unless the profile is (12,), finite and not negative."""
    if profile.shape != (12,) or not np.isfinite(profile).all() or (profile < 0).any():
        raise ConfigError(f"A profile of shape {profile.shape} cannot be used: give 12 finite values, none negative.")


def key_of_profile(profile: np.ndarray, finder: Finder = DEFAULT) -> tuple[int, Mode]:
    """The key whose template correlates best with a profile (12,); C major, with a warning, where it is flat."""
    validate(profile)
    require_choice("finder", finder, FINDERS)
    if np.ptp(profile) == 0:
        warnings.warn("The profile is flat, so its key is a guess.", stacklevel=2)
        return 0, "major"
    templates = [np.roll(TEMPLATES[finder][mode], tonic) for mode in MODES for tonic in range(12)]
    best = int(np.argmax(_correlations(profile, np.stack(templates))))
    return best % 12, MODES[best // 12]


def estimate_key(audio: np.ndarray, sample_rate: int, finder: Finder = DEFAULT) -> tuple[int, Mode]:
    """The key of audio (n,) or (channels, n)."""
    return key_of_profile(chroma(audio, sample_rate).mean(axis=1), finder)


def key_name(tonic: int, mode: Mode) -> str:
    """A key as mir_eval writes it, such as 'Eb minor'."""
    return f"{NAMES[tonic % 12]} {mode}"


def key_score(truth: tuple[int, Mode], estimate: tuple[int, Mode]) -> float:
    """MIREX score: 1 the same key, .5 a fifth above, .3 relative, .2 parallel, else 0 (mir_eval.key.weighted_score)."""
    return float(require("mir_eval.key").weighted_score(key_name(*truth), key_name(*estimate)))


def relative_major(tonic: int, mode: Mode) -> int:
    """Tonic of the major key with the same scale: keys that finders confuse most are one and the same here."""
    return tonic if mode == "major" else (tonic + 3) % 12


def signed_semitones(interval: int) -> int:
    """An interval folded to the shortest way round the octave, -6 to 5."""
    return (interval + 6) % 12 - 6


def key_shift(before: tuple[int, Mode], after: tuple[int, Mode]) -> int:
    """Semitones, -6 to 5, from the scale of one key to that of another."""
    return signed_semitones(relative_major(*after) - relative_major(*before))


def best_transposition(chroma_a: np.ndarray, chroma_b: np.ndarray) -> int:
    """Semitones k, -6 to 5, for which a, moved up by k, correlates best with b: 'b is a transposed by k'.

    Both are profiles (12,), or vectors (12, beats) of the same beats, which tell more. 0, with a warning, where
    either is empty.
    """
    if chroma_a.shape != chroma_b.shape or chroma_a.shape[0] != 12:
        raise ConfigError(f"Chroma {chroma_a.shape} and {chroma_b.shape} do not agree: give the same beats of both.")
    if not chroma_a.any() or not chroma_b.any():
        warnings.warn("The chroma " + EMPTY_MESSAGE, stacklevel=2)
        return 0
    moved = np.stack([np.roll(_unit_columns(chroma_a), shift, axis=0).ravel() for shift in range(12)])
    return signed_semitones(int(np.argmax(_correlations(_unit_columns(chroma_b).ravel(), moved))))


def compare(frames: np.ndarray, truth: tuple[int, Mode], finder: Finder = DEFAULT) -> dict[str, float]:
    """Chroma (12, frames) against the true key: 'key' (MIREX score), 'key_right' and 'scale_right' (each 0 or 1).

    The scale is right where the key or its relative is heard. Silence has no key and scores 0.
    """
    profile = frames.mean(axis=1)
    if not profile.any():
        return {"key": 0.0, "key_right": 0.0, "scale_right": 0.0}
    heard = key_of_profile(profile, finder)
    return {
        "key": key_score(truth, heard),
        "key_right": float(heard == truth),
        "scale_right": float(relative_major(*heard) == relative_major(*truth)),
    }


def evaluate_chroma(frames: np.ndarray, truth: tuple[int, Mode]) -> dict[str, float]:
    """All metrics of this family: the MIREX score by each finder, 'key_krumhansl' ..., 'key_right', 'scale_right'."""
    found = {f"key_{finder}": compare(frames, truth, finder)["key"] for finder in FINDERS}
    right = compare(frames, truth)
    return {**found, "key_right": right["key_right"], "scale_right": right["scale_right"]}


def evaluate(audio: np.ndarray, sample_rate: int, truth: tuple[int, Mode]) -> dict[str, float]:
    """All metrics of this family for audio (n,) or (channels, n)."""
    return evaluate_chroma(chroma(audio, sample_rate), truth)


def _unit_columns(values: np.ndarray) -> np.ndarray:
    """Each beat with length 1, so that loud beats do not outvote the others; zeros stay."""
    norms = np.linalg.norm(values, axis=0)
    return values / np.where(norms > 0, norms, 1.0)


def _correlations(vector: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Pearson correlation of a vector (n,) with each row of candidates (m, n)."""
    centred = candidates - candidates.mean(axis=1, keepdims=True)
    deviation = vector - vector.mean()
    norms = np.linalg.norm(centred, axis=1) * np.linalg.norm(deviation)
    return np.asarray(centred @ deviation / np.maximum(norms, 1e-12))
