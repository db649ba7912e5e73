"""A melody with syllables, sung: WORLD plays cached syllables at the pitches of the tune (about 50 times real time)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from samuel.config import SAMPLE_RATE
from samuel.corpus.diction import Diction, lay_out
from samuel.corpus.pitch_curve import draw_manner, pitch_curve
from samuel.corpus.song import SungNote
from samuel.corpus.units import Bank, load_bank
from samuel.corpus.voices import Voice
from samuel.corpus.world import BINS, FRAME_PERIOD, FRAMES_PER_SECOND, HOP, RATE, SYNTHESIS_FFT, world

LEVEL = 0.1  # root mean square of the sung parts
CEILING = 0.95
FLOOR = 1e-16  # power, as in the banks


def sing(
    notes: Sequence[SungNote], voice: Voice, duration: float, rng: np.random.Generator, cache: Path | None = None
) -> NDArray[np.float32]:
    """The notes sung by a voice: (round(duration * 44100),) float32, mono, dry, time 0 = the song's time 0.

    Pitches are taken as they are: move the melody into the voice's range before (``shift_to_voice``). Equal arguments
    and generators give equal samples. ``cache`` is the folder of the syllable banks (see ``load_bank``).
    """
    ordered = _one_at_a_time(notes)
    bank = load_bank(*voice.bank, cache)
    frames = int(duration * FRAMES_PER_SECOND) + 1
    manner = draw_manner(rng)
    lag, timing = rng.normal(0, 0.012), rng.uniform(0.003, 0.012)  # s: ahead of or behind the beat
    formant = voice.formant * rng.uniform(0.97, 1.03)
    delayed = [SungNote(note.start + lag, note.end + lag, note.pitch, note.syllable) for note in ordered]
    f0 = pitch_curve(delayed, frames, manner, rng)
    diction = lay_out(delayed, bank, frames, timing, rng)
    sung = _vocalise(bank, diction, f0, formant, effort=_effort(diction, rng))
    return _finish(sung, round(duration * SAMPLE_RATE))


def _one_at_a_time(notes: Sequence[SungNote]) -> list[SungNote]:
    """Notes in order of time, each cut where the next begins; of notes that start together the highest is kept."""
    ordered: list[SungNote] = []
    for note in sorted(notes, key=lambda note: (note.start, -note.pitch)):
        if not ordered or note.start - ordered[-1].start > 0.03:
            ordered.append(note)
    ends = [min(note.end, following.start) for note, following in pairwise(ordered)]
    cut = [SungNote(note.start, end, note.pitch, note.syllable) for note, end in zip(ordered, ends, strict=False)]
    return [*cut, *ordered[-1:]]


def _effort(diction: Diction, rng: np.random.Generator) -> NDArray[np.float32]:
    """Loudness (frames,) that rises and falls over about two seconds, as amplitude around 1."""
    knots = rng.normal(0, 0.22, len(diction.gain) // (2 * FRAMES_PER_SECOND) + 3)
    position = np.arange(len(diction.gain)) / (2 * FRAMES_PER_SECOND)
    return np.exp(np.interp(position, np.arange(len(knots)), knots)).astype(np.float32)


def _vocalise(
    bank: Bank, diction: Diction, f0: NDArray[np.float64], formant: float, effort: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Samples at 24 kHz; only what sounds is synthesised, for WORLD works hardest on silence."""
    samples = np.zeros(len(f0) * HOP, np.float32)
    audible = np.flatnonzero(np.diff(np.pad((diction.gain > 0).astype(np.int8), 1)))
    for start, end in audible.reshape(-1, 2):
        part = slice(start, end)
        envelope = _envelope(bank, diction, part, formant, effort)
        noise = _mix(bank.aperiodicity, diction, part).astype(np.float64)
        aperiodicity = world().decode_aperiodicity(noise, RATE, SYNTHESIS_FFT)
        pitch = np.where(diction.voiced[part], f0[part], 0.0)
        sung = world().synthesize(pitch, envelope, aperiodicity, RATE, FRAME_PERIOD)
        room = samples[start * HOP : start * HOP + len(sung)]
        room += sung[: len(room)].astype(np.float32)
    return samples


def _envelope(
    bank: Bank, diction: Diction, part: slice, formant: float, effort: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Power (t, 257): formants moved, and the brighter the louder (a tilt of 6 dB at the top for a factor of 2)."""
    logarithm = _mix(bank.envelope, diction, part)
    bins = np.minimum(np.arange(BINS) / formant, BINS - 1.001)
    whole = bins.astype(np.intp)
    fraction = (bins - whole).astype(np.float32)
    warped = logarithm[:, whole] * (1 - fraction) + logarithm[:, whole + 1] * fraction
    loudness = 2 * np.log(np.maximum(diction.gain[part], 1e-6)) + 2 * np.log(effort[part])
    tilt = np.outer(2 * np.log(effort[part]), np.minimum(np.linspace(0, 2, BINS), 1))
    return np.asarray(np.exp(warped + loudness[:, None] + tilt) + FLOOR, np.float64, order="C")


def _mix(values: NDArray[np.float32], diction: Diction, part: slice) -> NDArray[np.float32]:
    """Frames of the bank in the order of the diction, joins faded."""
    mixed = values[diction.source[part]]
    joins = np.flatnonzero(diction.share[part] < 1)
    share = diction.share[part][joins, None]
    mixed[joins] = mixed[joins] * share + values[diction.fading[part][joins]] * (1 - share)
    return mixed


def _finish(sung: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """To 44.1 kHz, the asked length and a common level."""
    samples = soxr.resample(sung, RATE, SAMPLE_RATE)[:length]
    samples = np.pad(samples, (0, length - len(samples)))
    loud = np.abs(samples) > 0.02 * np.abs(samples).max(initial=0)
    level = np.sqrt(np.mean(samples[loud] ** 2)) if loud.any() else 1.0
    peak = np.abs(samples).max(initial=0)
    return np.asarray(samples * min(LEVEL / level, CEILING / max(peak, 1e-9)), np.float32)
