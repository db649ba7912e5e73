"""How much of a band survives the round trip through an autoencoder? The ceiling of everything that is made in its
latents.

Conventions: original and round trip are (n,) or (channels, n) at one rate, aligned; the longer is cut. Distances are
0 for a perfect round trip, the F-measures 1.

* log-mel distance: mean absolute difference in dB of 128 mel bands (window 2,048, hop 512), where the original is
  louder than -50 dB: below that, a decoder's noise floor would weigh as much as its music.
* spectral convergence: ||S - S'|| / ||S|| of the magnitudes, Frobenius norm (Arik, Jun & Diamos, "Fast Spectrogram
  Inversion Using Multi-Head Convolutional Neural Networks", 2019).
* onset F1: onsets heard in the original and in the round trip, matched within 50 ms (mir_eval.onset); for drums above
  all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from samuel.audio.waveform import Waveform
from samuel.autoencoder.base import Autoencoder
from samuel.config import SAMPLE_RATE
from samuel.errors import AudioError
from samuel.evaluation import rhythm
from samuel.evaluation.onsets import detect_onsets
from samuel.evaluation.optional import require
from samuel.evaluation.pairs import Pair, for_each_pair, require_songs
from samuel.evaluation.shuffle import Heard, hear, match_table, own_and_shuffled
from samuel.evaluation.signals import analysis_signal, validate_audio
from samuel.evaluation.statistics import bootstrap, normalised_gain
from samuel.evaluation.table import Table, summarise

WINDOW, HOP, MELS = 2_048, 512, 128
FLOOR_DB = -50.0  # of the original, relative to a full-scale power of 1
POWER_FLOOR = 1e-8  # -80 dB
ONSET_WINDOW = 0.05  # s, either side


def validate(original: np.ndarray, round_trip: np.ndarray, sample_rate: int) -> None:
    """Raise AudioError unless both can be judged and their lengths differ by less than a tenth."""
    validate_audio(original, sample_rate)
    validate_audio(round_trip, sample_rate)
    lengths = original.shape[-1], round_trip.shape[-1]
    if abs(lengths[0] - lengths[1]) > 0.1 * max(lengths):
        raise AudioError(
            f"Original and round trip differ in length, {lengths[0]} and {lengths[1]}: give the same excerpt."
        )


def log_mel(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """(128, frames) mel power of the mono sum in dB, no lower than -80."""
    librosa = require("librosa")
    power = librosa.feature.melspectrogram(
        y=analysis_signal(audio, sample_rate, sample_rate), sr=sample_rate, n_fft=WINDOW, hop_length=HOP, n_mels=MELS
    )
    return np.asarray(10 * np.log10(np.maximum(power, POWER_FLOOR)))


def log_mel_distance(original: np.ndarray, round_trip: np.ndarray, sample_rate: int) -> float:
    """Mean absolute difference (dB) where the original is above -50 dB; NaN where it never is."""
    validate(original, round_trip, sample_rate)
    first, second = _same_length(log_mel(original, sample_rate), log_mel(round_trip, sample_rate))
    loud = first > FLOOR_DB
    return float(np.abs(first - second)[loud].mean()) if loud.any() else float("nan")


def spectral_convergence(original: np.ndarray, round_trip: np.ndarray, sample_rate: int) -> float:
    """||S - S'|| / ||S|| of the mono sums' STFT magnitudes; 1 for silence in place of the original."""
    validate(original, round_trip, sample_rate)
    first, second = _same_length(_magnitudes(original, sample_rate), _magnitudes(round_trip, sample_rate))
    return float(np.linalg.norm(first - second) / max(float(np.linalg.norm(first)), 1e-8))


def onset_f1(original: np.ndarray, round_trip: np.ndarray, sample_rate: int) -> float:
    """F-measure of the onsets of the round trip against those of the original; NaN where the original has none."""
    truth, estimate = (detect_onsets(audio, sample_rate) for audio in (original, round_trip))
    if not len(truth):
        return float("nan")
    if not len(estimate):
        return 0.0
    return float(require("mir_eval.onset").f_measure(truth, estimate, window=ONSET_WINDOW)[0])


def evaluate(original: np.ndarray, round_trip: np.ndarray, sample_rate: int) -> dict[str, float]:
    """All metrics of this family that need no truth: 'log_mel_db', 'spectral_convergence' and 'onset_f1'.

    Warns where the original is silent: nothing can be kept of it.
    """
    if not original.any():
        warnings.warn("The original is empty, so its distances say nothing.", stacklevel=2)
    return {
        "log_mel_db": log_mel_distance(original, round_trip, sample_rate),
        "spectral_convergence": spectral_convergence(original, round_trip, sample_rate),
        "onset_f1": onset_f1(original, round_trip, sample_rate),
    }


@torch.inference_mode()
def reconstruct(autoencoder: Autoencoder, audio: Waveform) -> Waveform:
    """The round trip of a waveform, stereo at 44.1 kHz and as long as it."""
    stereo = audio.to_stereo().resample(SAMPLE_RATE)
    decoded = autoencoder.decode(autoencoder.encode(torch.from_numpy(stereo.samples)[None]))
    return Waveform.from_array(decoded[0, :, : stereo.length].float().cpu().numpy(), SAMPLE_RATE)


def evaluate_reconstruction(
    autoencoder: Autoencoder,
    pairs: Sequence[Pair],
    *,
    tracker: rhythm.Tracker = "librosa",
    on_step: Callable[[], None] | None = None,
    keep: Callable[[Pair, Waveform], None] | None = None,
) -> Table:
    """Rows per pair and a summary with 95 % intervals for the round trip of each pair's accompaniment.

    'harmony score' and 'beat_f1 score' place the round trip between the round trips of other songs (0) and the
    original (1). `keep` receives each round trip, to write or draw it. Raises ConfigError unless the pairs come from
    two songs or more.
    """
    require_songs(pairs)

    def judge(pair: Pair) -> tuple[Pair, Heard, Heard, dict[str, float]]:
        original = pair.accompaniment().to_stereo().resample(SAMPLE_RATE)
        round_trip = reconstruct(autoencoder, original)
        if keep is not None:
            keep(pair, round_trip)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a silent band is NaN in the table, not an accident
            metrics = evaluate(original.samples, round_trip.samples, SAMPLE_RATE)
        return pair, hear(original, tracker), hear(round_trip, tracker), metrics

    judged, skipped = for_each_pair(pairs, judge, on_step)
    require_songs([pair for pair, *_ in judged])
    rows, scores = _against_truth(judged)
    settings = {"clips": len(rows), "autoencoder": autoencoder.name, "tracker": tracker}
    return Table("reconstruction", settings, tuple(rows), {**scores, **summarise(rows)}, tuple(skipped))


def _against_truth(judged: Sequence[tuple[Pair, Heard, Heard, dict[str, float]]]) -> tuple[list[dict[str, Any]], Any]:
    """Rows with harmony and beats of original and round trip against the truth, and the two scores."""
    pairs, originals, trips, metrics = zip(*judged, strict=True)
    songs = [pair.song for pair in pairs]
    real, _ = own_and_shuffled(match_table(originals, songs), songs)
    own, shuffled = own_and_shuffled(match_table(trips, songs), songs)
    rows = [
        {
            "clip": pair.identifier,
            **metrics[index],
            **{f"harmony{name}": float(part[index, 0]) for name, part in _named(own, real, shuffled)},
            **{f"beat_f1{name}": float(part[index, 1]) for name, part in _named(own, real, shuffled)},
            "beat_f1_to_original": _agreement(originals[index], trips[index]),
        }
        for index, pair in enumerate(pairs)
    ]
    triples = np.stack([own, real, shuffled], axis=-1)
    scores = {
        f"{name} score": bootstrap(triples[:, k], normalised_gain) for k, name in enumerate(("harmony", "beat_f1"))
    }
    ratio = bootstrap(np.stack([own[:, 1], real[:, 1]], axis=1), _ratio_of_sums)
    return rows, {**scores, "beat_f1 relative to the original": ratio}


def _ratio_of_sums(table: np.ndarray) -> float:
    """Sum of the first column over that of the second."""
    return float(table[:, 0].sum() / max(float(table[:, 1].sum()), 1e-9))


def _named(*parts: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return list(zip(("", "_real", "_shuffled"), parts, strict=True))


def _agreement(original: Heard, round_trip: Heard) -> float:
    """F-measure of the beats heard in the round trip against those heard in the original; NaN where it has none."""
    if not len(original.beats):
        return float("nan")
    return rhythm.f_measure(original.beats, round_trip.beats) if len(round_trip.beats) else 0.0


def _magnitudes(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    samples = analysis_signal(audio, sample_rate, sample_rate)
    spectrum = require("librosa").stft(samples, n_fft=WINDOW, hop_length=HOP)
    return np.asarray(np.abs(spectrum))


def _same_length(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames = min(first.shape[-1], second.shape[-1])
    return first[..., :frames], second[..., :frames]
