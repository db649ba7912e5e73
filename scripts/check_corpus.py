#!/usr/bin/env python
"""Is the truth of a corpus true, and how does it differ from real singing? Measured by tools that made none of it.

    python scripts/check_corpus.py truth CORPUS --pairs 30 --out truth.json
    python scripts/check_corpus.py prepared CORPUS DATA --pairs 30 --out prepared.json
    python scripts/check_corpus.py styles CORPUS --out styles.png
    python scripts/check_corpus.py voices CORPUS RECORDING ... --pairs 30 --out voices.png

truth: the melody by swift-f0 (and pYIN for the first --pyin pairs), beats by librosa and BeatNet, chroma against the
chords and against those of other pairs, the key by two key finders. Needs the extra eval. prepared: nearly the same in
a tenth of the time, from what samuel corpus prepare has measured in the sound: the pitch in the melodic features (means
of 46 ms), tones and onsets in the spectral maps.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from samuel.audio import Waveform, read_audio
from samuel.audio.picture import draw_spectrogram
from samuel.autoencoder.spectral.maps import (
    BINS,
    BINS_PER_OCTAVE,
    NOISE_BANDS,
    NOISE_HOP,
    NOISE_WIDTH,
    TONAL_FLOOR,
    TONAL_HOP,
    TONAL_WIDTH,
)
from samuel.config import HOP, SAMPLE_RATE
from samuel.corpus.real_audio import VOICING
from samuel.corpus.song import Song
from samuel.evaluation import beatnet, harmony, key, rhythm
from samuel.evaluation.pairs import Pair, read_pair
from samuel.evaluation.signals import ANALYSIS_RATE, analysis_signal
from samuel.features.melodic import QUARTER, track_pitch

CENTS_50 = 0.5  # semitones
SEGMENT = 20  # quarter frames, 0.23 s: shorter stretches of voice tell nothing of vibrato
OCTAVES = (125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)  # Hz, centres


def main() -> None:
    """Run the sub-command."""
    parser = argparse.ArgumentParser(description="Check a corpus.")
    tasks = parser.add_subparsers(required=True)
    for name, run in (("truth", truth), ("prepared", prepared), ("styles", styles), ("voices", voices)):
        task = tasks.add_parser(name)
        task.add_argument("corpus", type=Path)
        if name == "prepared":
            task.add_argument("data", type=Path)
        if name == "voices":
            task.add_argument("recordings", type=Path, nargs="+")
        task.add_argument("--pairs", type=int, default=30)
        task.add_argument("--pyin", type=int, default=0)
        task.add_argument("--out", type=Path, required=True)
        task.set_defaults(run=run)
    arguments = parser.parse_args()
    arguments.run(arguments)


def spread_pairs(corpus: Path, count: int) -> list[Pair]:
    """So many pairs with truth, evenly spread."""
    folders = sorted(path.parent for path in (corpus / "pairs").glob("pair-*/truth.json"))
    return [read_pair(folders[int(i)]) for i in np.linspace(0, len(folders) - 1, min(count, len(folders)))]


# Truth ----------------------------------------------------------------------------------------------------------------


def truth(arguments: argparse.Namespace) -> None:
    """Every measure of every pair, and their means; written after each pair, in an order that is spread at any end."""
    pairs = spread_pairs(arguments.corpus, arguments.pairs)
    rows: list[dict[str, Any]] = []
    done: list[tuple[Pair, np.ndarray]] = []
    for index in np.random.default_rng(0).permutation(len(pairs)):
        pair = pairs[index]
        row: dict[str, Any] = {"pair": pair.identifier, "style": pair.details["style"], "voice": pair.details["voice"]}
        vocal, band = pair.vocal().samples[0], pair.accompaniment().samples
        row |= melody_agreement(*track_pitch(vocal, len(vocal) // QUARTER), QUARTER / SAMPLE_RATE, pair.song)
        if len(rows) < arguments.pyin:
            row |= {f"{k} (pyin)": v for k, v in melody_agreement(*pyin(vocal), 512 / ANALYSIS_RATE, pair.song).items()}
        row |= beat_agreement(band, pair.song)
        chroma = harmony.chroma(band, SAMPLE_RATE)
        known, profile = (pair.song.tonic, pair.song.mode), chroma.mean(axis=1)
        for finder in key.FINDERS:
            found = key.key_of_profile(profile, finder)
            row[f"key {finder}"], row[f"key {finder} exact"] = key.key_score(known, found), float(known == found)
        rows.append(row)
        done.append((pair, chroma))
        print(json.dumps(row), flush=True)
        if len(rows) > 1:
            arguments.out.write_text(json.dumps(summary(rows, done), indent=1))
    for name, value in summary(rows, done)["means"].items():
        print(f"| {name} | {value:.3f} |")


def summary(rows: list[dict[str, Any]], done: list[tuple[Pair, np.ndarray]]) -> dict[str, Any]:
    """Rows with the match of each band's chroma with its own chords and with those of the others, and the means."""
    for row, (pair, chroma) in zip(rows, done, strict=True):
        own = harmony.chord_match(chroma, pair.song)
        others = [harmony.chord_match(chroma, other.song) for other, _ in done if other is not pair]
        row["chords"], row["chords shuffled"] = own, float(np.mean(others))
        row["chords beat every other"] = float(own > max(others))
    names = list(dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, float)))
    means = {name: float(np.nanmean([row.get(name, np.nan) for row in rows])) for name in names}
    return {"pairs": len(rows), "means": means, "rows": rows}


