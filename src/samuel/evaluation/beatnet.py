"""A stronger beat tracker for judging: BeatNet's network (three published weight files, averaged) and a dynamic
Bayesian network.

Sources: Heydari, Cwitkowitz & Duan, "BeatNet: CRNN and Particle Filtering for Online Joint Beat Downbeat and Meter
Tracking", ISMIR 2021 (weights CC BY 4.0, read from the installed package, whose own code needs packages that no
longer build); Böck, Krebs & Widmer, "Joint Beat and Downbeat Tracking with Recurrent Neural Networks", ISMIR 2016, in
madmom-infer, which the extra `eval` brings. Install the weights with `pip install --no-deps BeatNet`.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from samuel.errors import MissingExtraError
from samuel.evaluation.optional import require

SAMPLE_RATE = 22_050  # Hz
FRAME_RATE = 50  # frames per second
WINDOW = 1_411  # samples: 64 ms
HOP = 441  # samples: 20 ms
BANDS = 24  # filters per octave from 30 Hz to the half rate: 136, doubled by their differences
FEATURES = 272
BEATS_PER_BAR = (2, 3, 4)
WEIGHTS = ("model_1_weights.pt", "model_2_weights.pt", "model_3_weights.pt")  # trained without GTZAN, Ballroom, Rock


class BeatNetwork(nn.Module):
    """Convolution over frequency, two LSTM layers over time; the layers' names are those of the published weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, kernel_size=10)
        self.linear0 = nn.Linear(262, 150)
        self.lstm = nn.LSTM(150, 150, num_layers=2, batch_first=True)
        self.linear = nn.Linear(150, 3)

    def forward(self, features: Tensor) -> Tensor:
        """(t, 272) -> (t, 3) probabilities of beat, downbeat and neither."""
        spectra = torch.relu(self.conv1(rearrange(features, "t f -> t 1 f")))
        pooled = nn.functional.max_pool1d(spectra, 2)
        hidden, _ = self.lstm(rearrange(self.linear0(rearrange(pooled, "t c f -> t (c f)")), "t d -> 1 t d"))
        return torch.softmax(self.linear(hidden)[0], dim=-1)


def track_beats(samples: np.ndarray) -> np.ndarray:
    """(n,) mono samples at 22.05 kHz -> times of beats (s). MissingExtraError where a package is absent."""
    return track_beats_and_downbeats(samples)[:, 0]


def track_beats_and_downbeats(samples: np.ndarray) -> np.ndarray:
    """(n,) mono samples at 22.05 kHz -> (beats, 2): time (s) and place in the bar, counted from 1."""
    beats = _decoder()(activations(samples))
    return np.asarray(beats, dtype=np.float64).reshape(-1, 2)


def activations(samples: np.ndarray) -> np.ndarray:
    """(n,) -> (t, 2) probabilities of beat and downbeat at 50 frames a second, the mean of the three networks."""
    features = torch.from_numpy(np.asarray(_features()(samples), dtype=np.float32))
    with torch.inference_mode():
        mean = torch.stack([network(features) for network in _networks()]).mean(dim=0)
    return np.asarray(mean[:, :2].numpy(), dtype=np.float64)


@functools.cache
def _networks() -> tuple[BeatNetwork, ...]:
    return tuple(_load(_weights_folder() / name) for name in WEIGHTS)


def _load(path: Path) -> BeatNetwork:
    network = BeatNetwork()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    return network.eval()


def _weights_folder() -> Path:
    """The installed package's weights; the package itself is never imported."""
    spec = importlib.util.find_spec("BeatNet")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("BeatNet", "eval")
    return Path(spec.submodule_search_locations[0]) / "models"


@functools.cache
def _decoder():  # type: ignore[no-untyped-def]  # madmom-infer has no types
    downbeats = require("madmom_infer.features.downbeats")
    return downbeats.DBNDownBeatTrackingProcessor(beats_per_bar=list(BEATS_PER_BAR), fps=FRAME_RATE)


@functools.cache
def _features():  # type: ignore[no-untyped-def]
    """Log-filtered magnitudes and their rises, (t, 272), as BeatNet was trained on."""
    signal, stft = require("madmom_infer.audio.signal"), require("madmom_infer.audio.stft")
    spectrogram, processors = require("madmom_infer.audio.spectrogram"), require("madmom_infer.processors")
    return processors.SequentialProcessor(
        [
            signal.SignalProcessor(num_channels=1, sample_rate=SAMPLE_RATE),
            signal.FramedSignalProcessor(frame_size=WINDOW, hop_size=HOP),
            stft.ShortTimeFourierTransformProcessor(),
            spectrogram.FilteredSpectrogramProcessor(num_bands=BANDS, fmin=30, fmax=17_000, norm_filters=True),
            spectrogram.LogarithmicSpectrogramProcessor(mul=1, add=1),
            spectrogram.SpectrogramDifferenceProcessor(diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack),
        ]
    )
