"""Audio in memory, checked once on entry so that nothing behind it has to check again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from samuel.audio.scratch import copied, pieces, scratch
from samuel.errors import AudioError

MIN_RATE, MAX_RATE = 8_000, 192_000  # Hz
MAX_CHANNELS = 32  # more "channels" than this is an array given the wrong way round


@dataclass(frozen=True, eq=False)
class Waveform:
    """Finite float32 samples (channel, n), full scale 1.0, at sample_rate Hz.

    Raises AudioError for no samples, samples that are not finite, a rate outside 8-192 kHz, or another shape or type.
    """

    samples: NDArray[np.float32]  # checked here rather than by a type, for this is the border
    sample_rate: int

    def __post_init__(self) -> None:
        _check_shape(self.samples)
        if not MIN_RATE <= self.sample_rate <= MAX_RATE:
            raise AudioError(
                f"the sample rate {self.sample_rate} Hz is out of range: resample to {MIN_RATE} to {MAX_RATE} Hz."
            )
        if not np.isfinite(_extremes(self.samples)).all():
            count = int(np.count_nonzero(~np.isfinite(self.samples)))
            raise AudioError(f"{count} of {self.samples.size} samples are NaN or infinite: export the recording again.")

    @classmethod
    def from_array(cls, array: NDArray[Any], sample_rate: int) -> Waveform:
        """(n,) or (channel, n) floats, or integers at their type's full scale. Raises AudioError as the class does."""
        array = np.atleast_2d(np.asarray(array))
        if array.dtype.kind == "i":
            array = array / -float(np.iinfo(array.dtype).min)
        if array.dtype.kind != "f":
            raise AudioError(f"samples of type {array.dtype} are not audio: give floats in [-1, 1] or signed integers.")
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite and is refused as such
            return cls(np.ascontiguousarray(array, dtype=np.float32), int(sample_rate))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        """Number of samples in each channel."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.length / self.sample_rate

    @property
    def peak(self) -> float:
        """Largest magnitude of any sample."""
        low, high = _extremes(self.samples)
        return max(high, -low)

    def to_mono(self) -> Waveform:
        """The mean of the channels, (1, n)."""
        if self.channels == 1:
            return self
        mono = scratch(1, self.length)
        for part in pieces(self.length):
            self.samples[:, part].mean(axis=0, keepdims=True, out=mono[:, part])
        return Waveform(mono, self.sample_rate)

    def to_stereo(self) -> Waveform:
        """(2, n): mono is doubled; more than two channels are averaged first, for their positions are unknown."""
        if self.channels == 2:
            return self
        return Waveform(np.repeat(self.to_mono().samples, 2, axis=0), self.sample_rate)

    def resample(self, sample_rate: int) -> Waveform:
        """The same sound at another rate by soxr's HQ linear-phase filter; length round(n * ratio), at least 1."""
        if sample_rate == self.sample_rate:
            return self
        resampled = soxr.resample(self.samples.T, self.sample_rate, sample_rate, quality="HQ").T
        length = max(1, round(self.length * sample_rate / self.sample_rate))
        return Waveform(_fit(resampled, length), sample_rate)


def _check_shape(samples: NDArray[np.float32]) -> None:
    if samples.ndim != 2 or not 1 <= samples.shape[0] <= MAX_CHANNELS:
        raise AudioError(
            f"samples of shape {samples.shape} are not audio: give (channels, samples), at most 32 channels."
        )
    if samples.dtype != np.float32:
        raise AudioError(f"samples of type {samples.dtype} are not float32: use Waveform.from_array.")
    if samples.shape[1] == 0:
        raise AudioError("the audio holds 0 samples: record or export it again.")


def _fit(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut or pad with zeros the last sample or two by which resamplers differ on rounding."""
    missing = max(0, length - samples.shape[1])
    return copied(np.pad(samples[:, :length], ((0, 0), (0, missing))) if missing else samples[:, :length])


def _extremes(samples: NDArray[np.float32]) -> tuple[float, float]:
    """Least and largest sample, NaN if any is, without an array of their size."""
    ends = np.array([(samples[:, part].min(), samples[:, part].max()) for part in pieces(samples.shape[1])])
    return float(ends[:, 0].min()), float(ends[:, 1].max())
