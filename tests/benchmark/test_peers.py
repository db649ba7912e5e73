"""Peers: the real classes at tiny sizes, and the arithmetic from a few measured steps to a whole song."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from samuel.benchmark import jukebox, musicgen, peer, stable_audio
from samuel.benchmark.jukebox import SIZES, Level, windows_of
from samuel.errors import SamuelError

TINY_DIT = {**stable_audio.DIT, "sample_size": 32, "attention_head_dim": 8, "num_attention_heads": 2,
            "num_key_value_attention_heads": 1, "global_states_input_dim": 16}  # fmt: skip
TINY_VAE = {**stable_audio.VAE, "encoder_hidden_size": 4, "decoder_channels": 4}
TINY_T5 = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "vocab_size": 32}


@pytest.fixture(autouse=True)
def small_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (musicgen, stable_audio):
        monkeypatch.setattr(module, "T5_BASE", TINY_T5)
    monkeypatch.setattr(musicgen, "ENCODEC", {**musicgen.ENCODEC, "num_filters": 2, "hidden_size": 8})


@pytest.mark.filterwarnings("default")  # a third party's deprecations are its own
def test_musicgen_of_any_size_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musicgen, "DECODED", 0.1)
    monkeypatch.setitem(musicgen.ENCODEC, "codebook_dim", 8)
    cost = musicgen.musicgen("tiny", 2.0, musicgen.Size(16, 2, 2, 32))
    assert cost.seconds > 0
    assert "103 steps" in cost.how
    assert "whole network" in cost.how


@pytest.mark.filterwarnings("default")
def test_stable_audio_makes_whole_clips_whatever_is_asked_for() -> None:
    short, long = (stable_audio.stable_audio(audio, TINY_DIT, TINY_VAE, layers=1) for audio in (10.0, 100.0))
    assert short.how.startswith("1 whole clip of")
    assert long.how.startswith("3 whole clips of")
    assert short.parameters == long.parameters > 0


@pytest.mark.filterwarnings("default")
def test_jukebox_is_timed_where_transformers_has_it_and_explained_where_not() -> None:
    tiny = (Level(128, 32, 3, 2, 8, 64, 0.125), Level(32, 16, 3, 1, 8, 64, 0.5))
    try:
        cost = jukebox.jukebox("tiny", 1.0, tiny)
    except SamuelError as error:
        assert "which left it with release 5" in str(error)  # noqa: PT017 (both outcomes are right)
    else:
        assert cost.seconds > 0


def test_the_published_sizes_have_their_published_parameters() -> None:
    transformers = pytest.importorskip("transformers", reason="the extra 'benchmark' is not installed")
    with torch.device("meta"):
        counts = {n: peer.count(musicgen._decoder(transformers, s, s.layers)) for n, s in musicgen.SIZES.items()}
    millions = {name: round(count / 1e6, -2) for name, count in counts.items()}
    assert millions == {"small": 400, "medium": 1800, "large": 3300}  # named 300M, 1.5B, 3.3B; with cross-attention


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seconds", [1.0, 47.55, 180.0])
def test_jukebox_samples_every_token_once(size: str, seconds: float) -> None:
    for level in SIZES[size]:
        tokens = round(seconds * 44_100) // level.hop
        windows = list(windows_of(tokens, level))
        assert sum(new for _, new in windows) == tokens
        assert all(old + new <= level.context for old, new in windows)


def test_a_large_network_is_extrapolated_along_the_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "WHOLE_UP_TO", 100)
    built: list[int] = []

    def build(layers: int) -> nn.Module:
        built.append(layers)
        return nn.Sequential(*(nn.Linear(10, 10) for _ in range(layers)))

    line = peer.by_depth(build, 40, lambda model: (1.0 + 0.5 * len(list(model.children())),), (4, 8))
    assert line.times == (pytest.approx(1.0 + 0.5 * 40),)
    assert line.parameters == 40 * 110
    assert not line.whole
    assert built == [40, 4, 8]