def prepared(arguments: argparse.Namespace) -> None:
    """Melody, chords, key and beats from the arrays of a training folder."""
    pairs = spread_pairs(arguments.corpus, arguments.pairs)
    heard = [_heard(arguments.data, pair) for pair in pairs]
    rows: list[dict[str, Any]] = []
    for pair, (vectors, edges, onsets, profile) in zip(pairs, heard, strict=True):
        row: dict[str, Any] = {"pair": pair.identifier, "style": pair.details["style"]}
        row |= stored_melody(np.load(arguments.data / "latents" / f"{pair.identifier}.features.npy"), pair.song)
        own, *others = (
            harmony.mean_cosine(vectors, harmony.chord_vectors(other.song, edges[:-1], edges[-1]))
            for other in (pair, *(other for other in pairs if other is not pair))
        )
        row |= {
            "chords": own,
            "chords shuffled": float(np.mean(others)),
            "chords above all others": float(own > max(others)),
        }
        known = (pair.song.tonic, pair.song.mode)
        for finder in key.FINDERS:
            found = key.key_of_profile(profile, finder)
            row[f"key {finder}"], row[f"key {finder} exact"] = key.key_score(known, found), float(known == found)
        row |= level_scores("librosa", tracked(onsets), pair.song)
        rows.append(row)
        print(json.dumps(row), flush=True)
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0] if isinstance(rows[0][name], float)}
    arguments.out.write_text(json.dumps({"pairs": len(rows), "means": means, "rows": rows}, indent=1))
    for name, value in means.items():
        print(f"| {name} | {value:.3f} |")


def _heard(data: Path, pair: Pair) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Chroma of each beat (12, beats), the edges of the beats (s), onset strength every 256 samples, mean chroma."""
    rows = np.load(data / "maps" / f"{pair.identifier}.npy").astype(np.float32)
    tonal = np.exp(rows[:, :TONAL_WIDTH]).reshape(-1, BINS)
    noise = rows[:, TONAL_WIDTH : TONAL_WIDTH + NOISE_WIDTH].reshape(-1, NOISE_BANDS)
    tonal[tonal <= 1.05 * TONAL_FLOOR] = 0
    chroma = np.zeros((12, len(tonal)))
    for index in range(BINS_PER_OCTAVE, BINS - 48):  # A1 to about 2.8 kHz
        chroma[(9 + round(index * 12 / BINS_PER_OCTAVE)) % 12] += tonal[:, index]
    edges = np.array([*pair.song.beats, pair.song.duration])
    cells = np.clip(np.round(edges * SAMPLE_RATE / TONAL_HOP).astype(int), 0, len(tonal))
    vectors = [chroma[:, a:b].mean(axis=1) if b > a else np.zeros(12) for a, b in itertools.pairwise(cells)]
    struck, sounded = _rises(np.maximum(noise, -7)), np.repeat(_rises(np.log(tonal + 0.01)), TONAL_HOP // NOISE_HOP)
    return np.stack(vectors, axis=1), edges, struck / struck.std() + sounded / sounded.std(), chroma.mean(axis=1)


def _rises(levels: np.ndarray) -> np.ndarray:
    return np.maximum(0, np.diff(levels, axis=0, prepend=levels[:1])).mean(axis=1)


def stored_melody(features: np.ndarray, song: Song) -> dict[str, float]:
    """Of the latent frames inside notes that are voiced throughout, the share whose mean pitch is within 50 cents."""
    step = HOP / SAMPLE_RATE
    midi, voiced = 60 + 12 * features[12].astype(float), features[VOICING].astype(float) > 0.99
    inside = [(k, n) for n in song.melody for k in range(int(np.ceil(n.start / step)), int(n.end / step))]
    heard = [abs(midi[k] - note.pitch) <= CENTS_50 for k, note in inside if k < len(midi) and voiced[k]]
    return {"melody within 50 cents": float(np.mean(heard)), "note time voiced": len(heard) / len(inside)}


def tracked(onsets: np.ndarray) -> np.ndarray:
    """Beats (s) that librosa's tracker finds in onset strengths every 256 samples."""
    import librosa

    return librosa.beat.beat_track(
        onset_envelope=onsets, sr=SAMPLE_RATE, hop_length=NOISE_HOP, units="time", trim=False
    )[1]


