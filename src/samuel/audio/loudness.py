"""Loudness by ITU-R BS.1770-4 (LUFS) and the levels at which accompaniment and mix leave the program."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from samuel.audio.limiter import CEILING_DB, excess_of, limit, limited_pieces
from samuel.audio.meter import gated_loudness
from samuel.audio.scratch import pieces, scratch
from samuel.audio.waveform import Waveform
from samuel.config import require_range
from samuel.errors import AudioError

BAND_LUFS = -18.0  # a stem's usual level: loud enough to play along to, with room for a voice above it
MIX_LUFS = -16.0  # where streaming services leave a song untouched or nearly so
_CLOSE = 0.5  # LU: nearer to the target than this no one hears a difference
_PASSES = 5  # limiting takes loudness away; each pass makes up for it, and a few suffice


def integrated_loudness(waveform: Waveform) -> float:
    """Integrated gated loudness in LUFS; -inf for silence. Clips shorter than a gating block are measured as one."""
    return _loudness(waveform, 1.0)


def normalise_loudness(
    waveform: Waveform, target: float = BAND_LUFS, ceiling_db: float = CEILING_DB, *, in_place: bool = False
) -> Waveform:
    """Bring audio to target LUFS with true peaks at or under ceiling_db. Silence comes back as it is.

    Music of extreme peaks may end below the target: the limiter has the last word. in_place overwrites the waveform's
    own samples, so that a long song is held only once.
    """
    if waveform.peak == 0:
        return waveform
    gain = _full_scale(waveform)
    for _ in range(_PASSES):
        missing = target - _limited_loudness(waveform, gain, ceiling_db)
        if abs(missing) <= _CLOSE or math.isinf(missing):
            break
        gain *= 10 ** (missing / 20)
    return limit(waveform, ceiling_db, gain=gain, in_place=in_place)


def match_loudness(waveform: Waveform, target: float) -> Waveform:
    """Bring audio to target LUFS by gain alone, for listening machines: peaks may exceed full scale. Silence stays."""
    if waveform.peak == 0:
        return waveform
    gain = _full_scale(waveform)
    loudness = _loudness(waveform, gain)
    return _times(waveform, gain if math.isinf(loudness) else gain * 10 ** ((target - loudness) / 20))


def amplify(waveform: Waveform, gain_db: float) -> Waveform:
    """The waveform times a gain in dB."""
    return _times(waveform, 10 ** (gain_db / 20))


def mix(vocal: Waveform, band: Waveform, vocal_gain_db: float = 0.0, target: float = MIX_LUFS) -> Waveform:
    """The singer's own recording above the band, stereo, at target LUFS.

    The vocal is first brought to the band's loudness, so vocal_gain_db (-40 to 20) is the balance that one hears.
    Raises AudioError if rate or length differ.
    """
    require_range("vocal gain", vocal_gain_db, -40, 20)
    if (vocal.sample_rate, vocal.length) != (band.sample_rate, band.length):
        raise AudioError(
            f"vocal and band differ ({vocal.length} samples at {vocal.sample_rate} Hz, {band.length} at"
            f" {band.sample_rate} Hz): bring them to one rate and length first."
        )
    voice = vocal if vocal.channels <= 2 else vocal.to_stereo()
    gain = _full_scale(voice)
    balance = integrated_loudness(band) - _loudness(voice, gain)
    gain *= 10 ** ((vocal_gain_db + (balance if math.isfinite(balance) else 0.0)) / 20)
    together = scratch(2, band.length)
    other = band if band.channels <= 2 else band.to_stereo()
    for part in pieces(band.length):
        np.multiply(voice.samples[:, part], np.float32(gain), out=together[:, part])
        together[:, part] += other.samples[:, part]
    return normalise_loudness(Waveform(together, band.sample_rate), target, in_place=True)


def _full_scale(waveform: Waveform) -> float:
    """The gain to a peak of 1, where even what lay below the meter's gate of -70 LUFS can be measured."""
    return 1 / waveform.peak if waveform.peak > 0 else 1.0


def _times(waveform: Waveform, gain: float) -> Waveform:
    louder = scratch(waveform.channels, waveform.length)
    for part in pieces(waveform.length):
        np.multiply(waveform.samples[:, part], np.float32(gain), out=louder[:, part])
    return Waveform(louder, waveform.sample_rate)


def _loudness(waveform: Waveform, gain: float) -> float:
    """LUFS of the waveform times gain."""
    scaled = (waveform.samples[:, part] * np.float32(gain) for part in pieces(waveform.length))
    return gated_loudness(scaled, waveform.length, waveform.sample_rate)


def _limited_loudness(waveform: Waveform, gain: float, ceiling_db: float) -> float:
    """LUFS of what limit makes of the waveform at this gain."""
    excess = 1.0

    def limited() -> Iterator[NDArray[np.float32]]:
        nonlocal excess
        for piece, peak in limited_pieces(waveform, gain, ceiling_db):
            excess = max(excess, excess_of(peak, ceiling_db))
            yield piece

    loudness = gated_loudness(limited(), waveform.length, waveform.sample_rate)
    return loudness - 20 * math.log10(excess)
