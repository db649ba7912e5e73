#!/usr/bin/env python
"""Do imagined performances begin and end notes as sung ones do? Both around the notes of a corpus, side by side.

    python scripts/check_performances.py CORPUS DATA --pairs 100 --out performances.png

DATA is what samuel corpus prepare has made of CORPUS: the features of its sung vocals. Each melody is imagined once
more. Means and the middle three fifths of notes after a rest and of notes in a phrase, from 280 ms before to 280 ms
after they start.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from check_corpus import save, spread_pairs
from matplotlib.figure import Figure

from samuel.corpus.performance import REST, imagined_features
from samuel.corpus.song import SungNote
from samuel.features.beats import FIRST_ONSET, RATE, VOICING
from samuel.features.melodic import QUARTERS

REACH = 24  # quarter frames around a note's start
OFFSETS = np.arange(-REACH, REACH + 1)
AROUND = OFFSETS / RATE * 1000  # ms
ROWS = {"onset strength": None, "voicing": VOICING, "loudness": 14, "change of pitch": 15}  # rows of the features
PLACES = ("after a rest", "in a phrase")
SHOWN_MS = (-100, -50, 0, 50)  # in the table
CENTRED = (-140, 105)  # ms: where a note's onsets lie

Groups = dict[str, list[np.ndarray]]  # of PLACES: each note (4, 2 REACH + 1)


def main() -> None:
    """Print a table and draw."""
    parser = argparse.ArgumentParser(description="Check imagined performances.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    heard: dict[str, Groups] = {who: {place: [] for place in PLACES} for who in ("sung", "imagined")}
    centres: dict[str, list[float]] = {who: [] for who in heard}
    for number, pair in enumerate(spread_pairs(arguments.corpus, arguments.pairs)):
        path = arguments.data / "latents" / f"{pair.identifier}.features.npy"
        if not path.is_file():
            continue
        sung = np.load(path).astype(np.float32)
        imagined = imagined_features(pair.song.melody, sung.shape[1], np.random.default_rng(number))
        for who, features in (("sung", sung), ("imagined", imagined)):
            centres[who].append(centre(collect(features, pair.song.melody, heard[who])))
    if not heard["sung"][PLACES[0]]:
        parser.error(
            f"{arguments.data} holds the features of no pair of {arguments.corpus}: prepare that corpus there."
        )
    print_table(heard)
    for who, values in centres.items():
        print(f"\nCentre of the onsets, {who}: {np.mean(values):+.1f} ms, {np.std(values):.1f} ms from song to song")
    save(drawn(heard), arguments.out)


def centre(onsets: np.ndarray) -> float:
    """Where a mean onset strength (2 REACH + 1,) has its centre above its floor (ms)."""
    first, last = np.searchsorted(AROUND, CENTRED)
    inside = slice(int(first), int(last))
    above = onsets[inside] - onsets[inside].min()
    return float((above * AROUND[inside]).sum() / above.sum())


def collect(features: np.ndarray, notes: tuple[SungNote, ...], groups: Groups) -> np.ndarray:
    """Add what surrounds the start of each note in features (20, t); returns their mean onset strength."""
    onsets = features[FIRST_ONSET : FIRST_ONSET + QUARTERS].T.reshape(-1)
    rows = np.stack([onsets if row is None else np.repeat(features[row], QUARTERS) for row in ROWS.values()])
    end, mine = -np.inf, []
    for note in notes:
        place = PLACES[0] if note.start - end > REST else PLACES[1]
        end, start = note.end, round(note.start * RATE)
        if REACH <= start < len(onsets) - REACH:
            groups[place].append(rows[:, start + OFFSETS])
            mine.append(groups[place][-1][0])
    return np.mean(mine, axis=0)


def print_table(heard: dict[str, Groups]) -> None:
    """Means at some offsets, as Markdown."""
    print("| | " + " | ".join(f"{ms:+d} ms" for ms in SHOWN_MS) + " |\n|---|" + "---|" * len(SHOWN_MS))
    at = [int(np.abs(AROUND - ms).argmin()) for ms in SHOWN_MS]
    for place in PLACES:
        means = {who: np.mean(groups[place], axis=0) for who, groups in heard.items()}
        for row, name in enumerate(ROWS):
            cells = [" / ".join(f"{mean[row, index]:.2f}" for mean in means.values()) for index in at]
            print(f"| {name}, {place}: {' / '.join(means)} | " + " | ".join(cells) + " |")


def drawn(heard: dict[str, Groups]) -> Figure:
    """A panel for each row of ROWS and each of PLACES."""
    figure = Figure(figsize=(9, 10), layout="constrained")
    panels = figure.subplots(len(ROWS), len(PLACES), sharex=True)
    for column, place in enumerate(PLACES):
        for number, (who, groups) in enumerate(heard.items()):
            notes = np.stack(groups[place])
            low, high = np.percentile(notes, (20, 80), axis=0)
            for row, name in enumerate(ROWS):
                panel = panels[row, column]
                panel.plot(AROUND, notes[:, row].mean(0), f"C{number}", label=f"{who}, {len(notes)} notes")
                panel.fill_between(AROUND, low[row], high[row], color=f"C{number}", alpha=0.15)
                panel.set_title(f"{name}, {place}", fontsize=9)
        panels[0, column].legend(fontsize=8)
        panels[-1, column].set_xlabel("ms from the note's start")
    return figure


if __name__ == "__main__":
    main()
