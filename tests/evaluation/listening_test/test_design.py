from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samuel.audio import Waveform, integrated_loudness, read_audio, write_audio
from samuel.errors import ConfigError
from samuel.evaluation.listening_test import BuiltTest, ListeningTestConfig, build_listening_test

ONE = ListeningTestConfig(clips=3, seconds=1.0, seed=1)


def test_every_trial_has_the_hidden_reference_the_anchor_and_all_systems(key: dict[str, Any]) -> None:
    assert len(key["trials"]) == 3
    for trial in key["trials"]:
        assert sorted(trial["stimuli"].values()) == ["anchor", "ours", "reference", "theirs"]


def test_the_hidden_reference_is_the_open_one_under_another_name(built: BuiltTest, key: dict[str, Any]) -> None:
    sounds = built.page.parent / "sounds"
    for trial in key["trials"]:
        hidden = next(name for name, condition in trial["stimuli"].items() if condition == "reference")
        assert hidden != trial["reference"]
        first, second = (read_audio(sounds / f"{name}.flac") for name in (hidden, trial["reference"]))
        assert np.array_equal(first.samples, second.samples)


def test_nothing_for_the_listeners_names_a_condition_or_a_clip(built: BuiltTest, key: dict[str, Any]) -> None:
    folder = built.page.parent
    names = [path.stem for path in (folder / "sounds").iterdir()]
    assert len(names) == 3 * 5
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in names)
    text = built.page.read_text()
    assert not [word for word in ("ours", "theirs", "alpha", "beta", "gamma") if re.search(rf"\b{word}\b", text)]
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "sounds"]
    shown = re.search(r'id="design">(.*?)</script>', text, re.DOTALL)
    assert shown is not None
    assert not {"reference", "anchor"} & set(re.findall(r'"(reference|anchor)": *\{', shown[1]))


def test_the_page_asks_for_nothing_from_outside(built: BuiltTest) -> None:
    assert not re.findall(r"(?:https?:)?//[a-z]", re.sub(r"(?m)// .*$", "", built.page.read_text()))


def test_all_sounds_are_equally_loud_and_long(built: BuiltTest) -> None:
    sounds = [read_audio(path) for path in (built.page.parent / "sounds").iterdir()]
    assert {(audio.length, audio.sample_rate, audio.channels) for audio in sounds} == {(44_100, 44_100, 2)}
    assert np.ptp([integrated_loudness(audio) for audio in sounds]) < 0.1


def test_one_seed_draws_one_test(folders: Path, tmp_path: Path) -> None:
    made = [
        build_listening_test([folders / "ours"], folders / "real", tmp_path / name, config=ONE) for name in ("a", "b")
    ]
    assert made[0].key.read_text() == made[1].key.read_text()


def test_the_singer_is_heard_in_every_condition(folders: Path, tmp_path: Path) -> None:
    alone, sung = (
        build_listening_test([folders / "ours"], folders / "real", tmp_path / name, vocals=vocals, config=ONE)
        for name, vocals in (("alone", None), ("sung", folders / "sung"))
    )
    for path in (alone.page.parent / "sounds").iterdir():
        before, after = read_audio(path), read_audio(sung.page.parent / "sounds" / path.name)
        assert np.corrcoef(before.samples[0], after.samples[0])[0, 1] < 0.9


def test_a_clip_that_is_missing_broken_or_silent_is_left_out_and_named(folders: Path, tmp_path: Path) -> None:
    shutil.copytree(folders / "ours", tmp_path / "ours")
    (tmp_path / "ours" / "alpha.wav").unlink()
    (tmp_path / "ours" / "beta.wav").write_text("no audio")
    systems = [tmp_path / "ours", folders / "theirs"]
    made = build_listening_test(systems, folders / "real", tmp_path / "page", config=ONE)
    assert made.trials == 1
    reasons = {item.identifier: item.reason for item in made.skipped}
    assert sorted(reasons) == ["alpha", "beta"]
    assert "ours holds no alpha" in reasons["alpha"]
    write_audio(tmp_path / "ours" / "gamma.wav", Waveform(np.zeros((2, 88_200), dtype=np.float32), 44_100))
    with pytest.raises(ConfigError, match="No clip could be used"):
        build_listening_test(systems, folders / "real", tmp_path / "again", config=ONE)


def test_bad_requests_are_refused_and_nothing_is_left(folders: Path, tmp_path: Path) -> None:
    def build(systems: list[Path], reference: Path = folders / "real", seconds: float = 1.0) -> BuiltTest:
        config = ListeningTestConfig(clips=1, seconds=seconds)
        return build_listening_test(systems, reference, tmp_path / "page", config=config)

    with pytest.raises(ConfigError, match="0 systems"):
        build([])
    with pytest.raises(ConfigError, match="rename the folder"):
        build([folders / "ours", folders / "ours"])
    with pytest.raises(ConfigError, match="No clip could be used"):
        build([folders / "ours"], seconds=30.0)
    with pytest.raises(ConfigError, match="no folder"):
        build([folders / "ours"], folders / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_test_that_exists_is_not_replaced(built: BuiltTest, folders: Path) -> None:
    with pytest.raises(ConfigError, match="exists"):
        build_listening_test([folders / "ours"], folders / "real", built.page.parent)