def melody_agreement(midi: np.ndarray, voiced: np.ndarray, step: float, song: Song) -> dict[str, float]:
    """Of the note time in which the tracker hears a voice, the share within 50 cents of the note; and how much it is.

    "free" also counts a neighbouring note of the melody as right within 80 ms of a border: portamento and free timing.
    """
    times = (np.arange(len(midi)) + 0.5) * step
    inside = np.zeros(len(midi), bool)
    near, free = inside.copy(), inside.copy()
    for index, note in enumerate(song.melody):
        frames = (times >= note.start) & (times < note.end)
        inside |= frames
        near[frames] = np.abs(midi[frames] - note.pitch) <= CENTS_50
        allowed = near[frames]
        for other in song.melody[max(0, index - 1) : index + 2]:
            border = (times[frames] > other.start - 0.08) & (times[frames] < other.end + 0.08)
            low, high = sorted((note.pitch, other.pitch))
            allowed = allowed | (border & (midi[frames] >= low - CENTS_50) & (midi[frames] <= high + CENTS_50))
        free[frames] = allowed
    heard = inside & voiced
    return {
        "melody within 50 cents": float(near[heard].mean()),
        "melody within 50 cents, free": float(free[heard].mean()),
        "note time voiced": float(heard.sum() / max(inside.sum(), 1)),
    }


def pyin(vocal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """MIDI pitch and voicing by librosa's pYIN, a value every 512 samples at 22.05 kHz."""
    import librosa

    samples = analysis_signal(vocal, SAMPLE_RATE)
    hertz, voiced, _ = librosa.pyin(samples, fmin=65, fmax=1000, sr=ANALYSIS_RATE, hop_length=512)
    return 69 + 12 * np.log2(np.nan_to_num(hertz, nan=20.0) / 440), voiced


def beat_agreement(band: np.ndarray, song: Song) -> dict[str, float]:
    """F1 of the beats by two trackers."""
    scores = level_scores("librosa", rhythm.track_beats(band, SAMPLE_RATE), song)
    return scores | level_scores("beatnet", beatnet.track_beats(analysis_signal(band, SAMPLE_RATE)), song)


def level_scores(name: str, beats: np.ndarray, song: Song) -> dict[str, float]:
    """F1 (70 ms) of tracked beats at the written level, and at the best of half, written and double."""
    known = np.asarray(song.beats)
    levels = [known, known[::2], known[1::2], np.sort(np.concatenate([known, (known[1:] + known[:-1]) / 2]))]
    if song.beats_per_bar == 2:  # 6/8: eighths are a level of their own
        levels.append(np.sort(np.concatenate([known, *(known[:-1] + np.diff(known) * k / 3 for k in (1, 2))])))
    each = [rhythm.f_measure(level, beats) for level in levels]
    return {f"beats {name}": each[0], f"beats {name}, any level": max(each)}


# Pictures -------------------------------------------------------------------------------------------------------------


def styles(arguments: argparse.Namespace) -> None:
    """Sixteen bands, ten seconds each: every style once, then the rarer metres."""
    chosen: dict[tuple[str, int], Pair] = {}
    for pair in spread_pairs(arguments.corpus, 400):
        chosen.setdefault((pair.details["style"], pair.song.beats_per_bar), pair)
    order = sorted(chosen, key=lambda item: (item[1] != 4, item))
    order = [item for item in order if item[1] == 4][:12] + [item for item in order if item[1] != 4]
    figure = Figure(figsize=(16, 11), layout="constrained")
    for axes, item in itertools.zip_longest(figure.subplots(4, 4).flat, order[:16]):
        if item is None:
            axes.set_axis_off()
            continue
        pair = chosen[item]
        start = max(0, min(15, int(pair.song.duration) - 10))
        samples = pair.accompaniment().samples[:, start * SAMPLE_RATE : (start + 10) * SAMPLE_RATE]
        draw_spectrogram(axes, Waveform(samples, SAMPLE_RATE), "")
        for beat in pair.song.downbeats:
            if start <= beat < start + 10:
                axes.axvline(beat - start, color="white", linewidth=0.6, alpha=0.7)
        metre = {2: "6/8", 3: "3/4", 4: "4/4"}[item[1]]
        axes.set(title=f"{item[0]}, {metre}, {pair.song.tempo:.0f}", ylabel="")
        axes.tick_params(labelsize=6)
    save(figure, arguments.out)


def save(figure: Figure, path: Path) -> None:
    """A PNG of 64 colours: spectrograms look the same, and it is a quarter as large."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=70)
    Image.open(buffer).convert("RGB").quantize(64).save(path, optimize=True)


def voices(arguments: argparse.Namespace) -> None:
    """Real recordings and synthetic vocals: measures of both, and one picture."""
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
