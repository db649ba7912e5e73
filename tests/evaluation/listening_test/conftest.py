"""A test of two systems and three clips, built once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samuel.audio import Waveform, write_audio
from samuel.evaluation.listening_test import BuiltTest, ListeningTestConfig, build_listening_test

RATE = 44_100
CLIPS = ("alpha", "beta", "gamma")


def noise(seed: int, seconds: float = 2.0, gain: float = 0.1) -> Waveform:
    """White noise in stereo."""
    samples = np.random.default_rng(seed).standard_normal((2, round(seconds * RATE))) * gain
    return Waveform.from_array(samples.clip(-1, 1), RATE)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders 'real', 'ours', 'theirs' and 'sung', each of them at levels of its own."""
    root = tmp_path_factory.mktemp("listening")
    for place, name in enumerate(("real", "ours", "theirs", "sung")):
        (root / name).mkdir()
        for number, clip in enumerate(CLIPS):
            write_audio(root / name / f"{clip}.wav", noise(10 * place + number, gain=0.02 * (place + 1)))
    return root


@pytest.fixture(scope="session")
def built(folders: Path) -> BuiltTest:
    """Its page of clips of one second."""
    return build_listening_test(
        [folders / "ours", folders / "theirs"],
        folders / "real",
        folders / "page",
        config=ListeningTestConfig(clips=3, seconds=1.0, seed=0),
    )


@pytest.fixture(scope="session")
def key(built: BuiltTest) -> dict[str, Any]:
    """What its sounds stand for."""
    fields: dict[str, Any] = json.loads(built.key.read_text())
    return fields
