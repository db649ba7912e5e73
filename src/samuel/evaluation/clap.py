"""CLAP, an embedding of music that was learned with words, through transformers.

Conventions: audio is (n,) or (channels, n); an embedding is (windows, 512), one row of length 1 for every five seconds,
what is left over at the end dropped unless it is all there is.

Source: Wu et al., "Large-scale Contrastive Language-Audio Pretraining", 2023; weights `laion/larger_clap_music`
(Apache-2.0, 780 MB) come from the hub. Windows of five seconds, repeated to the network's ten, as the measure of
accompaniment prompt adherence takes them.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from samuel.evaluation.hub import pretrained
from samuel.evaluation.optional import require
from samuel.evaluation.signals import analysis_signal

WEIGHTS = "laion/larger_clap_music"  # on the hub
RATE = 48_000  # Hz
WINDOW = 5 * RATE  # samples
FILES = "config.json, preprocessor_config.json and model.safetensors"


class Clap:
    """The network, ready to listen; callable as (audio, sample_rate) -> (windows, 512)."""

    def __init__(self, model: Any, extractor: Any) -> None:
        """`model` is a transformers ClapModel, `extractor` its ClapFeatureExtractor."""
        self.model = model.eval()
        self.extractor = extractor

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path = WEIGHTS) -> Clap:
        """From a folder, or from the hub and then from its cache.

        MissingExtraError without transformers; CheckpointError, at once, where the weights cannot be had.
        """
        transformers = require("transformers", "benchmark")

        def load(name: str, local: bool) -> Clap:
            extractor = transformers.ClapFeatureExtractor.from_pretrained(name, local_files_only=local)
            return cls(transformers.ClapModel.from_pretrained(name, local_files_only=local), extractor)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pretrained(load, name_or_folder, FILES)

    @torch.inference_mode()
    def __call__(self, audio: np.ndarray, sample_rate: int) -> np.ndarray:
        """The embedding of audio of one second or more."""
        samples = analysis_signal(audio, sample_rate, RATE)
        starts = range(0, max(len(samples) - WINDOW, 0) + 1, WINDOW)
        rows = [self._embed(samples[start : start + WINDOW]) for start in starts]
        return np.stack(rows)

    def _embed(self, window: np.ndarray) -> np.ndarray:
        features = self.extractor(window, sampling_rate=RATE, return_tensors="pt")
        heard = self.model.audio_model(**features)
        row = self.model.audio_projection(heard.pooler_output)[0]
        return np.asarray(torch.nn.functional.normalize(row, dim=-1).numpy(), dtype=np.float64)
