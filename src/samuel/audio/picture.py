"""A picture to see whether the band follows: mel spectrograms of vocal and accompaniment, and the beats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from samuel.audio.scratch import let_go
from samuel.audio.waveform import Waveform

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WINDOW = 2_048  # samples: 46 ms at 44.1 kHz shows both notes and strokes
_MELS = 96
_LOW, _HIGH = 40.0, 12_000.0  # Hz: below and above there is little of either
_TICKS = (100, 500, 1_000, 2_000, 4_000, 8_000)  # Hz
_COLUMNS = 1_600  # about the pixels across the picture
_FRAMES = 128  # transformed together
_RANGE = 70.0  # dB shown below the loudest


def draw_picture(path: Path, vocal: Waveform, band: Waveform, beats: tuple[float, ...] = (), title: str = "") -> None:
    """Write a PNG. Both waveforms share one time axis in seconds; beats (s) are drawn as thin lines through both."""
    draw_sounds(path, {"vocal": vocal, "accompaniment": band}, beats, title)


def draw_sounds(
    path: Path, sounds: Mapping[str, Waveform], beats: tuple[float, ...] = (), title: str = "", dpi: int = 110
) -> None:
    """Write a PNG of mel spectrograms one above the other, named, on one time axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 3 * len(sounds)), layout="constrained")
    FigureCanvasAgg(figure)  # no display is needed, and pyplot's global state is left alone
    rows = figure.subplots(len(sounds), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, sound) in zip(rows, sounds.items(), strict=True):
        draw_spectrogram(axes, sound, name)
        for beat in beats:
            axes.axvline(beat, color="white", linewidth=0.6, linestyle=":", alpha=0.7)
    rows[-1].set_xlabel("time (s)" + (", dotted: beats that the band keeps" if beats else ""))
    figure.suptitle(title)
    figure.savefig(path, dpi=dpi, format="png")


def draw_spectrogram(axes: Axes, waveform: Waveform, label: str) -> None:
    """Mel spectrogram on axes whose heights are mel; the ticks are in Hz, times in seconds."""
    spectrogram = mel_spectrogram(waveform)
    top = float(spectrogram.max())
    heights = _mel(_mel_edges(_MELS)[:-1])
    times = np.linspace(0, waveform.seconds, spectrogram.shape[1] + 1)
    axes.pcolormesh(times, heights, spectrogram, vmin=top - _RANGE, vmax=top, cmap="magma", rasterized=True)
    axes.set_yticks(_mel(np.array(_TICKS)), [f"{tick:,}" for tick in _TICKS])
    axes.set_ylabel(f"{label}\nfrequency (Hz)")


def mel_spectrogram(waveform: Waveform) -> Float[np.ndarray, "m t"]:
    """Mean power in 96 mel bands, dB (peaks of full-scale sines near 0), at most about 1,600 columns."""
    hop = max(_WINDOW // 4, waveform.length // _COLUMNS)
    starts = range(-_WINDOW // 2, waveform.length - _WINDOW // 2 + 1, hop)
    window = np.hanning(_WINDOW).astype(np.float32)
    filters, columns = _mel_filters(waveform.sample_rate), []
    for first in range(0, len(starts), _FRAMES):  # all at once would be the most that a run of 10 minutes holds
        frames = np.stack([_mono_frame(waveform, start) for start in starts[first : first + _FRAMES]])
        power = np.abs(np.fft.rfft(frames * window, axis=1) / (window.sum() / 2)) ** 2
        columns.append(filters @ power.T)
        let_go()
    decibels: NDArray[np.float64] = 10 * np.log10(np.concatenate(columns, axis=1) + 1e-10)
    return decibels


def _mono_frame(waveform: Waveform, start: int) -> NDArray[np.float32]:
    """The samples (_WINDOW,) from start on, silent outside the waveform, without a mono copy of a long song."""
    inside = waveform.samples[:, max(0, start) : start + _WINDOW].mean(axis=0)
    return np.pad(inside, (max(0, -start), _WINDOW - max(0, -start) - len(inside)))


def _mel(frequency: NDArray[Any]) -> NDArray[np.float64]:
    """Hz to mel (O'Shaughnessy 1987); _mel_edges holds the inverse."""
    result: NDArray[np.float64] = 2_595 * np.log10(1 + frequency / 700)
    return result


def _mel_edges(bands: int) -> NDArray[np.float64]:
    """bands + 2 frequencies (Hz), evenly spaced in mel."""
    low, high = _mel(np.array([_LOW, _HIGH]))
    edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2_595) - 1)
    return edges


def _mel_filters(sample_rate: int) -> Float[np.ndarray, "m f"]:
    """Overlapping triangles (mel band, frequency bin)."""
    bins = np.fft.rfftfreq(_WINDOW, 1 / sample_rate)
    edges = _mel_edges(_MELS)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    # a band narrower than a bin still takes the nearest one
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    empty = triangles.sum(axis=1) == 0
    triangles[empty, np.abs(bins - centre).argmin(axis=1)[empty]] = 1
    return triangles
