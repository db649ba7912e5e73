"""The key of a piece from what sounds in it; key signatures of lead sheets seldom tell major from minor."""

from __future__ import annotations

import numpy as np

from samuel.corpus.harmony import Mode

# probe-tone profiles of Krumhansl & Kessler (1982), tonic first
MAJOR_PROFILE = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR_PROFILE = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
FINAL_BONUS = 0.35  # correlation; pieces end on their tonic chord far more often than not


def find_key(histogram: np.ndarray, final_root: int, final_is_minor: bool) -> tuple[int, Mode]:
    """Tonic and mode that best explain a histogram of pitch classes (12,) and the root and mode of the last chord."""
    profiles: dict[Mode, np.ndarray] = {"major": MAJOR_PROFILE, "minor": MINOR_PROFILE}
    scores: dict[tuple[int, Mode], float] = {}
    for mode, profile in profiles.items():
        for tonic in range(12):
            fit = float(np.corrcoef(histogram, np.roll(profile, tonic))[0, 1])
            agrees = tonic == final_root and final_is_minor == (mode == "minor")
            scores[tonic, mode] = fit + FINAL_BONUS * agrees
    return max(scores, key=lambda key: scores[key])
