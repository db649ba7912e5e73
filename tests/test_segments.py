"""Windows cover a song, and their cross-fade adds up."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from samuel.errors import ConfigError
from samuel.segments import OVERLAP, crossfade_weights, join_windows, windows_of

LENGTHS = [1, 22, 1_023, 1_024, 1_025, 1_920, 1_921, 3_000, 12_920]


def test_pieces_cut_from_a_whole_join_to_that_whole() -> None:
    whole = torch.randn(3, 500, generator=torch.Generator().manual_seed(0))
    windows = windows_of(500, 128, 32)
    torch.testing.assert_close(join_windows([window.of(whole) for window in windows], windows, 32), whole)


@pytest.mark.parametrize("frames", LENGTHS)
def test_weights_are_a_partition_of_unity(frames: int) -> None:
    windows = windows_of(frames)
    ones = [torch.ones(1, window.length) for window in windows]
    torch.testing.assert_close(join_windows(ones, windows), torch.ones(1, frames))
    assert all(((weight >= 0) & (weight <= 1)).all() for weight in crossfade_weights(windows))


@pytest.mark.parametrize("frames", LENGTHS)
def test_windows_cover_the_song_are_alike_and_share_enough(frames: int) -> None:
    windows = windows_of(frames)
    assert (windows[0].start, windows[-1].stop) == (0, frames)
    assert {window.length for window in windows} == {min(frames, 1_024)}
    pairs = list(pairwise(windows))
    assert all(left.stop - right.start >= OVERLAP for left, right in pairs)


def test_only_the_overlap_around_a_seam_is_a_blend() -> None:
    windows = windows_of(1_500)
    blended = (crossfade_weights(windows)[0] > 0) & (crossfade_weights(windows)[0] < 1)
    assert int(blended.sum()) == OVERLAP


@pytest.mark.parametrize(("frames", "overlap"), [(0, 8), (100, 33), (100, -1)])
def test_windows_that_cannot_be_are_refused(frames: int, overlap: int) -> None:
    with pytest.raises(ConfigError):
        windows_of(frames, 64, overlap)
