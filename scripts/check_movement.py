#!/usr/bin/env python
"""How much do our singers' pitches move, beside real ones? The vocals of a corpus, and its melodies sung anew.

    python scripts/check_movement.py CORPUS RECORDING ... --pairs 20 --takes 3 --out movement.png

The corpus may be of singers of the past: the melodies of its pairs are sung again by the voices that sang them, as the
code is now. Measures are those of check_voices.py, by swift-f0.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from check_corpus import melody_agreement, save, spread_pairs
from check_voices import movement
from matplotlib.figure import Figure

from samuel.audio import read_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus.capture import capture
from samuel.corpus.singer import sing
from samuel.corpus.voices import VOICES
from samuel.evaluation.pairs import Pair
from samuel.features.melodic import QUARTER, track_pitch

Track = tuple[np.ndarray, np.ndarray]  # MIDI pitch and voicing, every quarter frame
Rows = dict[str, list[float]]
STEP = QUARTER / SAMPLE_RATE  # s
SHOWN = 8.0  # s
MEASURES = {"moved": "F0 around its mean over 0.48 s, cents", "glides": "time in glides, %",
            "extent": "extent in notes above half a second, cents"}  # fmt: skip
WITHIN = "voiced note time within 50 cents"


def main() -> None:
    """Measure, print a table, draw."""
    parser = argparse.ArgumentParser(description="Check how much singers move.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--takes", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pairs = spread_pairs(arguments.corpus, arguments.pairs)
    real = {p.stem: heard(read_audio(p).to_mono().resample(SAMPLE_RATE).samples[0]) for p in arguments.recordings}
    stored = [heard(pair.vocal().samples[0]) for pair in pairs]
    anew = [heard(sung_again(pair, take)) for take in range(arguments.takes) for pair in pairs]
    groups = {"the corpus": measured(stored, pairs), "sung anew": measured(anew, pairs * arguments.takes)}
    singers = {name: movement(*track) for name, track in real.items()}
    print("| | " + " | ".join([*real, *(f"{name}: median (10 to 90 %), highest" for name in groups)]) + " |")
    for key, name in MEASURES.items():
        print(f"| {name} | " + " | ".join([f"{row[key]:.1f}" for row in singers.values()] + spread(groups, key)) + " |")
    for key in (WITHIN, "voiced"):
        means = [f"{np.mean(rows[key]):.3f}, lowest {min(rows[key]):.3f}" for rows in groups.values()]
        print(f"| {key}, mean | " + " | ".join(["" for _ in real] + means) + " |")
    arguments.out.with_suffix(".json").write_text(json.dumps({"real": singers, **groups}, indent=1))
    freest = shown(groups["sung anew"], len(pairs))
    curves = {next(iter(real)): next(iter(real.values())), "the corpus": stored[freest], "sung anew": anew[freest]}
    save(drawn(groups, singers, curves), arguments.out)


def shown(rows: Rows, pairs: int) -> int:
    """The pair whose first take moves most, of those that the tracker follows throughout."""
    followed = np.asarray(rows["voiced"][:pairs]) > 0.9
    return int(np.argmax(np.where(followed, rows["moved"][:pairs], 0)))


def heard(samples: np.ndarray) -> Track:
    """What the tracker hears."""
    return track_pitch(samples, len(samples) // QUARTER)


def sung_again(pair: Pair, take: int) -> np.ndarray:
    """The melody of a pair by the voice that sang it, recorded, as perform_pair does."""
    rng = np.random.default_rng([take, len(pair.song.melody)])
    voice = VOICES[str(pair.details["voice"])]
    return np.ravel(capture(sing(pair.song.melody, voice, pair.song.duration, rng), rng)).astype(np.float32)


def measured(tracks: list[Track], pairs: list[Pair]) -> Rows:
    """Measures by name, a value for each vocal."""
    rows: Rows = {key: [] for key in (*MEASURES, WITHIN, "voiced")}
    for track, pair in zip(tracks, pairs, strict=True):
        agreement = melody_agreement(*track, STEP, pair.song)
        row = {**movement(*track), WITHIN: agreement["melody within 50 cents"], "voiced": agreement["note time voiced"]}
        for key, values in rows.items():
            values.append(row[key])
    return rows


def spread(groups: dict[str, Rows], key: str) -> list[str]:
    """Cells of the table."""
    cells = []
    for rows in groups.values():
        low, middle, high, top = np.nanpercentile(rows[key], (10, 50, 90, 100))
        cells.append(f"{middle:.1f} ({low:.1f} to {high:.1f}), {top:.1f}")
    return cells


def drawn(groups: dict[str, Rows], singers: dict[str, dict[str, float]], curves: dict[str, Track]) -> Figure:
    """Distributions above, eight seconds of three pitches below."""
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    grid = figure.add_gridspec(2, 3)
    for column, (key, title) in enumerate([*list(MEASURES.items())[:2], (WITHIN, WITHIN)]):
        axes = figure.add_subplot(grid[0, column])
        known = {name: row[key] for name, row in singers.items() if key in row}
        every = [*known.values(), *(value for rows in groups.values() for value in rows[key])]
        for (name, rows), colour in zip(groups.items(), ("tab:gray", "tab:orange"), strict=True):
            weights = np.full(len(rows[key]), 100 / len(rows[key]))
            bins = np.linspace(min(every), max(every), 24)
            axes.hist(rows[key], bins, weights=weights, alpha=0.6, color=colour, label=f"{name} ({len(weights)})")
        for name, value in known.items():
            axes.axvline(value, color="tab:blue")
            axes.annotate(name, (value, 0.6), xycoords=("data", "axes fraction"), rotation=90, ha="right", fontsize=8)
        axes.set(title=title, ylabel="% of the vocals" if column == 0 else "")
        axes.legend(fontsize=8, loc="upper left" if key == WITHIN else "upper right")
    for column, (name, (midi, voiced)) in enumerate(curves.items()):
        axes = figure.add_subplot(grid[1, column])
        times = (np.arange(len(midi)) - np.flatnonzero(voiced)[0]) * STEP
        chosen = voiced & (times < SHOWN)
        axes.plot(times[chosen], midi[chosen], ".", markersize=2.5)
        axes.set(title=name, xlabel="s", ylabel="MIDI pitch" if column == 0 else "", xlim=(0, SHOWN))
    return figure


if __name__ == "__main__":
    main()
