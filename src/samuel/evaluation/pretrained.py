"""The accompanist that is judged, in whichever process it plays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from samuel.audio.waveform import Waveform
from samuel.features.beats import AS_HEARD
from samuel.pipeline import Accompanist
from samuel.pipeline.listening import Hearing

REMEMBERED = 4  # vocals that a process remembers: one pair's own and its transposed ones


@dataclass(frozen=True, eq=False)
class Played:
    """The answer of a Pretrained: what is judged, without the mix that nobody listens to."""

    audio: Waveform
    sample_rate: int


@dataclass(frozen=True)
class Pretrained:
    """An accompanist by its name or folder, loaded in each process where it first plays: what is pickled is the name.

    CheckpointError, at once, where it cannot be loaded.
    """

    name: str

    def __post_init__(self) -> None:
        _loaded(self.name)

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> Played:
        """The band that the accompanist plays; a vocal is heard once, however many bands are asked for."""
        samples = np.ascontiguousarray(vocal).tobytes()
        told = (settings.pop("chords", ()), settings.pop("tempo", AS_HEARD), settings.pop("downbeat", None))
        hearing = _hearing(self.name, samples, vocal.dtype.str, vocal.shape, sample_rate, *told)
        band = _loaded(self.name).band(hearing, **settings)
        return Played(band, band.sample_rate)


@cache
def _loaded(name: str) -> Accompanist:
    return Accompanist.from_pretrained(name)


@lru_cache(REMEMBERED)
def _hearing(name: str, samples: bytes, dtype: str, shape: tuple[int, ...], sample_rate: int, *told: Any) -> Hearing:
    """What an accompanist hears in a vocal, remembered by its samples: guidances and seeds play to the same."""
    return _loaded(name).hear(np.frombuffer(samples, dtype).reshape(shape), sample_rate, *told)
