"""A section of a finished take: where it lies in samples and frames, what the model sees around it, how it goes in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from samuel.audio.scratch import pieces, scratch
from samuel.config import HOP, SAMPLE_RATE
from samuel.errors import ConfigError
from samuel.pipeline.sampling import Windowing
from samuel.pipeline.settings import MAX_EXTENSION, Edit
from samuel.segments import Window

FADE = 2_048  # samples, 46 ms: one latent frame on either side of a section, long enough that no edge is heard
_CONTEXT = 32  # latent frames: the least that is seen on either side, which also holds the fade
_SLACK = SAMPLE_RATE // 20  # samples: a musician reads the end of a take off a display to a tenth of a second

Old = Float32[np.ndarray, "2 m"]
New = Float32[np.ndarray, "2 n"]


@dataclass(frozen=True)
class Section:
    """Samples from start up to, not including, stop, of a take at 44.1 kHz."""

    start: int
    stop: int

    @classmethod
    def of(cls, edit: Edit, length: int) -> Section:
        """Where an edit lies in a take of `length` samples. Raises ConfigError for a range that is none, or outside."""
        given = f"section {edit.start:g}-{edit.stop:g} s"
        if not 0 <= edit.start < edit.stop < math.inf:
            raise ConfigError(f"{given} is no range: give its start and a later end, such as 12.5-24.")
        start, stop = round(edit.start * SAMPLE_RATE), round(edit.stop * SAMPLE_RATE)
        if start == length and edit.stop - edit.start <= MAX_EXTENSION:
            return cls(start, stop)
        if start >= length or stop > length + _SLACK:
            raise ConfigError(f"{given} lies outside the take of {length / SAMPLE_RATE:.2f} s: choose a part of it.")
        if stop - start < HOP:
            raise ConfigError(f"{given} is too short: give at least 0.05 s.")
        return cls(start, min(stop, length))

    @property
    def frames(self) -> Window:
        """Every latent frame of which the section has a part."""
        return Window(self.start // HOP, -(-self.stop // HOP))


def surroundings(section: Window, frames: int, windowing: Windowing) -> Window:
    """What the model is shown of a song of `frames` latent frames to draw the section: one window if that will do.

    The time to mend a section thus depends on its length, not on the song's.
    """
    beside = max(windowing.length - section.length, 2 * windowing.overlap, 2 * _CONTEXT)
    stop = min(frames, max(section.start - beside // 2, 0) + section.length + beside)
    return Window(max(0, stop - section.length - beside), stop)


def splice(old: Old, new: New, section: Section, offset: int = 0) -> NDArray[np.float32]:
    """The take `old` with `new`, which begins at sample `offset`, inside the section; longer if the section is.

    Beyond FADE samples on either side every sample is old's. The fade is a raised cosine, whose two gains add up to 1:
    where both agree, as a singer in the mix does, nothing is heard of it, and no peak rises above both.
    """
    before, after = max(0, section.start - FADE), min(old.shape[1], section.stop + FADE)
    end = max(after, section.stop)
    share = np.ones(end - before, np.float32)
    share[: section.start - before] = _rise(section.start - before)
    share[section.stop - before :] = _rise(end - section.stop)[::-1]
    whole = scratch(old.shape[0], max(section.stop, old.shape[1]))
    for part in pieces(old.shape[1]):
        whole[:, part] = old[:, part]
    whole[:, old.shape[1] :] = 0
    whole[:, before:end] += share * (new[:, before - offset : end - offset] - whole[:, before:end])
    return whole


def level_of(audio: NDArray[np.float32], like: NDArray[np.float32]) -> float:
    """The gain that brings `audio` to the power of `like`, both (2, n); 1 if either is silent."""
    own, wanted = (float(np.square(each, dtype=np.float64).mean()) for each in (audio, like))
    return math.sqrt(wanted / own) if own > 0 and wanted > 0 else 1.0


def _rise(length: int) -> NDArray[np.float32]:
    """Half a cosine from 0 to 1, neither included."""
    position = (np.arange(length) + 0.5) / max(length, 1)
    return ((1 - np.cos(np.pi * position)) / 2).astype(np.float32)
