"""Can it be heard where the windows of a long song meet?

Conventions: a seam is the time (s) in the middle of what two neighbouring windows share, with the cross-fade around it;
every other moment lies inside a window. A novelty is measured per frame of 46 ms; a seam's is its largest within half
the cross-fade, and is compared with the 95th percentile of the same measure at places inside windows, so that both are
maxima over stretches of the same length. `*_ratio` is the one over the other: at most 1 is as smooth as the inside.

Flux: half-wave rectified rise of the mel spectrum in dB, mean over bands (Dixon, "Onset Detection Revisited", 2006).
Loudness step: difference (dB) of the power of the 3 s after and the 3 s before. Key and tempo are those of whole
windows, by the key finder and beat tracker of this package; keys with one scale, and tempi an octave apart or within
4 %, count as the same (the tolerance of MIREX's tempo task is 8 % for a tempo on its own).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from samuel.audio import Waveform, read_audio
from samuel.config import CLIP_FRAMES, FRAME_RATE, HOP, SAMPLE_RATE
from samuel.errors import ConfigError
from samuel.evaluation import harmony, key, rhythm
from samuel.evaluation.optional import require
from samuel.evaluation.sets import find_audio, for_each
from samuel.evaluation.signals import analysis_signal
from samuel.evaluation.table import Table, summarise
from samuel.segments import OVERLAP, Window, windows_of

RATE = 22_050  # Hz, of the analysis
FLUX_HOP = 1_024  # samples at that rate: 46 ms
SPAN = 3.0  # s on either side of which the loudness is compared
INSIDE = 0.95  # quantile inside windows that a seam may reach
SAME_TEMPO = 0.04
NEAR = 0.2  # share by which a beat's interval may differ from the median and count for the tempo


def seams_of(windows: Sequence[Window]) -> np.ndarray:
    """Times (s) of the seams."""
    return np.array([(left.stop + right.start) / 2 / FRAME_RATE for left, right in pairwise(windows)])


def flux(samples: np.ndarray) -> np.ndarray:
    """Mono samples (n,) at RATE -> rise of the mel spectrum (dB) per frame."""
    librosa = require("librosa")
    power = librosa.feature.melspectrogram(y=samples, sr=RATE, hop_length=FLUX_HOP, n_mels=64)
    decibels = librosa.power_to_db(power, top_db=80.0)
    return np.asarray(np.maximum(np.diff(decibels, axis=1, prepend=decibels[:, :1]), 0).mean(axis=0))


def loudness_steps(samples: np.ndarray) -> np.ndarray:
    """Mono samples (n,) at RATE -> |dB| between the SPAN after and the SPAN before each frame; 0 near the ends."""
    frames = len(samples) // FLUX_HOP
    power = np.square(samples[: frames * FLUX_HOP], dtype=np.float64).reshape(frames, FLUX_HOP).mean(axis=1)
    span = round(SPAN * RATE / FLUX_HOP)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    means = (sums[span:] - sums[:-span]) / span + 1e-8
    steps = np.zeros(frames)
    if frames > 2 * span:
        steps[span : frames - span + 1] = np.abs(10 * np.log10(means[span:] / means[:-span]))[: frames - 2 * span + 1]
    return steps


def against_inside(novelty: np.ndarray, seams: np.ndarray, half_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Maxima (seams,) of a novelty (frames,) around the seams, and (places,) around the places inside windows.

    seams and half_width are in seconds; places lie half_width apart, so far from any seam that no novelty sees it.
    """
    rate = RATE / FLUX_HOP

    def around(time: float) -> float:
        start = max(0, round((time - half_width) * rate))
        return float(novelty[start : round((time + half_width) * rate) + 1].max(initial=0.0))

    places = np.arange(half_width, len(novelty) / rate - half_width, half_width)
    inside = [
        place for place in places if np.abs(seams - place).min(initial=np.inf) >= half_width + max(half_width, SPAN)
    ]
    return np.array([around(seam) for seam in seams]), np.array([around(place) for place in inside])


def same_tempo(first: float, second: float) -> bool:
    """Whether two tempi are the same, an octave apart included."""
    octaves = abs(float(np.log2(first / second)))
    return bool(abs(octaves - round(octaves)) <= np.log2(1 + SAME_TEMPO))


def tempo_of(beats: np.ndarray) -> float:
    """Beats per minute: the mean of the intervals near their median, which alone would be a whole number of frames.

    NaN for fewer than two beats.
    """
    intervals = np.diff(beats)
    if not len(intervals):
        return float("nan")
    middle = np.median(intervals)
    return 60 / float(intervals[np.abs(intervals / middle - 1) < NEAR].mean())


def evaluate(
    audio: Waveform, length: int = CLIP_FRAMES, overlap: int = OVERLAP, at: Sequence[Window] | None = None
) -> dict[str, float]:
    """Flux and loudness ratios, the shares of seams above the inside, and of neighbours with one key and one tempo.

    length and overlap are those of the windows in which the song was made. Raises ConfigError for one window only.
    """
    frames = -(-round(audio.seconds * SAMPLE_RATE) // HOP)
    windows = tuple(at or windows_of(frames, length, overlap))
    if len(windows) < 2:
        raise ConfigError(f"{audio.seconds:.1f} s are one window, which has no seam: give a longer song.")
    samples, seams = analysis_signal(audio.samples, audio.sample_rate), seams_of(windows)
    found: dict[str, float] = {"seams": float(len(seams))}
    for name, novelty in (("flux", flux(samples)), ("loudness", loudness_steps(samples))):
        own, inside = against_inside(novelty, seams, overlap / 2 / FRAME_RATE)
        if not len(inside):
            raise ConfigError(f"Windows of {length} frames leave no place far from every seam: give longer ones.")
        limit = float(np.quantile(inside, INSIDE))
        found[f"{name}_ratio"] = float(own.mean()) / limit
        found[f"{name}_above"] = float((own > limit).mean())
    return {**found, **_continuity(samples, windows)}


def evaluate_seams(
    outputs: Path | str,
    length: int = CLIP_FRAMES,
    overlap: int = OVERLAP,
    on_step: Callable[[int, int], None] | None = None,
) -> Table:
    """A row for each long song in a folder, and the means with 95 % intervals over songs.

    A song that cannot be read, or is a single window, is skipped and counted; ConfigError where none is left.
    """
    found = find_audio(outputs)

    def judge(name: str) -> dict[str, Any]:
        return {"clip": name, **evaluate(read_audio(found[name]), length, overlap)}

    rows, skipped = for_each(list(found), judge, on_step)
    settings = {"outputs": str(Path(outputs).resolve()), "clips": len(rows), "window": length, "overlap": overlap}
    return Table("seams", settings, tuple(rows), summarise(rows), tuple(skipped))


def _continuity(samples: np.ndarray, windows: Sequence[Window]) -> dict[str, float]:
    """Shares of neighbouring windows with the same key and the same tempo."""
    keys, tempi = [], []
    for window in windows:
        part = samples[round(window.start / FRAME_RATE * RATE) : round(window.stop / FRAME_RATE * RATE)]
        keys.append(key.relative_major(*key.key_of_profile(harmony.chroma(part, RATE).mean(axis=1))))
        tempi.append(tempo_of(rhythm.track_beats(part, RATE)))
    same: dict[str, list[Any]] = {
        "same_key": [a == b for a, b in pairwise(keys)],
        "same_tempo": [same_tempo(a, b) for a, b in pairwise(tempi)],
    }
    return {name: float(np.mean(values)) for name, values in same.items()}
