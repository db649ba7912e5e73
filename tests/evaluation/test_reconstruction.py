from __future__ import annotations

import numpy as np
import pytest
import torch
from chord_song import RATE, play
from tiny import Perfect
from torch import Tensor

from samuel.corpus.song import Song
from samuel.errors import AudioError, ConfigError
from samuel.evaluation import reconstruction
from samuel.evaluation.pairs import Pair


class Deaf(Perfect):
    """An autoencoder that gives back silence."""

    name = "deaf"

    def decode(self, latents: Tensor) -> Tensor:
        return torch.zeros_like(latents)


def test_identity_is_perfect(song: Song) -> None:
    audio = play(song)
    assert reconstruction.evaluate(audio, audio, RATE) == pytest.approx(
        {"log_mel_db": 0.0, "spectral_convergence": 0.0, "onset_f1": 1.0}
    )


def test_half_the_amplitude_is_6_db_and_half_the_spectrum_away(song: Song) -> None:
    audio = play(song)
    assert reconstruction.log_mel_distance(audio, audio / 2, RATE) == pytest.approx(6.02, abs=0.05)
    assert reconstruction.spectral_convergence(audio, audio / 2, RATE) == pytest.approx(0.5, abs=1e-4)


def test_silence_has_a_convergence_of_1_and_no_onsets(song: Song) -> None:
    audio = play(song)
    metrics = reconstruction.evaluate(audio, np.zeros_like(audio), RATE)
    assert metrics["spectral_convergence"] == pytest.approx(1.0)
    assert metrics["onset_f1"] == 0.0


def test_what_is_below_50_db_is_not_judged(song: Song) -> None:
    silence = np.zeros(RATE * 2, np.float32)
    assert np.isnan(reconstruction.log_mel_distance(silence, silence, RATE))
    with pytest.warns(UserWarning, match="original is empty"):
        assert np.isnan(reconstruction.evaluate(silence, silence, RATE)["onset_f1"])


def test_a_perfect_autoencoder_scores_1(pairs: list[Pair]) -> None:
    table = reconstruction.evaluate_reconstruction(Perfect(), pairs)
    values = {name: interval.value for name, interval in table.summary.items()}
    assert values["harmony score"] == pytest.approx(1.0, abs=1e-3)
    assert values["beat_f1 relative to the original"] == pytest.approx(1.0)
    assert values["log_mel_db"] == pytest.approx(0.0, abs=1e-3)
    assert [row["clip"] for row in table.rows] == ["song-0", "song-3", "song-6"]


def test_a_deaf_autoencoder_keeps_no_harmony(pairs: list[Pair]) -> None:
    table = reconstruction.evaluate_reconstruction(Deaf(), pairs)
    assert table.summary["harmony score"].value == pytest.approx(0.0)
    assert table.summary["beat_f1"].value == 0.0


def test_a_broken_file_is_skipped_and_counted(pairs: list[Pair]) -> None:
    (pairs[1].folder / "accompaniment.flac").write_text("no audio")
    table = reconstruction.evaluate_reconstruction(Perfect(), pairs)
    assert [skipped.identifier for skipped in table.skipped] == ["song-3"]
    assert len(table.rows) == 2


def test_one_song_alone_is_refused(pairs: list[Pair]) -> None:
    with pytest.raises(ConfigError, match="2 different songs"):
        reconstruction.evaluate_reconstruction(Perfect(), pairs[:1])


def test_excerpts_of_different_lengths_are_refused(song: Song) -> None:
    audio = play(song)
    with pytest.raises(AudioError, match="differ in length"):
        reconstruction.spectral_convergence(audio, audio[: len(audio) // 2], RATE)
