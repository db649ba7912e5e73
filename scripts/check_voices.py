#!/usr/bin/env python
"""How do our voices differ from real singing? Movement of the pitch, harmonics to noise, long-term spectrum.

python scripts/check_voices.py CORPUS RECORDING ... --pairs 30 --out voices.png
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from check_corpus import save, spread_pairs
from matplotlib.figure import Figure

from samuel.audio import Waveform, read_audio
from samuel.audio.picture import draw_spectrogram
from samuel.config import SAMPLE_RATE
from samuel.features.melodic import QUARTER, track_pitch

SEGMENT = 20  # quarter frames, 0.23 s: shorter stretches of voice tell nothing of vibrato
OCTAVES = (125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)  # Hz, centres


def main() -> None:
    """Real recordings and synthetic vocals: measures of both, and one picture."""
    parser = argparse.ArgumentParser(description="Compare our voices with recordings.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    real = {path.stem: read_audio(path).to_mono().resample(SAMPLE_RATE) for path in arguments.recordings}
    pairs = spread_pairs(arguments.corpus, arguments.pairs)
    synthetic = {f"{pair.details['voice']} ({pair.identifier})": pair.vocal() for pair in pairs}
    measured = {name: voice_measures(sound.samples[0]) for name, sound in (real | synthetic).items()}
    for name, row in measured.items():
        print(name, json.dumps({k: round(v, 2) for k, v in row.items()}), flush=True)
    names = list(next(iter(measured.values())))
    print("| measure | " + " | ".join(real) + " | synthetic: median (10 % to 90 %) |")
    for name in names:
        low, middle, high = np.nanpercentile([measured[one][name] for one in synthetic], (10, 50, 90))
        cells = " | ".join(f"{measured[one][name]:.1f}" for one in real)
        print(f"| {name} | {cells} | {middle:.1f} ({low:.1f} to {high:.1f}) |")
    shown = dict(list(real.items())[:2]) | dict(list(synthetic.items())[2:4])
    draw_voices(
        shown,
        {name: [measured[n] for n in group] for name, group in (("real", real), ("ours", synthetic))},
        arguments.out,
    )


def voice_measures(samples: np.ndarray) -> dict[str, float]:
    """F0 movement (cents), vibrato (Hz, cents), glides, harmonics to noise (dB), spectrum by octaves (dB)."""
    midi, voiced = track_pitch(samples, len(samples) // QUARTER)
    moved = movement(midi, voiced)
    row = {
        "F0 around its trend of half a second, mean, cents": moved["moved"],
        "time in glides of a semitone or more in 93 ms, %": moved["glides"],
        "strongest modulation of long notes from 3 to 9 Hz, Hz": moved["rate"],
        "extent of it, cents": moved["extent"],
        "harmonics to noise, dB": float(np.median(harmonicity(samples, midi, voiced))),
    }
    levels = octave_levels(samples, voiced)
    return row | {f"level at {centre} Hz, dB": level for centre, level in zip(OCTAVES, levels, strict=True)}


def movement(midi: np.ndarray, voiced: np.ndarray) -> dict[str, float]:
    """How pitch moves in stretches of voice: around its mean over 0.48 s (cents), in glides (% of the time).

    In stretches above half a second also the strongest rate from 3 to 9 Hz, and the extent (cents).
    """
    deviations, rates, extents, glides = [], [], [], []
    for first, last in stretches(voiced):
        curve = 100 * midi[first:last]
        trend = np.convolve(np.pad(curve, 20, mode="edge"), np.ones(41) / 41, mode="valid")
        deviations.append(np.abs(curve - trend))
        glides.append(np.abs(curve[8:] - curve[:-8]) > 100)
        if len(curve) >= 43:  # half a second
            spectrum = np.abs(np.fft.rfft((curve - trend) * np.hanning(len(curve)), 512))
            frequencies = np.fft.rfftfreq(512, QUARTER / SAMPLE_RATE)
            band = (frequencies >= 3) & (frequencies <= 9)
            rates.append(frequencies[band][spectrum[band].argmax()])
            extents.append(np.sqrt(2) * np.std(curve - trend))
    return {
        "moved": float(np.concatenate(deviations).mean()),
        "glides": 100 * float(np.concatenate(glides).mean()),
        "rate": float(np.median(rates)) if rates else np.nan,
        "extent": float(np.median(extents)) if extents else np.nan,
    }


def stretches(voiced: np.ndarray) -> list[tuple[int, int]]:
    """First and last + 1 of the runs of voice that are long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(int), [0]])))
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= SEGMENT]


