import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from training_folder import LENGTHS, make_training_folder

from samuel.errors import ConfigError
from samuel.training import data as training_data
from samuel.training.data import CropSampler, Prefetcher, Song, read_latents, read_maps


@pytest.fixture
def few_files() -> Iterator[None]:
    """A process that may open twenty files more than it has open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def many_songs(folder: Path, count: int = 400) -> Path:
    (folder / "latents").mkdir()
    rows = [{"identifier": f"s{number}", "split": "train", "frames": 8} for number in range(count)]
    for row in rows:
        np.save(folder / "latents" / f"{row['identifier']}.features.npy", np.zeros((20, 8), np.float16))
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def counting_song(name: str, frames: int, first: int) -> Song:
    """A song whose only channel counts its frames from `first` on, so a crop tells where it is from."""
    return Song(name, frames, {"band": np.arange(first, first + frames, dtype=np.float16)[None]})


def test_a_crop_is_contiguous_and_from_one_song() -> None:
    sampler = CropSampler([counting_song("a", 20, 0), counting_song("b", 30, 100)], 8, seed=0, frame_axis=1)
    crops = torch.cat([sampler.batch(step, 16)["band"] for step in range(20)])[:, 0].float()
    assert (crops.diff(dim=1) == 1).all()
    assert set(crops[:, 0].tolist()) == {*range(13), *range(100, 123)}


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    songs = [counting_song("a", 200, 0)]
    one, same, other = (CropSampler(songs, 8, seed, 1) for seed in (1, 1, 2))
    same.batch(3, 4)
    assert torch.equal(one.batch(7, 4)["band"], same.batch(7, 4)["band"])
    assert not torch.equal(one.batch(7, 4)["band"], other.batch(7, 4)["band"])
    assert not torch.equal(one.batch(7, 4)["band"], one.batch(8, 4)["band"])


def test_a_batch_covers_the_split_evenly() -> None:
    sampler = CropSampler([counting_song("a", 107, 0)], 8, seed=0, frame_axis=1)
    starts = sampler.batch(0, 10)["band"][:, 0, 0].sort().values
    assert ((starts >= torch.arange(10) * 10) & (starts < torch.arange(1, 11) * 10)).all()


def test_the_validation_crops_are_always_the_same() -> None:
    sampler = CropSampler([counting_song("a", 200, 0)], 8, seed=0, frame_axis=1)
    first, second = (list(sampler.fixed(10, 4)) for _ in range(2))
    assert [len(batch["band"]) for batch in first] == [4, 4, 2]
    assert all(torch.equal(a["band"], b["band"]) for a, b in zip(first, second, strict=True))


def test_the_style_of_a_song_is_one_of_the_channels(tmp_path: Path) -> None:
    folder = make_training_folder(tmp_path / "data")
    songs = {song.identifier: song for song in read_latents(folder, "train", ["band"], ["rock", "pop"])}
    assert songs.keys() == {"a", "b", "c"}
    for name, channels in (("a", [0, 1]), ("b", [1, 0]), ("c", [0, 0])):
        told = songs[name].arrays["style"]
        assert told.shape == (2, LENGTHS[name])
        assert told.mean(axis=1).tolist() == channels


def test_prefetched_batches_are_those_of_the_sampler() -> None:
    sampler = CropSampler([counting_song("a", 200, 0)], 8, seed=0, frame_axis=1)
    ahead = Prefetcher(sampler, 4)
    drawn = [ahead.batch(step)["band"] for step in (0, 1, 2, 9)]  # a jump, as after a resumption
    ahead.close()
    assert all(torch.equal(a, sampler.batch(s, 4)["band"]) for a, s in zip(drawn, (0, 1, 2, 9), strict=True))


def test_songs_shorter_than_a_crop_are_left_out_and_counted() -> None:
    sampler = CropSampler([counting_song("a", 7, 0), counting_song("b", 8, 100)], 8, seed=0, frame_axis=1)
    assert (sampler.left_out, sampler.frames) == (1, 8)
    assert sampler.batch(0, 2)["band"][0, 0, 0] == 100


def test_a_crop_longer_than_every_song_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"crop_frames 9 is longer than every song \(at most 7\)"):
        CropSampler([counting_song("a", 7, 0)], 9, seed=0, frame_axis=1)


def test_a_training_folder_reads_back_what_was_written(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    songs = read_latents(data, "train", ["vocal", "truth"])
    assert {song.identifier: song.frames for song in songs} == {k: v for k, v in LENGTHS.items() if k != "held"}
    written = np.load(data / "latents" / "b.vocal.npy")
    assert np.array_equal(next(song for song in songs if song.identifier == "b").arrays["vocal"], written)
    assert [song.identifier for song in read_maps(data, "valid")] == ["held"]


def test_a_training_folder_without_a_manifest_split_or_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manifest\.jsonl is missing"):
        read_maps(tmp_path, "train")
    data = make_training_folder(tmp_path / "data")
    with pytest.raises(ConfigError, match="no song of split 'test'"):
        read_maps(data, "test")
    (data / "latents" / "a.vocal.npy").write_bytes(b"not an array")
    with pytest.raises(ConfigError, match=r"a\.vocal\.npy is missing or damaged"):
        read_latents(data, "train", ["vocal"])


@pytest.mark.parametrize("axis", [0, 1])
def test_crops_cut_where_the_songs_are_held_are_the_same(axis):
    songs = [counting_song("a", 20, 0), counting_song("b", 30, 100), counting_song("c", 9, 500)]
    if axis == 0:
        songs = [Song(song.identifier, song.frames, {"maps": song.arrays["band"].T}) for song in songs]
    loaded, held = (CropSampler(songs, 8, seed=0, frame_axis=axis) for _ in range(2))
    assert held.hold_on(torch.device("cpu"), 1 << 20)
    for step in range(4):
        for name, crops in loaded.batch(step, 6).items():
            assert torch.equal(crops, held.batch(step, 6)[name])


def test_songs_too_large_to_hold_stay_where_they_are():
    assert not CropSampler([counting_song("a", 20, 0)], 8, seed=0, frame_axis=1).hold_on(torch.device("cpu"), 10)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
@pytest.mark.usefixtures("few_files")
def test_more_songs_than_files_may_be_open_are_read_and_named_where_they_must_stay_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = many_songs(tmp_path)
    assert len(read_latents(folder, "train", ["features"])) == 400
    monkeypatch.setattr(training_data, "MEMORY_LIMIT", 10_000)
    with pytest.raises(ConfigError, match="is one file too many to hold open: raise the limit, ulimit -n"):
        read_latents(folder, "train", ["features"])
