"""The sound of a real song: stems summed into singer and band, and the clips of it that are sung enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samuel.audio import Waveform, read_audio
from samuel.config import CLIP_FRAMES, HOP, SAMPLE_RATE
from samuel.corpus.errors import CorpusError
from samuel.corpus.excerpt import CLIP_SECONDS
from samuel.corpus.stem_layouts import SortedStems, Stem
from samuel.features import melodic_features

VOICING = 13  # row of the melodic features
TOLERANCE = 1.0  # s by which stems of one song may differ: what encoders and exports pad
LONGEST = 3600.0  # s of one song


@dataclass(frozen=True)
class Clip:
    """CLIP_FRAMES latent frames of a song from frame `start`, and the share of them in which the singer is heard."""

    start: int
    sung: float


def read_song(stems: SortedStems) -> tuple[Waveform, Waveform]:
    """Singer (1, n) and band (2, n) at 44.1 kHz. Raises AudioError for a file, CorpusError for lengths that differ."""
    vocal = _sum(stems.vocal, stems.ends_differ).to_mono()
    band = _sum(stems.band, stems.ends_differ)
    _require_one_length([vocal.length, band.length], str(stems.vocal[0].path), stems.ends_differ)
    length = max(vocal.length, band.length)
    return _padded(vocal, length), _padded(band, length)


def find_clips(vocal: Waveform, min_sung: float) -> list[Clip]:
    """As many clips of a mono vocal as do not overlap and are sung for min_sung of their time, each as early as can be.

    Sung is what the pitch tracker of the melodic features hears as voice. Raises CorpusError for a song that is too
    short, or where no clip is sung enough.
    """
    if vocal.length < CLIP_FRAMES * HOP:
        raise CorpusError(f"it lasts {vocal.seconds:.1f} s: a clip takes {CLIP_SECONDS:.2f} s.")
    voicing = melodic_features(vocal.samples[0])[VOICING, : vocal.length // HOP]
    clips, shares = earliest_clips(voicing, min_sung)
    if not clips:
        raise CorpusError(f"at most {shares.max():.0%} of a clip is sung: lower --min-sung {min_sung:g} to take it.")
    return clips


def earliest_clips(voicing: NDArray[np.float32], min_sung: float) -> tuple[list[Clip], NDArray[np.float64]]:
    """Clips of voicing (t,), 0 to 1, and the sung share (t - CLIP_FRAMES + 1,) from each possible start.

    Taking the earliest that is sung enough, and then the next, leaves room for as many as there can be.
    """
    total = np.concatenate([[0.0], np.cumsum(voicing, dtype=np.float64)])
    shares = (total[CLIP_FRAMES:] - total[:-CLIP_FRAMES]) / CLIP_FRAMES
    clips: list[Clip] = []
    for start in np.flatnonzero(shares >= min_sung):
        if not clips or start >= clips[-1].start + CLIP_FRAMES:
            clips.append(Clip(int(start), float(shares[start])))
    return clips, shares


def cut_clip(vocal: Waveform, band: Waveform, clip: Clip) -> tuple[Waveform, Waveform]:
    """The clip of both, turned down together where either would clip: their balance is the song's own."""
    samples = slice(clip.start * HOP, (clip.start + CLIP_FRAMES) * HOP)
    peak = max(1.0, float(np.abs(vocal.samples[:, samples]).max()), float(np.abs(band.samples[:, samples]).max()))
    gain = np.float32(0.999 / peak if peak > 1 else 1.0)
    return (
        Waveform(vocal.samples[:, samples] * gain, SAMPLE_RATE),
        Waveform(band.samples[:, samples] * gain, SAMPLE_RATE),
    )


def _sum(stems: Sequence[Stem], ends_differ: bool) -> Waveform:
    """The stereo sum at 44.1 kHz, as long as the longest; one stem at a time, for a song may have dozens."""
    total: NDArray[np.float32] = np.zeros((2, 0), np.float32)
    lengths = []
    for stem in stems:
        samples = read_audio(stem.path, LONGEST, stem.track).to_stereo().resample(SAMPLE_RATE).samples
        lengths.append(samples.shape[1])
        if samples.shape[1] > total.shape[1]:
            total = np.pad(total, ((0, 0), (0, samples.shape[1] - total.shape[1])))
        total[:, : samples.shape[1]] += samples
    _require_one_length(lengths, str(stems[0].path), ends_differ)
    return Waveform(total, SAMPLE_RATE)


def _require_one_length(lengths: Sequence[int], name: str, ends_differ: bool) -> None:
    shortest, longest = min(lengths) / SAMPLE_RATE, max(lengths) / SAMPLE_RATE
    if longest - shortest > TOLERANCE and not ends_differ:
        raise CorpusError(
            f"the stems beside {name} last {shortest:.1f} to {longest:.1f} s: export all from one start to one end."
        )


def _padded(waveform: Waveform, length: int) -> Waveform:
    missing = length - waveform.length
    return waveform if missing == 0 else Waveform(np.pad(waveform.samples, ((0, 0), (0, missing))), SAMPLE_RATE)
