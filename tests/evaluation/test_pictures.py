from __future__ import annotations

from pathlib import Path

from matplotlib.image import imread

from samuel.evaluation.pairs import Pair
from samuel.evaluation.pictures import draw_beats, draw_harmony, draw_reconstruction


def test_every_picture_is_drawn_and_not_blank(pairs: list[Pair], tmp_path: Path) -> None:
    band, song = pairs[0].accompaniment(), pairs[0].song
    draw_reconstruction(band, band, tmp_path / "mel.png")
    draw_harmony(band, song, tmp_path / "chords.png")
    draw_beats(band, song, tmp_path / "beats.png")
    for name in ("mel", "chords", "beats"):
        assert imread(tmp_path / f"{name}.png").std() > 0.05
