"""Rendering with a real soundfont where one is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samuel.corpus.band import SoundfontError, find_soundfonts, render
from samuel.corpus.song import STEMS, Arrangement, Note, Part

pytest.importorskip("tinysoundfont")
DURATION = 0.75  # s

A4 = Part("lead", "other", 73, False, (Note(0.1, 0.6, 69, 100),))
TRIO = Arrangement(
    "test",
    (
        Part("drums", "drums", 0, True, tuple(Note(t, t + 0.1, 36, 100) for t in (0.0, 0.25, 0.5))),
        Part("bass", "bass", 33, False, (Note(0.0, 0.5, 36, 90),)),
        Part("piano", "chords", 0, False, tuple(Note(0.0, 0.7, pitch, 80) for pitch in (60, 64, 67))),
    ),
)


@pytest.fixture(scope="module")
def soundfont() -> Path:
    try:
        return next(iter(find_soundfonts().values()))
    except SoundfontError as error:
        pytest.skip(str(error))


def played(arrangement: Arrangement, soundfont: Path) -> dict[str, np.ndarray]:
    return {**render(arrangement, soundfont, DURATION, np.random.default_rng(0))}


def test_every_stem_has_the_asked_length_and_those_without_parts_are_silent(soundfont: Path) -> None:
    stems = played(TRIO, soundfont)
    assert tuple(stems) == STEMS
    for name, stem in stems.items():
        assert stem.shape == (2, round(DURATION * 44_100))
        assert stem.dtype == np.float32
        assert (np.abs(stem).max() > 0.001) == (name != "other")
        assert np.abs(stem).max() < 1.0


def test_rendering_does_not_depend_on_what_was_rendered_before(soundfont: Path) -> None:
    first = played(TRIO, soundfont)
    played(Arrangement("test", (A4,)), soundfont)
    again = played(TRIO, soundfont)
    for stem in STEMS:
        assert first[stem].tobytes() == again[stem].tobytes()


def test_a_note_sounds_at_its_pitch_and_not_before_its_time(soundfont: Path) -> None:
    signal = played(Arrangement("test", (A4,)), soundfont)["other"].mean(0)
    assert np.abs(signal[: int(0.095 * 44_100)]).max() == 0
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), 1 << 17))
    low, high = (int(f * (1 << 17) / 44_100) for f in (300, 700))
    peak = (low + int(spectrum[low:high].argmax())) * 44_100 / (1 << 17)
    assert 1200 * abs(np.log2(peak / 440)) < 25  # cents


def test_without_soundfonts_the_error_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(SoundfontError, match="apt-get install fluid-soundfont-gm"):
        find_soundfonts([tmp_path])


def test_a_damaged_soundfont_is_refused_by_path(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sf2"
    damaged.write_bytes(b"RIFF....")
    with pytest.raises(SoundfontError, match=r"damaged\.sf2 cannot be read"):
        render(TRIO, damaged, DURATION, np.random.default_rng(0))
