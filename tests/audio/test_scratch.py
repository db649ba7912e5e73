"""Long sounds outside of memory: they hold what was written, and the process does not hold them."""

from __future__ import annotations

import errno
import gc
import os
from pathlib import Path

import numpy as np
import pytest

from samuel.audio import Waveform, as_written, integrated_loudness, mix, normalise_loudness, read_audio, write_audio
from samuel.audio import scratch as module
from samuel.audio.scratch import LARGE, PIECE, copied, let_go, pieces, scratch

LENGTH = LARGE // 8 + 12_345  # samples of stereo
STATM = Path("/proc/self/statm")


def mapped(samples: np.ndarray) -> bool:
    return samples.base is not None


def resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_only_what_is_large_lies_outside_of_memory() -> None:
    assert mapped(scratch(2, LENGTH))
    assert not mapped(scratch(2, 1000))


def test_what_was_let_go_is_still_there() -> None:
    samples, expected = scratch(2, LENGTH), np.random.default_rng(0).normal(size=(2, LENGTH)).astype(np.float32)
    samples[:] = expected
    let_go()
    np.testing.assert_array_equal(samples, expected)
    np.testing.assert_array_equal(copied(samples[:, 5:]), expected[:, 5:])


@pytest.mark.skipif(not STATM.exists(), reason="only Linux tells how much memory a process holds")
def test_working_through_a_large_sound_holds_a_piece_of_it() -> None:
    samples = scratch(2, 4 * LENGTH)
    before, most = resident(), 0
    for part in pieces(samples.shape[1]):
        samples[:, part] = 1
        most = max(most, resident())
    assert most - before < samples.nbytes / 4
    gc.collect()


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_pieces_make_up_the_whole(length: int) -> None:
    parts = list(pieces(length))
    assert [part.start for part in parts] == [0, *(part.stop for part in parts)][: len(parts)]
    assert sum(part.stop - part.start for part in parts) == length


def test_a_full_disk_leaves_the_sound_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "posix_fallocate", full)
    assert not mapped(scratch(2, LENGTH))


def test_a_sound_is_the_same_in_memory_and_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All that is done with samples: reading, resampling, levels, limiter, mix, rounding, writing."""
    time = np.arange(3 * PIECE + 777) / 48_000
    tone = np.sin(2 * np.pi * 220 * time) * (0.2 + 0.9 * (np.sin(time) > 0.9))
    write_audio(tmp_path / "take.wav", Waveform(np.stack([tone, tone[::-1]]).astype(np.float32).clip(-1, 1), 48_000))

    def work() -> list[np.ndarray]:
        read = read_audio(tmp_path / "take.wav")
        voice = read.resample(44_100)
        band = as_written(normalise_loudness(voice), in_place=True)
        mixed = mix(voice.to_mono(), band)
        write_audio(tmp_path / "mix.flac", mixed)
        results = [read, voice, band, mixed, voice.to_mono(), read_audio(tmp_path / "mix.flac")]
        assert np.isfinite(integrated_loudness(mixed))
        return [each.samples for each in results]

    inside = work()
    monkeypatch.setattr(module, "LARGE", 1)
    outside = work()
    assert not any(map(mapped, inside))
    assert all(map(mapped, outside))
    for one, other in zip(inside, outside, strict=True):
        np.testing.assert_array_equal(one, other)