def harmonicity(samples: np.ndarray, midi: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Harmonics-to-noise ratio (dB) of voiced frames after Boersma (1993): windowed autocorrelation at the period."""
    values = []
    for frame in np.flatnonzero(voiced)[::3]:
        period = SAMPLE_RATE / (440 * 2 ** ((midi[frame] - 69) / 12))
        half = int(3 * period)
        middle = int((frame + 0.5) * QUARTER)
        piece = samples[max(0, middle - half) : middle + half].astype(np.float64)
        if len(piece) < 2 * half or not piece.any():
            continue
        window = np.hanning(len(piece))
        ours, its = (_autocorrelation(x) for x in ((piece - piece.mean()) * window, window))
        near = slice(int(0.95 * period), int(1.05 * period) + 2)
        strength = float(np.clip((ours[near] / its[near]).max() / (ours[0] / its[0]), 1e-4, 1 - 1e-4))
        values.append(10 * np.log10(strength / (1 - strength)))
    return np.asarray(values)


def _autocorrelation(samples: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(samples, 2 * len(samples))
    return np.fft.irfft(np.abs(spectrum) ** 2)[: len(samples)]


def octave_levels(samples: np.ndarray, voiced: np.ndarray) -> list[float]:
    """Long-term spectrum of the voiced time: power in octaves, dB of the whole."""
    frames = samples[: len(voiced) * QUARTER].reshape(len(voiced), QUARTER)[voiced]
    power = (np.abs(np.fft.rfft(frames * np.hanning(QUARTER), 2048, axis=1)) ** 2).mean(axis=0)
    frequencies = np.fft.rfftfreq(2048, 1 / SAMPLE_RATE)
    bands = [(frequencies >= c / 2**0.5) & (frequencies < c * 2**0.5) for c in OCTAVES]
    return [float(10 * np.log10(power[band].sum() / power.sum() + 1e-12)) for band in bands]


def draw_voices(shown: dict[str, Waveform], groups: dict[str, Sequence[dict[str, float]]], path: Path) -> None:
    """Spectrogram and F0 of four voices, and the long-term spectra of all."""
    figure = Figure(figsize=(16, 9), layout="constrained")
    grid = figure.add_gridspec(3, 4, height_ratios=(3, 2, 3))
    for column, (name, sound) in enumerate(shown.items()):
        samples = sound.samples[:, : 8 * SAMPLE_RATE]
        axes = figure.add_subplot(grid[0, column])
        draw_spectrogram(axes, Waveform(samples, SAMPLE_RATE), "")
        axes.set(title=name, ylabel="")
        midi, voiced = track_pitch(samples[0], samples.shape[1] // QUARTER)
        axes = figure.add_subplot(grid[1, column])
        axes.plot((np.arange(len(midi)) * QUARTER / SAMPLE_RATE)[voiced], midi[voiced], ".", markersize=2)
        axes.set(xlim=(0, 8), ylabel="MIDI pitch" if column == 0 else "")
    axes = figure.add_subplot(grid[2, :])
    for (name, rows), colour in zip(groups.items(), ("tab:blue", "tab:orange"), strict=True):
        for number, row in enumerate(rows):
            levels = [row[f"level at {centre} Hz, dB"] for centre in OCTAVES]
            axes.semilogx(
                OCTAVES, levels, color=colour, alpha=0.9 if name == "real" else 0.3, label=name if not number else None
            )
    axes.set(xlabel="Hz, octaves", ylabel="dB of the whole", ylim=(-70, 0))
    axes.legend()
    save(figure, path)


if __name__ == "__main__":
    main()
