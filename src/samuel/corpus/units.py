"""Banks of sung syllables: each speaker's morae, analysed once by WORLD and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.errors import CorpusError
from samuel.corpus.kokoro import sing_kokoro
from samuel.corpus.speech import Recording, speak_espeak, speak_flite, split
from samuel.corpus.syllables import MORAE, NASAL, syllable_of
from samuel.corpus.voices import Source
from samuel.corpus.world import ANALYSIS_FFT, FRAME_PERIOD, FRAMES_PER_SECOND, RATE, world

FORMAT = 1  # raise it when banks change, and old caches are left alone
LONGEST_ONSET = 26  # frames
SHORTEST_VOWEL = 20  # frames
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
        """The unit of the syllable, or of its vowel, that lies nearest to a pitch (Hz)."""
        mora = syllable if syllable in (*MORAE, NASAL) else syllable_of(syllable)
        if mora is None:
            raise CorpusError(f"the syllable {syllable!r} cannot be sung: give one with a vowel, such as 'la'.")
        for wanted in (mora, split(mora)[1], "a"):
            found = [unit for unit in self.units if unit.syllable == wanted]
            if found:
                return min(found, key=lambda unit: abs(np.log(unit.pitch / pitch)))
        raise CorpusError("the bank of syllables has no vowel: delete the cache folder and try again.")


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
    """A syllable cut to its sounding part, or None where fewer than SHORTEST_VOWEL frames of vowel are found."""
    noise = 1e-5 * np.random.default_rng(0).standard_normal(len(recording.samples))  # WORLD dislikes digital silence
    samples = recording.samples + noise
    f0, times = world().dio(samples, RATE, f0_floor=60.0, f0_ceil=700.0, frame_period=FRAME_PERIOD)
    f0 = world().stonemask(samples, f0, times, RATE)
    if recording.pitch is not None:
        f0 = np.where(np.abs(np.log2(np.maximum(f0, 1) / recording.pitch)) < 0.3, f0, 0.0)
    envelope = world().cheaptrick(samples, f0, times, RATE, fft_size=ANALYSIS_FFT)
    aperiodicity = world().d4c(samples, f0, times, RATE, fft_size=ANALYSIS_FFT)
    level = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
    bounds = _bounds(level, f0 > 0, recording.onset)
    if bounds is None:
        return None
    start, vowel, end = bounds
    logarithm = np.log(envelope[start:end, ::2] + 1e-16)
    logarithm -= np.log(envelope[vowel:end].mean())
    return Analysis(
        logarithm.astype(np.float32),
        world().code_aperiodicity(aperiodicity, RATE)[start:end].astype(np.float32),
        f0[start:end] > 0,
        vowel - start,
        float(np.median(f0[vowel:end][f0[vowel:end] > 0])),
    )


def _bounds(level: NDArray[np.float64], voiced: NDArray[np.bool_], onset: float | None) -> tuple[int, int, int] | None:
    """First frame of the consonant, of the vowel, and the frame after the vowel's steady part; levels in dB."""
    strong = np.flatnonzero(voiced & (level > level.max() - 12))
    if len(strong) < SHORTEST_VOWEL:
        return None
    end = int(strong[-1]) - 4
    vowel = _find_vowel(level, strong) if onset is None else max(int(onset * FRAMES_PER_SECOND), 0)
    if end - vowel < SHORTEST_VOWEL:
        return None
    start = vowel
    while start > max(0, vowel - LONGEST_ONSET) and level[start - 1] > level.max() - 45:
        start -= 1
    return start, vowel, end


def _find_vowel(level: NDArray[np.float64], strong: NDArray[np.intp]) -> int:
    """The first of six strong voiced frames in a row that is nearly as loud as the loudest."""
    steady = set(strong.tolist())
    found = (f for f in strong.tolist() if level[f] > level.max() - 8 and all(f + k in steady for k in range(6)))
    return int(next(found, int(strong[0])))


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
        units = tuple(
            Unit(str(syllable), float(pitch), int(start), int(vowel), int(end))
            for syllable, pitch, (start, vowel, end) in zip(held["syllables"], held["pitches"], held["frames"], strict=True)
        )
        envelope, aperiodicity = held["envelope"].astype(np.float32), held["aperiodicity"].astype(np.float32)
        return Bank(envelope, aperiodicity, held["voiced"], units)
