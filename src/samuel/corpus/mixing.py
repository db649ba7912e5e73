"""A master from stems, each time by another engineer: balance, place, tone, compression, drive and room at random."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from samuel.audio.loudness import integrated_loudness
from samuel.audio.waveform import Waveform
from samuel.config import SAMPLE_RATE
from samuel.corpus.song import STEMS, Stem
from samuel.errors import MissingExtraError

if TYPE_CHECKING:
    import pedalboard

    Pedalboard: TypeAlias = pedalboard._pedalboard.Pedalboard

LEVELS_DB: dict[Stem, float] = {"drums": 0.0, "bass": -4.0, "chords": -1.0, "other": -5.0}  # of the loud passages
LEVEL_SPREAD_DB = 2.0
LOUDNESS, LOUDNESS_SPREAD, LOUDNESS_REACH = -14.0, 1.0, 2.5  # LUFS of the master
CEILING = 10 ** (-0.4 / 20)  # below -0.3 dBFS, with room for rounding
KNEE = 0.7  # peaks above this are bent
WINDOW = SAMPLE_RATE // 5  # samples of one level measurement


def mix_stems(stems: dict[Stem, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """A master (2, n) float32 of stems (2, n) at 44.1 kHz: -14 +- 3 LUFS, peak under -0.3 dBFS; silence stays."""
    board = _pedalboard()
    length = max(stem.shape[1] for stem in stems.values())
    dry, wet = np.zeros((2, length), np.float32), np.zeros((2, length), np.float32)
    for name in STEMS:
        treated = _treat(board, name, stems.get(name), rng)
        if treated is not None:
            signal, send = treated
            dry += signal
            wet += send * signal
    master = _master_chain(board, rng)(dry + _room(board, rng)(wet, SAMPLE_RATE), SAMPLE_RATE)
    target = LOUDNESS + float(np.clip(rng.normal(0, LOUDNESS_SPREAD), -LOUDNESS_REACH, LOUDNESS_REACH))
    return _to_loudness(master, target)


def _treat(
    board: ModuleType, name: Stem, stem: np.ndarray | None, rng: np.random.Generator
) -> tuple[np.ndarray, float] | None:
    """The stem after its channel strip, and the gain of its reverb send; None for silence. Draws in any case."""
    strip = _channel_strip(board, name, rng)
    gain_db = LEVELS_DB[name] + rng.normal(0, LEVEL_SPREAD_DB)
    pan = 0.0 if name in ("drums", "bass") else float(rng.uniform(-0.3, 0.3))
    send = float(10 ** (rng.uniform(-22, -9) / 20)) * (0.2 if name == "bass" else 1.0)
    if stem is None or (level := _level(stem)) == 0.0:
        return None
    treated = strip(stem * np.float32(0.1 / level), SAMPLE_RATE)
    gain = 10 ** (gain_db / 20) * 0.1 / max(_level(treated), 1e-6)
    sides = np.sqrt(np.array([[1 - pan], [1 + pan]])) * gain
    return (treated * sides.astype(np.float32)), send


def _channel_strip(board: ModuleType, name: Stem, rng: np.random.Generator) -> Pedalboard:
    plugins = [
        board.LowShelfFilter(float(rng.uniform(90, 250)), float(rng.normal(0, 2))),
        board.PeakFilter(float(np.exp(rng.uniform(np.log(300), np.log(4000)))), float(rng.normal(0, 2)), 0.8),
        board.HighShelfFilter(float(rng.uniform(3000, 8000)), float(rng.normal(0, 2.5))),
    ]
    if rng.random() < 0.6:
        threshold, ratio = float(rng.uniform(-24, -14)), float(rng.uniform(1.5, 4))
        plugins.append(board.Compressor(threshold, ratio, float(rng.uniform(3, 25)), float(rng.uniform(60, 250))))
    if rng.random() < (0.15 if name == "drums" else 0.25):
        plugins.append(board.Distortion(float(rng.uniform(2, 12))))
    chain: Pedalboard = board.Pedalboard(plugins)
    return chain


def _room(board: ModuleType, rng: np.random.Generator) -> Pedalboard:
    size, damping = float(rng.uniform(0.15, 0.75)), float(rng.uniform(0.3, 0.8))
    reverb = board.Reverb(room_size=size, damping=damping, wet_level=0.9, dry_level=0.0, width=1.0)
    chain: Pedalboard = board.Pedalboard([board.HighpassFilter(200), reverb])  # a room that answers the bass is mud
    return chain


def _master_chain(board: ModuleType, rng: np.random.Generator) -> Pedalboard:
    plugins = [
        board.HighpassFilter(28),
        board.LowShelfFilter(120, float(rng.normal(0, 1))),
        board.HighShelfFilter(6000, float(rng.normal(0, 1.5))),
        board.Compressor(float(rng.uniform(-14, -6)), float(rng.uniform(1.3, 2.5)), 15, 180),
    ]
    chain: Pedalboard = board.Pedalboard(plugins)
    return chain


def _level(signal: np.ndarray) -> float:
    """RMS of the loud passages: the 90th percentile of the windows that sound; 0 for silence."""
    length = signal.shape[1] // WINDOW * WINDOW
    windows = signal[:, :length].reshape(2, -1, WINDOW) if length else signal[:, None]
    power = np.square(windows).mean(axis=(0, 2))
    sounding = power[power > 1e-8]
    return float(np.sqrt(np.percentile(sounding, 90))) if sounding.size else 0.0


def _to_loudness(master: np.ndarray, target: float) -> np.ndarray:
    """Bring the master to target LUFS, its peaks bent below the ceiling."""
    measured = integrated_loudness(Waveform(master.astype(np.float32), SAMPLE_RATE))
    if not np.isfinite(measured):
        return master.astype(np.float32)
    return soft_clip(master * np.float32(10 ** ((target - measured) / 20)))


def soft_clip(signal: np.ndarray) -> np.ndarray:
    """Leave samples under KNEE alone and bend those above it smoothly towards CEILING, which none passes."""
    room = CEILING - KNEE
    bent = np.array(signal, np.float32)
    loud = np.abs(bent) > KNEE  # few samples: tanh is slow
    bent[loud] = np.sign(bent[loud]) * (KNEE + room * np.tanh((np.abs(bent[loud]) - KNEE) / room))
    return bent


def _pedalboard() -> ModuleType:
    try:
        import pedalboard
    except ImportError as error:
        raise MissingExtraError("pedalboard", "corpus") from error
    return pedalboard
