"""Single syllables out of the speech synthesisers flite and espeak-ng, which are programs (Debian has both)."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samuel.audio import read_audio
from samuel.corpus.errors import CorpusError
from samuel.corpus.syllables import NASAL
from samuel.corpus.world import RATE

_FLITE_ONSETS = {"h": "hh", "sh": "sh", "ch": "ch", "ts": "t s", "j": "jh"}
_FLITE_VOWELS = {"a": "aa", "i": "iy", "u": "uw", "e": "eh", "o": "ow", NASAL: "n"}
_ESPEAK_ONSETS = {"y": "j", "r": "l", "sh": "S", "ch": "tS", "j": "dZ"}
_ESPEAK_VOWELS = {"a": "A:A:", "i": "i:i:", "u": "u:u:", "e": "E:E:", "o": "O:O:", NASAL: "n:n:"}
_SEGMENT = re.compile(r"(\S+):([\d.]+)")


@dataclass(frozen=True)
class Recording:
    """One syllable at 24 kHz; onset (s) is where its vowel starts and pitch (Hz) what it was sung at, where known."""

    samples: NDArray[np.float64]
    onset: float | None = None
    pitch: float | None = None


def split(mora: str) -> tuple[str, str]:
    """Consonant and vowel of a mora; the nasal is its own vowel."""
    return ("", NASAL) if mora == NASAL else (mora[:-1], mora[-1])


def speak_flite(speaker: str, mora: str) -> Iterator[Recording]:
    """The mora by flite, drawn out; flite tells where its segments end."""
    onset, vowel = split(mora)
    phones = " ".join(["pau", _FLITE_ONSETS.get(onset, onset), _FLITE_VOWELS[vowel], "pau"])
    options = ["-voice", speaker, "--setf", "duration_stretch=3.0", "-psdur", "-p", phones]
    samples, told = _run(["flite", *options, "-o"])
    ends = [float(end) for _, end in _SEGMENT.findall(told)]
    yield Recording(samples, onset=ends[-3])


def speak_espeak(speaker: str, mora: str) -> Iterator[Recording]:
    """The mora by espeak-ng, spoken slowly."""
    onset, vowel = split(mora)
    phonemes = f"[[{_ESPEAK_ONSETS.get(onset, onset)}'{_ESPEAK_VOWELS[vowel]}]]"
    samples, _ = _run(["espeak-ng", "-v", speaker, "-s", "80", phonemes, "-w"])
    yield Recording(samples)


def _run(command: list[str]) -> tuple[NDArray[np.float64], str]:
    """Samples at 24 kHz of the file that the command writes, whose path is its last argument, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "syllable.wav"
        try:
            done = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise CorpusError(f"{command[0]} is not installed: run apt install {command[0]}.") from error
        except subprocess.CalledProcessError as error:
            raise CorpusError(f"{command[0]} failed ({error.stderr.strip()}): install another version.") from error
        waveform = read_audio(path).to_mono().resample(RATE)
    return waveform.samples[0].astype(np.float64), done.stdout
