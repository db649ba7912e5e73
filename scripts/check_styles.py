#!/usr/bin/env python3
"""Does the band play the style that it was asked for? A linear judge of latents tells.

    python scripts/check_styles.py DATA CORPUS --vocals 6 --model samuel-v4

The judge is a ridge regression from how a song's latents are spread, move and pulse to its style, learned on the
training split of DATA and tried on its validation split, whose songs, voices and soundfont it has not seen. Then every
style is asked for, for the first vocals of CORPUS, and the judge names what was played.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from samuel import Accompanist
from samuel.audio import read_audio
from samuel.config import FRAME_RATE
from samuel.pipeline.sampling import sample_songs
from samuel.training.data import read_latents

PULSES = (0.3, 1.0, 2.0, 3.0, 4.5, 7.0, 10.8)  # Hz: edges of the bands of modulation that are told apart
RIDGE = 300.0


def main() -> None:
    """Learn, judge, and print Markdown."""
    arguments = parse()
    accompanist = Accompanist.from_pretrained(arguments.model)
    styles = accompanist.denoiser.model.config.styles
    judge = Judge.learned(*examples(arguments.data, "train", styles), len(styles))
    features, truth = examples(arguments.data, "valid", styles)
    print(f"Real held-out bands: {np.mean(judge.verdicts(features) == truth):.3f} of {len(truth)} judged rightly.\n")
    config = accompanist.sampler_config(steps=arguments.steps, guidance=arguments.guidance)
    vocals = sorted((arguments.corpus / "pairs").glob("[!.]*"))[: arguments.vocals]
    counts = {style: np.zeros(len(styles), int) for style in ("", *styles)}
    for vocal in vocals:
        heard = accompanist.hear(read_audio(vocal / "vocal.flac"))
        for style, count in counts.items():
            asked = replace(config, style=style)
            latents = sample_songs(accompanist.denoiser, heard.condition, [0], asked, accompanist.windowing)[0]
            count[judge.verdicts(describe(latents.numpy())[None])[0]] += 1
            print(".", end="", flush=True)
    print("\n\n" + table(counts, styles))
    (arguments.output or Path("styles.json")).write_text(json.dumps({k: v.tolist() for k, v in counts.items()}))


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="training folder with the latents of bands")
    parser.add_argument("corpus", type=Path, help="whose vocals are accompanied")
    parser.add_argument("--model", default="samuel-v4")
    parser.add_argument("--vocals", type=int, default=6)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("-o", "--output", type=Path, help="counts as JSON (default: styles.json)")
    return parser.parse_args()


def examples(data: Path, split: str, styles: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Descriptions (songs, d) of the bands of a split and the numbers of their styles (songs,)."""
    songs = [song for song in read_latents(data, split, ["band"], styles) if song.arrays["style"].any()]
    described = np.stack([describe(song.arrays["band"].astype(np.float32)) for song in songs])
    return described, np.array([int(song.arrays["style"][:, 0].argmax()) for song in songs])


def describe(latents: np.ndarray) -> np.ndarray:
    """Latents (64, t) -> (576,): mean, deviation, mean step, and the share of each band of modulation, by channel."""
    moving = latents - latents.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(moving, axis=1)) ** 2
    frequency = np.linspace(0, FRAME_RATE / 2, power.shape[1])
    whole = power.sum(axis=1) + 1e-6
    pulses = [
        np.log((power[:, (frequency >= low) & (frequency < high)].sum(axis=1) + 1e-3) / whole)
        for low, high in pairwise(PULSES)
    ]
    steps = np.abs(np.diff(latents, axis=1)).mean(axis=1)
    return np.concatenate([latents.mean(axis=1), latents.std(axis=1), steps, *pulses])


@dataclass(frozen=True)
class Judge:
    """One ridge regression for each style, all styles weighing the same."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    offset: np.ndarray

    @classmethod
    def learned(cls, features: np.ndarray, truth: np.ndarray, styles: int) -> Judge:
        """From descriptions (songs, d) and numbers of styles (songs,)."""
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
        x = (features - mean) / deviation
        weight = 1 / np.bincount(truth, minlength=styles).clip(1)[truth]
        weight /= weight.mean()
        targets = np.eye(styles)[truth]
        offset = np.average(targets, axis=0, weights=weight)
        squares = x.T @ (x * weight[:, None]) + RIDGE * np.eye(x.shape[1])
        return cls(mean, deviation, np.linalg.solve(squares, x.T @ ((targets - offset) * weight[:, None])), offset)

    def verdicts(self, features: np.ndarray) -> np.ndarray:
        """Numbers of the likeliest styles (songs,)."""
        verdicts: np.ndarray = (((features - self.mean) / self.deviation) @ self.weights + self.offset).argmax(axis=1)
        return verdicts


def table(counts: dict[str, np.ndarray], styles: tuple[str, ...]) -> str:
    """What was played for each style asked for."""
    rows = ["| asked for | as asked | heard as |", "|---|---|---|"]
    right = total = 0
    for style, count in counts.items():
        heard = ", ".join(f"{styles[i]} {count[i]}" for i in np.argsort(-count, kind="stable") if count[i])
        own = int(count[styles.index(style)]) if style else 0
        rows.append(f"| {style or 'any'} | {f'{own} of {count.sum()}' if style else ''} | {heard} |")
        right, total = right + own, total + (int(count.sum()) if style else 0)
    return "\n".join([*rows, "", f"As asked: {right} of {total}."])


if __name__ == "__main__":
    main()
