"""AudioBox-Aesthetics: content enjoyment, content usefulness, production complexity and production quality.

Conventions: audio is (n,) or (channels, n); scores lie on the listeners' scale from 1 to 10: 'CE', 'CU', 'PC', 'PQ'.

Source: Tjandra et al., "Meta Audiobox Aesthetics: Unified Automatic Quality Assessment for Speech, Music, and Sound",
2025; the metric of the SAMUeL paper. The network is that of the package `audiobox_aesthetics`; its weights (CC BY 4.0,
400 MB) come from the hub. Of the package only the model is imported: its own reading and resampling need torchaudio,
and are done here by soxr. Windows of ten seconds at 16 kHz, mono, each counting by the part of it that is filled.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange

from samuel.evaluation.hub import pretrained
from samuel.evaluation.optional import require
from samuel.evaluation.signals import analysis_signal

WEIGHTS = "facebook/audiobox-aesthetics"  # on the hub
RATE = 16_000  # Hz
WINDOW = 10 * RATE  # samples, each after the other
AXES = ("CE", "CU", "PC", "PQ")
PACKAGE = "audiobox_aesthetics"


class Aesthetics:
    """The published network, ready to judge; callable as (audio, sample_rate) -> the four scores."""

    def __init__(self, model: Any) -> None:
        """`model` is an audiobox_aesthetics AesMultiOutput."""
        self.model = model.eval()
        self.scale = {axis: model.target_transform[axis] for axis in AXES}

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path = WEIGHTS) -> Aesthetics:
        """From a folder that holds config.json and model.safetensors, or from the hub and then from its cache.

        MissingExtraError without the package; CheckpointError, at once, where the weights cannot be had.
        """
        network = _network()

        def load(name: str, local: bool) -> Aesthetics:
            return cls(network.from_pretrained(name, local_files_only=local, strict=True))

        with _quiet():
            return pretrained(load, name_or_folder, "config.json and model.safetensors")

    @torch.inference_mode()
    def __call__(self, audio: np.ndarray, sample_rate: int) -> dict[str, float]:
        """All four scores of audio of one second or more."""
        windows, filled = _windows(analysis_signal(audio, sample_rate, RATE))
        mask = torch.arange(WINDOW) < filled[:, None, None]
        with _quiet():
            found = [self.model({"wav": wav[None], "mask": one[None]}) for wav, one in zip(windows, mask, strict=True)]
        return {
            axis: float(np.average(self._on_scale(axis, [one[axis].item() for one in found]), weights=filled.numpy()))
            for axis in AXES
        }

    def _on_scale(self, axis: str, values: list[float]) -> np.ndarray:
        """The network's standardised answers on the listeners' scale."""
        scaled: np.ndarray = np.asarray(values) * self.scale[axis]["std"] + self.scale[axis]["mean"]
        return scaled


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the package's warnings of old torch functions, and without what the hub's client prints."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _windows(samples: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """(n,) -> windows (w, 1, 160000), the last one padded, and how many samples (w,) of each are filled."""
    audio = torch.from_numpy(samples)
    filled = torch.tensor([min(WINDOW, len(audio) - start) for start in range(0, len(audio), WINDOW)])
    padded = torch.nn.functional.pad(audio, (0, -len(audio) % WINDOW))
    return rearrange(padded, "(w n) -> w 1 n", n=WINDOW), filled


def _network() -> Any:
    require(PACKAGE)
    return require(f"{PACKAGE}.model.aes").AesMultiOutput
