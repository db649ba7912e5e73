from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from chord_song import RATE, make_song, play

from samuel.errors import MissingExtraError
from samuel.evaluation import beatnet, rhythm

installed = all(importlib.util.find_spec(name) for name in ("BeatNet", "madmom_infer"))


def test_the_network_gives_probabilities_for_every_frame() -> None:
    network = beatnet.BeatNetwork().eval()
    with torch.inference_mode():
        out = network(torch.rand(7, beatnet.FEATURES, generator=torch.Generator().manual_seed(0)))
    assert out.shape == (7, 3)
    assert torch.allclose(out.sum(dim=-1), torch.ones(7))


def test_without_its_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install --no-deps BeatNet"):
        beatnet._weights_folder()


@pytest.mark.skipif(not installed, reason="BeatNet's weights are not installed")
def test_the_published_weights_track_clicks() -> None:
    song = make_song(beats=24)
    beats = rhythm.track_beats(play(song), RATE, "beatnet")
    assert rhythm.continuity_any_level(np.asarray(song.beats), beats) > 0.9
