"""Beats of a vocal: the tempo that repeats best, then the best path of beats (Ellis 2007), over onsets and evidence.

Times in seconds; onsets four to a latent frame, rows 16-19 of the melodic features. Before the first beat of the path
and after its last the beats go on to the ends of the song, so that a band can play where nobody sings yet.
"""

from __future__ import annotations

from dataclasses import dataclass

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
CHANGE = 4.0  # deviations of the onset strength that a told change of chord is worth; few of them are off the beat
CHANGE_TEMPO = 2.0  # the same for the tempo; more of either would follow a sheet that is 100 ms off (page 022)
CERTAIN = 1e4  # the same for a told downbeat: no other evidence comes near
LOCAL = 8  # beats that give the period with which the first and the last go on


@dataclass(frozen=True)
class Told:
    """What the singer tells of the beats; by itself nothing."""

    tempo: float = AS_HEARD  # beats per minute
    downbeat: float | None = None  # s: a bar begins here
    changes: tuple[float, ...] = ()  # s: here the chords change


def track_beats(features: NDArray[np.float32], evidence: Array | None = None, told: Told | None = None) -> Array:
    """Times (s) of the beats that melodic features (20, t) imply, ascending; none where nothing is sung.

    told: what the singer tells. The path passes its downbeat, and its changes of chord are evidence like other; those
    beyond the song are none. evidence (t,): what else speaks for a beat in each frame, in standard deviations of the
    onset strength; TEMPO_SHARE of it for the tempo, all of it for the path. Raises ValueError for evidence of another
    length or that is not finite.
    """
    told = told or Told()
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
    changes = _marks(told.changes, len(strength))
    if told.tempo == AS_HEARD:
        repeating = _normalised(strength + TEMPO_SHARE * heard)
        period = beat_period(_normalised(repeating + CHANGE_TEMPO * changes))
    else:
        period = 60 * RATE / told.tempo
    strength = _normalised(strength + heard) + CHANGE * changes
    if told.downbeat is not None and 0 <= told.downbeat * RATE < len(strength):
        strength[int(told.downbeat * RATE)] += CERTAIN
    beats = np.asarray((_best_path(strength, period) + 0.5) / RATE, dtype=np.float64)
    return _to_the_ends(beats, period / RATE, len(strength) / RATE)


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


def _to_the_ends(beats: Array, period: float, seconds: float) -> Array:
    """The beats, and as many before and after them as the song of so many seconds has room for.

    period (s): the distance to the next beat where there is only one.
    """
    steps = np.diff(beats) if len(beats) > 1 else np.array([period])
    first, last = float(np.median(steps[:LOCAL])), float(np.median(steps[-LOCAL:]))
    before = beats[0] - first * np.arange(int(beats[0] / first), 0, -1)
    after = beats[-1] + last * np.arange(1, int((seconds - beats[-1]) / last) + 1)
    return np.concatenate([before, beats, after])


def _marks(times: tuple[float, ...], quarters: int) -> Array:
    """Times (s) as triangles of height 1 in a row of quarter frames, as wide as onsets are blurred."""
    row = np.zeros(quarters)
    places = (np.asarray(times, dtype=np.float64) * RATE).astype(int)
    row[places[(places >= 0) & (places < quarters)]] = 1.0
    return np.minimum(np.convolve(row, _triangle(), "same"), 1.0)


def _normalised(values: Array) -> Array:
    """At zero mean and unit deviation."""
    return np.asarray((values - values.mean()) / values.std())


def _blurred(onsets: Array) -> Array:
    return np.convolve(onsets, _triangle() / _triangle().sum(), "same")


def _triangle() -> Array:
    """Height 1, BLUR quarter frames to either side."""
    return np.asarray(1 - np.abs(np.arange(-BLUR, BLUR + 1)) / (BLUR + 1), dtype=np.float64)


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
