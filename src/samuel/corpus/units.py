"""Banks of sung syllables: each speaker's morae, analysed once by WORLD and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from samuel.corpus.errors import CorpusError
from samuel.corpus.kokoro import sing_kokoro
from samuel.corpus.speech import Recording, speak_espeak, speak_flite, split
from samuel.corpus.syllables import MORAE, NASAL, syllable_of
from samuel.corpus.voices import Source
from samuel.corpus.world import ANALYSIS_FFT, BINS, FRAME_PERIOD, FRAMES_PER_SECOND, HOP, RATE, world

FORMAT = 4  # raise it when banks change, and old caches are left alone
LONGEST_ONSET = 26  # frames
SHORTEST_VOWEL = 20  # frames
PITCH_TOLERANCE = 0.4  # octaves around the pitch of a syllable; beyond lie the tracker's mistakes
HISS = BINS // 3  # bins from 4 kHz
FLATTENING = 21  # frames over which a vowel's level is measured to take its decay away
SPEAK: dict[Source, Callable[[str, str], Iterator[Recording]]] = {
    "kokoro": sing_kokoro,
    "flite": speak_flite,
    "espeak": speak_espeak,
}


@dataclass(frozen=True)
class Unit:
    """A syllable: frames start to vowel are its consonant, vowel to end its vowel, spoken at pitch (Hz)."""

    syllable: str
    pitch: float
    start: int
    vowel: int
    end: int


@dataclass(frozen=True)
class Analysis:
    """Frames of 5 ms: log power envelope (t, 257), vowels at a mean of 0; aperiodicity (t, 3) dB; voicing (t,)."""

    envelope: NDArray[np.float32]
    aperiodicity: NDArray[np.float32]
    voiced: NDArray[np.bool_]
    vowel: int  # first frame of the vowel
    pitch: float  # Hz


@dataclass(frozen=True)
class Bank:
    """All units of one speaker, their frames end to end in one array each (see Analysis)."""

    envelope: NDArray[np.float32]
    aperiodicity: NDArray[np.float32]
    voiced: NDArray[np.bool_]
    units: tuple[Unit, ...]

    def find(self, syllable: str, pitch: float) -> Unit:
        """The unit of the syllable, or else its vowel from another one, that lies nearest to a pitch (Hz)."""
        mora = syllable if syllable in (*MORAE, NASAL) else syllable_of(syllable)
        if mora is None:
            raise CorpusError(f"the syllable {syllable!r} cannot be sung: give one with a vowel, such as 'la'.")
        vowel = split(mora)[1]
        exact = [unit for unit in self.units if unit.syllable == mora]
        akin = [replace(unit, start=unit.vowel) for unit in self.units if unit.syllable.endswith(vowel)]
        return min(exact or akin or self.units, key=lambda unit: abs(np.log(unit.pitch / pitch)))


def cache_folder() -> Path:
    """Where banks are kept unless told otherwise: $XDG_CACHE_HOME/samuel or ~/.cache/samuel."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "samuel"


@lru_cache(maxsize=4)  # about 15 MB each
def load_bank(source: Source, speaker: str, folder: Path | None = None) -> Bank:
    """The bank of a speaker, made on first use (seconds; minutes with Kokoro) and cached in folder as npz."""
    key = hashlib.sha256(f"{FORMAT}:{source}:{speaker}".encode()).hexdigest()[:12]
    path = (folder or cache_folder()) / f"units-{key}.npz"
    if not path.exists():
        _save(path, make_bank((mora, SPEAK[source](speaker, mora)) for mora in (*MORAE, NASAL)))
    return _load(path)


def make_bank(recordings: Iterable[tuple[str, Iterable[Recording]]]) -> Bank:
    """A bank of recorded morae; a recording too short or too hoarse to sing on is left out."""
    units: list[Unit] = []
    analyses: list[Analysis] = []
    position = 0
    for mora, takes in recordings:
        for analysis in filter(None, map(analyse, takes)):
            end = position + len(analysis.voiced)
            units.append(Unit(mora, analysis.pitch, position, position + analysis.vowel, end))
            analyses.append(analysis)
            position = end
    if not analyses:
        raise CorpusError("the speaker gave no syllable that can be sung: choose another speaker.")
    envelope, aperiodicity, voiced = (
        np.concatenate([getattr(analysis, name) for analysis in analyses])
        for name in ("envelope", "aperiodicity", "voiced")
    )
    return Bank(envelope, aperiodicity, voiced, tuple(units))


