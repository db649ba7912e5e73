"""Full songs split into singer and band by Demucs (Rouard, Massa & Défossez, ICASSP 2023)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from samuel.audio import Waveform
from samuel.corpus.errors import CorpusError
from samuel.errors import MissingExtraError

MODEL = "htdemucs"
VOCALS = "vocals"


@cache
def load_separator(name: str = MODEL, folder: Path | None = None) -> Any:
    """A Demucs model by name, from its hub or from a folder of its weight files; once per process.

    Raises MissingExtraError without demucs, CorpusError where the weights cannot be had or know no vocals.
    """
    try:
        from demucs.pretrained import get_model
        from demucs.repo import ModelLoadingError
    except ImportError as error:
        raise MissingExtraError("demucs", "separation") from error
    try:
        model = get_model(name, repo=folder)
    except (OSError, ModelLoadingError, RuntimeError, SystemExit) as error:
        place = folder or "its hub"
        raise CorpusError(
            f"Demucs's model {name!r} cannot be had from {place} ({error}): connect to the network once, or download it"
            " elsewhere and name its folder with --separator-folder."
        ) from error
    if VOCALS not in model.sources:
        raise CorpusError(f"Demucs's model {name!r} knows {', '.join(model.sources)}: choose one that knows {VOCALS}.")
    return model


@torch.no_grad()
def separate(song: Waveform, model: Any) -> tuple[Waveform, Waveform]:
    """Singer (1, n) and band (2, n), the sum of all other sources, of a song; at the model's own rate.

    The song goes in standardised, as Demucs was trained; shifts = 0, so that the same song gives the same stems.
    """
    from demucs.apply import apply_model

    song = song.to_stereo().resample(int(model.samplerate))
    mixture = torch.from_numpy(song.samples)
    mean, deviation = mixture.mean(0).mean(), mixture.mean(0).std() + 1e-8
    standardised = (mixture - mean) / deviation
    sources = apply_model(model, standardised[None], shifts=0, split=True, overlap=0.25)[0] * deviation + mean
    vocal = sources[model.sources.index(VOCALS)]
    others = [source for name, source in zip(model.sources, sources, strict=True) if name != VOCALS]
    band = np.ascontiguousarray(torch.stack(others).sum(0).numpy(), dtype=np.float32)
    return Waveform(vocal.mean(0, keepdim=True).numpy(), song.sample_rate), Waveform(band, song.sample_rate)
