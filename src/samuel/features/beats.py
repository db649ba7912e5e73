"""Beats of a vocal: the tempo that repeats best, then the best path of beats (Ellis 2007), over onsets and evidence.

Times in seconds; onsets four to a latent frame, rows 16-19 of the melodic features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from samuel.config import FRAME_RATE

Array = NDArray[np.float64]

VOICING, FIRST_ONSET, QUARTERS = 13, 16, 4  # rows of the features; onset strengths per latent frame
VOICE_STARTS = 0.3  # what a voice that sets in counts beside an onset of full strength
RATE = FRAME_RATE * QUARTERS  # onset strengths per second
SLOWEST, FASTEST = 50.0, 210.0  # beats per minute
AS_HEARD = 0.0  # for a tempo: nobody tells it
CANDIDATES = 120  # tempi between them, equally spaced in their logarithm
USUAL, SPREAD = 110.0, 0.6  # beats per minute; deviation of the log tempo around it
MULTIPLES = (1.0, 0.7, 0.3, 0.7)  # how much one, two, three and four beats must repeat
BLUR = 3  # quarter frames: a note sung 35 ms early or late is still on the beat
TEMPO_SHARE = 0.3  # of the evidence counts for the tempo; with all of it one real singer was taken far too fast
TIGHTNESS = 450.0  # cost of a squared log ratio between two beats' distance and the period
SHORTEST, LONGEST = 0.6, 1.7  # periods between two beats


def track_beats(features: NDArray[np.float32], evidence: Array | None = None, tempo: float = AS_HEARD) -> Array:
    """Times (s) of the beats that melodic features (20, t) imply, ascending; none where nothing is sung.

    evidence (t,): what else speaks for a beat in each frame, in standard deviations of the onset strength; TEMPO_SHARE
    of it for the tempo, all of it for the path. tempo: beats per minute where they are known, or AS_HEARD. Raises
    ValueError for evidence of another length or that is not finite.
    """
    if evidence is not None and (evidence.shape != features.shape[1:] or not np.isfinite(evidence).all()):
        raise ValueError(f"evidence {evidence.shape} must be finite and {features.shape[1:]}, as the features")
    strength = onset_strength(features)
    spread = strength.std() if len(strength) else 0.0
    if len(strength) < 2 * RATE or spread < 1e-3:  # a tempo takes two seconds at least
        return np.zeros(0)
    strength = _normalised(strength)
    heard = np.zeros_like(strength)
    if evidence is not None:
        centres = (np.arange(len(strength)) + 0.5) / QUARTERS - 0.5
        heard = np.interp(centres, np.arange(len(evidence)), evidence)
    period = beat_period(_normalised(strength + TEMPO_SHARE * heard)) if tempo == AS_HEARD else 60 * RATE / tempo
    strength = _normalised(strength + heard)
    return np.asarray((_best_path(strength, period) + 0.5) / RATE, dtype=np.float64)


def onset_strength(features: NDArray[np.float32]) -> Array:
    """Onsets and beginnings of the voice in melodic features (20, t), blurred: (4t,)."""
    onsets = features[FIRST_ONSET : FIRST_ONSET + QUARTERS].T.reshape(-1).astype(np.float64)
    starts = np.diff(features[VOICING], prepend=features[VOICING, :1]).clip(0)
    strength = onsets + VOICE_STARTS * np.repeat(starts, QUARTERS)
    return _blurred(strength.clip(0)) if len(strength) else strength


def beat_period(strength: Array) -> float:
    """The beat period in quarter frames of a standardised onset strength (n,): what repeats, among usual tempi."""
    periods = 60 * RATE / np.geomspace(FASTEST, SLOWEST, CANDIDATES)
    lags = np.arange(int(periods[-1] * len(MULTIPLES)) + 2)
    spectrum = np.fft.rfft(strength, 2 * max(len(strength), len(lags)))
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: len(lags)] / len(strength)
    repeating = sum(w * np.interp(i * periods, lags, likeness) for i, w in enumerate(MULTIPLES, start=1))
    usual = np.exp(-0.5 * (np.log(60 * RATE / periods / USUAL) / SPREAD) ** 2)
    return float(periods[np.argmax(repeating * usual)])


def pulses(times: NDArray[np.float64] | tuple[float, ...], frames: int) -> NDArray[np.float32]:
    """Times (s) as triangular pulses two frames wide, (t,): a beat between two frame centres is shared by them."""
    row = np.zeros(frames, np.float32)
    for position in np.asarray(times, dtype=np.float64) * FRAME_RATE - 0.5:  # frame i is centred at (i + 1/2) / rate
        left = int(np.floor(position))
        for frame in (left, left + 1):
            if 0 <= frame < frames:
                row[frame] = max(row[frame], 1 - abs(position - frame))
    return row


def _normalised(values: Array) -> Array:
    """At zero mean and unit deviation."""
    return np.asarray((values - values.mean()) / values.std())


def _blurred(onsets: Array) -> Array:
    kernel = 1 - np.abs(np.arange(-BLUR, BLUR + 1)) / (BLUR + 1)
    return np.convolve(onsets, kernel / kernel.sum(), "same")


def _best_path(strength: Array, period: float) -> NDArray[np.int64]:
    """Quarter frames of the beats: the strongest path whose steps stay near the period, by dynamic programming."""
    steps = np.arange(round(SHORTEST * period), round(LONGEST * period) + 1)
    cost = TIGHTNESS * np.log(steps / period) ** 2
    reach = int(steps[-1])
    score = np.full(len(strength) + reach, -np.inf)  # as many places before the first
    before = np.full(len(strength), -1)
    for now in range(len(strength)):
        ways = score[now + reach - steps] - cost
        best = int(ways.argmax())
        score[now + reach] = strength[now] + max(ways[best], 0.0)
        if ways[best] > 0:
            before[now] = now - steps[best]
    last = len(strength) - 1 - int(score[::-1][: round(LONGEST * period)].argmax())
    path = [last]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])