def analyse(recording: Recording) -> Analysis | None:
    """A syllable cut to its sounding part, or None where its vowel is whispered or shorter than SHORTEST_VOWEL."""
    noise = 1e-5 * np.random.default_rng(0).standard_normal(len(recording.samples))  # WORLD dislikes digital silence
    samples = recording.samples + noise
    f0, times = world().dio(samples, RATE, f0_floor=60.0, f0_ceil=700.0, frame_period=FRAME_PERIOD)
    f0 = world().stonemask(samples, f0, times, RATE)
    pitch = recording.pitch or (float(np.median(f0[f0 > 0])) if f0.any() else 0.0)
    f0[np.abs(np.log2(np.maximum(f0, 1) / max(pitch, 1))) > PITCH_TOLERANCE] = 0
    bounds = _bounds(_level(samples, len(f0)), f0 > 0, recording.onset)
    if bounds is None:
        return None
    start, vowel, end = bounds
    f0[vowel:end][f0[vowel:end] == 0] = pitch  # a vowel is voiced, whatever the tracker missed
    f0, times, vowel = f0[start:end], times[start:end], vowel - start
    envelope = world().cheaptrick(samples, f0, times, RATE, fft_size=ANALYSIS_FFT)[:, ::2]
    spectrum = envelope[vowel:].mean(axis=0)
    if spectrum[HISS:].sum() > spectrum[:HISS].sum():
        return None  # whispered
    aperiodicity = world().d4c(samples, f0, times, RATE, threshold=0.0, fft_size=ANALYSIS_FFT)
    logarithm = np.log(envelope + 1e-16) - np.log(envelope[vowel:].mean())
    _flatten(logarithm[vowel:])
    coded = world().code_aperiodicity(aperiodicity, RATE)
    return Analysis(logarithm.astype(np.float32), coded.astype(np.float32), f0 > 0, vowel, pitch)


def _level(samples: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Level (frames,) in dB over 20 ms around each frame."""
    power = uniform_filter1d(np.square(samples), 4 * HOP)
    return np.asarray(10 * np.log10(power[np.minimum(np.arange(frames) * HOP, len(samples) - 1)] + 1e-12))


def _bounds(level: NDArray[np.float64], voiced: NDArray[np.bool_], onset: float | None) -> tuple[int, int, int] | None:
    """First frame of the consonant, of the vowel, and the frame after the vowel's steady part; levels in dB."""
    strong = level > level.max() - 12
    vowel = _find_vowel(strong & voiced) if onset is None else round(onset * FRAMES_PER_SECOND)
    swell = vowel + int(np.argmax(strong[vowel:]))  # it may take a moment to grow
    weak = np.flatnonzero(~strong[swell:])
    end = swell + (int(weak[0]) if len(weak) else len(level) - swell) - 4
    if end - vowel < SHORTEST_VOWEL:
        return None
    start = vowel
    while start > max(0, vowel - LONGEST_ONSET) and level[start - 1] > level.max() - 45:
        start -= 1
    return start, vowel, end


def _find_vowel(strong: NDArray[np.bool_]) -> int:
    """The first of eight strong voiced frames in a row, or else the first frame."""
    runs = np.convolve(strong, np.ones(8), "valid") if len(strong) >= 8 else np.zeros(1)
    return int(np.argmax(runs > 7.5))


def _flatten(logarithm: NDArray[np.float64]) -> None:
    """Bring a vowel's frames (t, 257) to a power of 1 (mean over bins) after a soft start, else long notes pulsate."""
    level = uniform_filter1d(np.log(np.exp(logarithm).mean(axis=1)), FLATTENING, mode="nearest")
    logarithm -= (level * np.minimum(np.arange(len(level)) / 10, 1))[:, None]


def _save(path: Path, bank: Bank) -> None:
    """Write beside and rename, so that a second process never reads half a bank."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        np.savez(
            file,
            envelope=bank.envelope.astype(np.float16),
            aperiodicity=bank.aperiodicity.astype(np.float16),
            voiced=bank.voiced,
            syllables=np.array([unit.syllable for unit in bank.units]),
            pitches=np.array([unit.pitch for unit in bank.units]),
            frames=np.array([(unit.start, unit.vowel, unit.end) for unit in bank.units]),
        )
    os.replace(file.name, path)


def _load(path: Path) -> Bank:
    with np.load(path, allow_pickle=False) as held:
        rows = zip(held["syllables"], held["pitches"], held["frames"], strict=True)
        units = tuple(Unit(str(syllable), float(pitch), *map(int, frames)) for syllable, pitch, frames in rows)
        envelope, aperiodicity = held["envelope"].astype(np.float32), held["aperiodicity"].astype(np.float32)
        return Bank(envelope, aperiodicity, held["voiced"], units)
