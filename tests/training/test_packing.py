"""A training folder survives being packed: what is exact stays exact, latents lose less than they notice."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.support.training_folder import make_training_folder

from samuel.errors import ConfigError
from samuel.training.data import read_latents, read_maps
from samuel.training.packing import pack_folder, unpack_folder

NAMES = ("vocal", "band", "features", "truth")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A training folder and what became of it, packed two songs to a part."""
    data = make_training_folder(tmp_path / "data")
    assert pack_folder(data, tmp_path / "packed", (*NAMES, "maps"), songs_per_part=2) == 2
    assert unpack_folder(sorted((tmp_path / "packed").glob("*.xz")), tmp_path / "again") == 4
    return data, tmp_path / "again"


def test_truth_and_features_are_exact_and_latents_within_half_a_step(folders):
    before, after = (read_latents(folder, "train", NAMES) for folder in folders)
    for one, other in zip(before, after, strict=True):
        assert one.identifier == other.identifier
        for name in ("features", "truth"):
            np.testing.assert_array_equal(one.arrays[name], other.arrays[name])
        for name, step in (("band", 0.25), ("vocal", 0.5)):
            wrong = np.abs(one.arrays[name].astype(float) - other.arrays[name])
            assert 0 < wrong.max() < 1.1 * step / 2 * 2.2  # deviations are about 2


def test_maps_are_kept_to_a_64th(folders):
    before, after = (read_maps(folder, "valid") for folder in folders)
    wrong = before[0].arrays["maps"].astype(float) - after[0].arrays["maps"]
    assert np.abs(wrong).max() <= 1 / 64 + 1e-3


def test_a_second_part_adds_to_the_first(tmp_path):
    data = make_training_folder(tmp_path / "data")
    pack_folder(data, tmp_path / "packed", NAMES, songs_per_part=3)
    first, second = sorted((tmp_path / "packed").glob("*.xz"))
    assert unpack_folder([first], tmp_path / "again") == 3
    assert unpack_folder([second], tmp_path / "again") == 4
    assert len(read_latents(tmp_path / "again", "train", NAMES)) == 3


def test_a_damaged_part_is_named(tmp_path):
    (tmp_path / "000.tar.xz").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match=r"000\.tar\.xz.*pack it again"):
        unpack_folder([tmp_path / "000.tar.xz"], tmp_path / "again")


def note(folder: Path, name: str, of: str) -> None:
    (folder / f"{of}.json").write_text(json.dumps({"name": name, "fingerprint": name[-1] * 64}))


def test_whose_latents_and_plans_they_are_goes_along(tmp_path):
    data = make_training_folder(tmp_path / "data")
    note(data, "spectral-1", "autoencoder")
    note(data, "listener-1", "listener")
    pack_folder(data, tmp_path / "packed", NAMES, songs_per_part=2)
    unpack_folder(sorted((tmp_path / "packed").glob("*.xz")), tmp_path / "again")
    kept, original = (json.loads((folder / "autoencoder.json").read_text()) for folder in (tmp_path / "again", data))
    assert kept == original
    assert not (tmp_path / "again" / "listener.json").exists(), "no plans were packed"
    pack_folder(data, tmp_path / "plans", (*NAMES, "plan"), songs_per_part=4)
    unpack_folder(sorted((tmp_path / "plans").glob("*.xz")), tmp_path / "again")
    assert json.loads((tmp_path / "again" / "listener.json").read_text())["name"] == "listener-1"
    pack_folder(data, tmp_path / "maps", ("maps",), songs_per_part=4)
    unpack_folder(sorted((tmp_path / "maps").glob("*.xz")), tmp_path / "apart")
    assert not (tmp_path / "apart" / "autoencoder.json").exists(), "maps are nobody's latents"


def test_latents_of_another_autoencoder_are_refused_before_anything_is_written(tmp_path):
    data = make_training_folder(tmp_path / "data")
    for name in ("spectral-1", "spectral-2"):
        note(data, name, "autoencoder")
        pack_folder(data, tmp_path / name, NAMES, songs_per_part=4)
    one, other = (tmp_path / name / "000.tar.xz" for name in ("spectral-1", "spectral-2"))
    with pytest.raises(ConfigError, match=r"made with spectral-2, .*000\.tar\.xz with spectral-1 \(autoencoder\)"):
        unpack_folder([one, other], tmp_path / "again")
    assert not (tmp_path / "again").exists()
    unpack_folder([one], tmp_path / "again")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "again").rglob("*")}
    with pytest.raises(ConfigError, match="unpack them into different folders"):
        unpack_folder([other], tmp_path / "again")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "again").rglob("*")} == before
