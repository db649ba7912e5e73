#!/usr/bin/env python
"""Is the truth of a corpus true? Measured by tools that made none of it.

    python scripts/check_corpus.py truth CORPUS --pairs 30 --out truth.json
    python scripts/check_corpus.py prepared CORPUS DATA --pairs 30 --out prepared.json
    python scripts/check_corpus.py styles CORPUS --out styles.png

truth: the melody by swift-f0 (and pYIN for the first --pyin pairs), beats by librosa and BeatNet, chroma against the
chords and against those of other pairs, the key by two key finders. Needs the extra eval. prepared: nearly the same in
a tenth of the time, from what samuel corpus prepare has measured in the sound: the pitch in the melodic features (means
of 46 ms), tones and onsets in the spectral maps.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from samuel.audio import Waveform
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


def main() -> None:
    """Run the sub-command."""
    parser = argparse.ArgumentParser(description="Check a corpus.")
    tasks = parser.add_subparsers(required=True)
    for name, run in (("truth", truth), ("prepared", prepared), ("styles", styles)):
        task = tasks.add_parser(name)
        task.add_argument("corpus", type=Path)
        if name == "prepared":
            task.add_argument("data", type=Path)
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


if __name__ == "__main__":
    main()
