"""Stand-ins for soundfont and singer, which need packages of the system; songs, cuts and files stay real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from samuel.config import SAMPLE_RATE
from samuel.corpus import build
from samuel.corpus.song import STEMS


def _render(arrangement: Any, soundfont: Any, duration: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    drums = (0.1 * rng.standard_normal((2, round(duration * SAMPLE_RATE)))).astype(np.float32)
    return {"drums": drums, **{stem: np.zeros_like(drums) for stem in STEMS if stem != "drums"}}


def install(replace: Callable[[Any, str, Any], None]) -> None:
    """Put them in place by monkeypatch.setattr or setattr."""
    replace(build, "find_soundfonts", lambda: {name: Path(name) for name in build.SOUNDFONTS})
    replace(build, "render", _render)
    replace(build, "mix_stems", lambda stems, rng: stems["drums"])
    replace(build, "sing", lambda notes, voice, duration, rng: rng.uniform(-0.1, 0.1, round(duration * SAMPLE_RATE)))
    replace(build, "capture", lambda vocal, rng: vocal)
