"""Loudness by ITU-R BS.1770-4 (LUFS) and the levels at which accompaniment and mix leave the program."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pyloudnorm

from samuel.audio.limiter import CEILING_DB, limit
from samuel.audio.waveform import Waveform
from samuel.config import require_range
from samuel.errors import AudioError

BAND_LUFS = -18.0  # a stem's usual level: loud enough to play along to, with room for a voice above it
MIX_LUFS = -16.0  # where streaming services leave a song untouched or nearly so
_BLOCK = 0.4  # s: the gating block of BS.1770
_CLOSE = 0.5  # LU: nearer to the target than this no one hears a difference
_PASSES = 5  # limiting takes loudness away; each pass makes up for it, and a few suffice


def integrated_loudness(waveform: Waveform) -> float:
    """Integrated gated loudness in LUFS; -inf for silence. Clips shorter than a gating block are measured as one."""
    block = min(_BLOCK, waveform.seconds)
    meter = pyloudnorm.Meter(waveform.sample_rate, block_size=block)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")  # the mean of no loud block at all: the answer is -inf, no warning needed
        loudness = float(meter.integrated_loudness(waveform.to_stereo().samples.T.astype(np.float64)))
    return loudness if math.isfinite(loudness) else -math.inf


def normalise_loudness(waveform: Waveform, target: float = BAND_LUFS, ceiling_db: float = CEILING_DB) -> Waveform:
    """Bring audio to target LUFS with true peaks at or under ceiling_db. Silence comes back as it is.

    Music of extreme peaks may end below the target: the limiter has the last word.
    """
    waveform = _at_full_scale(waveform)
    levelled, gain_db = limit(waveform, ceiling_db), 0.0
    for _ in range(_PASSES):
        missing = target - integrated_loudness(levelled)
        if abs(missing) <= _CLOSE or math.isinf(missing):
            break
        gain_db += missing
        levelled = limit(amplify(waveform, gain_db), ceiling_db)
    return levelled


def match_loudness(waveform: Waveform, target: float) -> Waveform:
    """Bring audio to target LUFS by gain alone, for listening machines: peaks may exceed full scale. Silence stays."""
    waveform = _at_full_scale(waveform)
    loudness = integrated_loudness(waveform)
    return waveform if math.isinf(loudness) else amplify(waveform, target - loudness)


def _at_full_scale(waveform: Waveform) -> Waveform:
    """The waveform with a peak of 1, where even what lay below the meter's gate of -70 LUFS can be measured."""
    peak = np.float32(waveform.peak)
    return waveform if peak == 0 else Waveform(waveform.samples / peak, waveform.sample_rate)


def amplify(waveform: Waveform, gain_db: float) -> Waveform:
    """The waveform times a gain in dB."""
    return Waveform(waveform.samples * np.float32(10 ** (gain_db / 20)), waveform.sample_rate)


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
    voice = _at_full_scale(vocal.to_stereo())
    balance = integrated_loudness(band) - integrated_loudness(voice)
    voice = amplify(voice, vocal_gain_db + (balance if math.isfinite(balance) else 0.0))
    return normalise_loudness(Waveform(voice.samples + band.to_stereo().samples, band.sample_rate), target)
