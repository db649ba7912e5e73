"""A loudness meter that is fed piece by piece: ITU-R BS.1770-4 with pyloudnorm's filters, in the memory of a piece."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import lfilter

BLOCK = 0.4  # s: the gating block of BS.1770
STEP = 0.25  # of a block: three quarters overlap
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU
OFFSET = -0.691  # dB: annex 1, equation 2

Array = NDArray[np.float64]


def gated_loudness(pieces: Iterable[NDArray[np.float32]], length: int, sample_rate: int) -> float:
    """LUFS of consecutive pieces (channels, n) of `length` samples in all; -inf for silence.

    Mono counts as the same on both channels. Clips shorter than a gating block are measured as one.
    """
    block = min(BLOCK, length / sample_rate)
    starts, stops = _blocks(block, length, sample_rate)
    edges = np.unique(np.concatenate([starts, stops, [0, length]]))
    energies = np.concatenate([[0.0], np.cumsum(_energies(pieces, edges, sample_rate))])
    power = energies[np.searchsorted(edges, stops)] - energies[np.searchsorted(edges, starts)]
    return _gated(power / (block * sample_rate))


def _blocks(block: float, length: int, sample_rate: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First samples of the gating blocks, and the ones after their last, rounded as pyloudnorm does."""
    number = np.arange(round((length / sample_rate - block) / (block * STEP)) + 1)
    starts, stops = (
        (block * (number * STEP + whole) * sample_rate).astype(np.int64).clip(0, length) for whole in (0, 1)
    )
    return starts, stops


def _energies(pieces: Iterable[NDArray[np.float32]], edges: NDArray[np.int64], sample_rate: int) -> Array:
    """Energy of the weighted signal, both channels together, from each edge to the next."""
    stages = list(pyloudnorm.Meter(sample_rate)._filters.values())
    states = [np.zeros((2, 2)) for _ in stages]
    sums, start = np.zeros(len(edges) - 1), 0
    for piece in pieces:
        signal = np.broadcast_to(piece.mean(axis=0) if piece.shape[0] != 2 else piece, (2, piece.shape[1]))
        weighted = signal.astype(np.float64)
        for number, stage in enumerate(stages):
            weighted, states[number] = lfilter(stage.b, stage.a, weighted, zi=states[number])
        inside = edges[(edges > start) & (edges < start + piece.shape[1])]
        bounds = np.concatenate([[start], inside])
        np.add.at(
            sums,
            np.searchsorted(edges, bounds, side="right") - 1,
            np.add.reduceat(np.square(weighted).sum(axis=0), bounds - start),
        )
        start += piece.shape[1]
    return sums


def _gated(power: Array) -> float:
    """Loudness of the mean power of the blocks above both gates (annex 1, equations 4 to 7)."""
    with np.errstate(divide="ignore"):
        loudness = OFFSET + 10 * np.log10(np.maximum(power, 0))
    loud = loudness >= ABSOLUTE_GATE
    if not loud.any():
        return -math.inf
    relative = OFFSET + 10 * math.log10(power[loud].mean()) + RELATIVE_GATE
    kept = power[(loudness > relative) & (loudness > ABSOLUTE_GATE)]
    return OFFSET + 10 * math.log10(kept.mean()) if len(kept) else -math.inf
