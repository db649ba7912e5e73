"""How a voice reaches the computer: in a studio, by a headset, across a room or on a phone, with that place's noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from samuel.config import SAMPLE_RATE

Mono = NDArray[np.float32]
BLOCK = 256  # samples over which the compressor measures
LEVEL_DB = (-30.0, -16.0)  # of the sung parts, re full scale
CEILING = 0.98


def capture(vocal: Mono, rng: np.random.Generator) -> Mono:
    """A dry vocal (n,) at 44.1 kHz as some microphone takes it: (n,) float32 in time with it, peak under 1."""
    names = tuple(CHAINS)
    name = names[rng.choice(len(names), p=[CHAINS[name][0] for name in names])]
    return capture_by(name, vocal, rng)


def capture_by(name: str, vocal: Mono, rng: np.random.Generator) -> Mono:
    """The vocal through the chain of that name in CHAINS; silence keeps only the noise of the place."""
    level = _level(vocal)
    taken = CHAINS[name][1](vocal.astype(np.float64) / max(level, 1e-6) * 0.1, rng)
    taken *= 10 ** (rng.uniform(*LEVEL_DB) / 20) / 0.1
    return np.asarray(taken * min(1.0, CEILING / max(np.abs(taken).max(initial=0), 1e-9)), np.float32)


def _studio(vocal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Close, clean and half the time untouched; else compressed, tuned by ear and at times with a little reverb."""
    if rng.random() < 0.5:
        return vocal + 10 ** (rng.uniform(-80, -65) / 20) * _noise(len(vocal), rng)
    shaped = _shelf(_high_pass(vocal, rng.uniform(60, 110)), 6000, rng.uniform(-2, 5))
    pressed = _compress(shaped, rng.uniform(-26, -16), rng.uniform(2, 5))
    wet = rng.uniform(0.02, 0.12) if rng.random() < 0.4 else 0.0
    return _reverberate(pressed, rng.uniform(0.6, 2.0), wet, rng) + 2e-4 * _noise(len(vocal), rng)


def _headset(vocal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A small capsule near the mouth: thin, hissing, cut at the top."""
    thin = _band(vocal, rng.uniform(100, 220), rng.uniform(6_000, 12_000))
    bright = _peak(thin, rng.uniform(2_000, 4_500), rng.uniform(1, 6))
    return np.asarray(_compress(bright, -22, 3) + 10 ** (rng.uniform(-62, -48) / 20) * _noise(len(vocal), rng))


def _room(vocal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A microphone on the table of a furnished room."""
    heard = _reverberate(_shelf(vocal, 5_000, rng.uniform(-5, 1)), rng.uniform(0.25, 0.8), rng.uniform(0.1, 0.4), rng)
    return heard + 10 ** (rng.uniform(-65, -48) / 20) * _noise(len(vocal), rng)


def _phone(vocal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A voice memo: a little room, a narrow band, automatic gain that lifts the noise."""
    heard = _reverberate(vocal, rng.uniform(0.2, 0.6), rng.uniform(0.05, 0.3), rng)
    heard = heard + 10 ** (rng.uniform(-60, -46) / 20) * _noise(len(vocal), rng)
    narrow = _band(heard, rng.uniform(80, 250), rng.uniform(7_000, 15_000))
    return np.tanh(3 * _compress(_peak(narrow, rng.uniform(1_500, 3_500), rng.uniform(0, 5)), -30, 4)) / 3


CHAINS: dict[str, tuple[float, Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]]]] = {
    "studio": (0.45, _studio),
    "headset": (0.15, _headset),
    "room": (0.2, _room),
    "phone": (0.2, _phone),
}  # probability, chain


def _level(vocal: Mono) -> float:
    """Root mean square of what is not silence."""
    loud = vocal[np.abs(vocal) > 0.02 * np.abs(vocal).max(initial=0)]
    return float(np.sqrt(np.mean(np.square(loud)))) if len(loud) else 0.0


def _noise(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Hiss between white and brown of unit variance, at times with the hum of the mains."""
    hiss = rng.standard_normal(length, dtype=np.float32)
    coloured = signal.lfilter([1.0], [1.0, -float(rng.uniform(0.2, 0.95))], hiss)
    coloured /= max(float(coloured.std()), 1e-9)
    if rng.random() < 0.3:
        time = np.arange(length) / SAMPLE_RATE
        mains = float(rng.choice([50.0, 60.0]))
        coloured += rng.uniform(0.1, 0.6) * sum(np.sin(2 * np.pi * mains * k * time) / k for k in (1, 2, 3))
    return np.asarray(coloured, np.float64)


def _reverberate(
    vocal: NDArray[np.float64], seconds: float, wet: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Add a room that decays by 60 dB in ``seconds``, its energy ``wet`` times the direct sound's at time 0."""
    if wet == 0.0:
        return vocal
    length = int(seconds * SAMPLE_RATE)
    decay = 10 ** (-3 * np.arange(length) / length)
    tail = signal.lfilter([1.0], [1.0, -0.6], rng.standard_normal(length)) * decay  # air and cloth take the treble
    tail[: int(rng.uniform(0.004, 0.02) * SAMPLE_RATE)] = 0
    tail *= np.sqrt(wet / np.square(tail).sum())
    return np.asarray(vocal + signal.oaconvolve(vocal, tail)[: len(vocal)])


def _compress(vocal: NDArray[np.float64], threshold_db: float, ratio: float) -> NDArray[np.float64]:
    """Reduce what lies above the threshold (dB re full scale); fast attack, release of about 80 ms."""
    blocks = -(-len(vocal) // BLOCK)
    power = np.square(np.pad(vocal, (0, blocks * BLOCK - len(vocal)))).reshape(blocks, BLOCK).mean(axis=1)
    smooth = np.maximum(power, signal.lfilter([0.07], [1, -0.93], power))
    over = np.maximum(10 * np.log10(smooth + 1e-12) - threshold_db, 0)
    centres = (np.arange(blocks) + 0.5) * BLOCK
    gain_db = np.interp(np.arange(len(vocal)), centres, -over * (1 - 1 / ratio)) if blocks else np.zeros(0)
    return np.asarray(vocal * 10 ** (gain_db / 20))


def _high_pass(vocal: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    return np.asarray(signal.sosfilt(signal.butter(2, frequency, "highpass", fs=SAMPLE_RATE, output="sos"), vocal))


def _band(vocal: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return np.asarray(signal.sosfilt(signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos"), vocal))


def _shelf(vocal: NDArray[np.float64], frequency: float, gain_db: float) -> NDArray[np.float64]:
    """Lift or lower what lies above frequency (first order)."""
    above = signal.sosfilt(signal.butter(1, frequency, "highpass", fs=SAMPLE_RATE, output="sos"), vocal)
    return np.asarray(vocal + (10 ** (gain_db / 20) - 1) * above)


def _peak(vocal: NDArray[np.float64], frequency: float, gain_db: float) -> NDArray[np.float64]:
    """Lift or lower an octave around frequency."""
    edges = (frequency / np.sqrt(2), frequency * np.sqrt(2))
    around = signal.sosfilt(signal.butter(1, edges, "bandpass", fs=SAMPLE_RATE, output="sos"), vocal)
    return np.asarray(vocal + (10 ** (gain_db / 20) - 1) * around)
