"""A training folder survives being packed: what is exact stays exact, latents lose less than they notice."""

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
