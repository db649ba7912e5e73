"""Pictures of what was heard: original against reconstruction, chroma against chords, onsets against beats."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from samuel.audio.waveform import Waveform
from samuel.corpus.song import Song
from samuel.evaluation import harmony
from samuel.evaluation.key import NAMES
from samuel.evaluation.optional import require
from samuel.evaluation.reconstruction import HOP, log_mel
from samuel.evaluation.signals import ANALYSIS_RATE, analysis_signal

DPI = 110
ONSET_HOP = 512  # samples at 22.05 kHz


def draw_reconstruction(original: Waveform, round_trip: Waveform, path: Path | str, title: str = "") -> None:
    """Mel spectrograms (dB) of both, one above the other, on one colour scale."""
    maps = [log_mel(audio.samples, audio.sample_rate) for audio in (original, round_trip)]
    figure, axes = _figure(2, title)
    top = max(float(each.max()) for each in maps)
    for axis, each, name in zip(axes, maps, ("original", "round trip"), strict=True):
        seconds = each.shape[1] * HOP / original.sample_rate
        image = axis.imshow(
            each,
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, len(each)),
            vmin=top - 70,
            vmax=top,
            cmap="magma",
        )
        axis.set(ylabel=f"{name}\nmel band")
        figure.colorbar(image, ax=axis, label="dB", pad=0.01)
    _save(figure, axes, path)


def draw_harmony(audio: Waveform, song: Song, path: Path | str, title: str = "") -> None:
    """Chroma of each beat above the pitch classes of the true chords."""
    end = min(song.duration, audio.seconds)
    beats = np.asarray([beat for beat in song.beats if beat < end])
    heard = harmony.beat_vectors(harmony.chroma(audio.samples, audio.sample_rate), beats, end)
    figure, axes = _figure(2, title)
    truth = harmony.chord_vectors(song, beats, end)
    for axis, vectors, name in zip(axes, (heard, truth), ("heard", "chords"), strict=True):
        shades = vectors / np.maximum(vectors.max(axis=0, keepdims=True), 1e-9)
        axis.pcolormesh(np.append(beats, end), np.arange(13), shades, cmap="magma")
        axis.set(ylabel=name, yticks=np.arange(12) + 0.5, yticklabels=NAMES)
    _save(figure, axes, path)


def picture_of(audio: Waveform, dpi: int = 60) -> bytes:
    """A small PNG: mel spectrogram above chroma."""
    mel = log_mel(audio.samples, audio.sample_rate)
    chroma = harmony.chroma(audio.samples, audio.sample_rate)
    figure, axes = _figure(2, "")
    for axis, values in zip(axes, (mel, chroma / np.maximum(chroma.max(axis=0, keepdims=True), 1e-9)), strict=True):
        extent = (0, audio.seconds, 0, len(values))
        low = values.max() - 70 if values is mel else 0
        axis.imshow(values, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=values.max(), cmap="magma")
    axes[0].set(ylabel="mel band")
    axes[1].set(ylabel="chroma", yticks=np.arange(12) + 0.5, yticklabels=NAMES, xlabel="s")
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi)
    return buffer.getvalue()


def draw_beats(audio: Waveform, song: Song, path: Path | str, title: str = "", seconds: float = 15.0) -> None:
    """Onset strength of the first seconds, with the true beats as lines and the downbeats as heavy ones."""
    librosa = require("librosa")
    samples = analysis_signal(audio.samples, audio.sample_rate)
    strength = librosa.onset.onset_strength(y=samples, sr=ANALYSIS_RATE, hop_length=ONSET_HOP)
    figure, axes = _figure(1, title)
    axes[0].plot(np.arange(len(strength)) * ONSET_HOP / ANALYSIS_RATE, strength, linewidth=0.8)
    for beat in song.beats:
        is_downbeat = min((abs(beat - bar) for bar in song.downbeats), default=1.0) < 1e-3
        axes[0].axvline(beat, color="tab:red", linewidth=1.4 if is_downbeat else 0.5)
    axes[0].set(ylabel="onset strength", xlim=(0, min(seconds, audio.seconds)))
    _save(figure, axes, path)


def _figure(rows: int, title: str) -> tuple[Any, list[Any]]:
    """A figure that needs no display, and its axes."""
    figure = require("matplotlib.figure").Figure(figsize=(11, 2.6 * rows), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    figure.suptitle(title)
    return figure, list(axes)


def _save(figure: Any, axes: list[Any], path: Path | str) -> None:
    axes[-1].set(xlabel="s")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DPI)
