"""Windows denoised together."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from samuel.diffusion import CosineSchedule, fused, noise_source, sample
from samuel.segments import Window, crossfade_weights, windows_of

WINDOWS = windows_of(100, 40, 8)
X = noise_source([0], 4, 100)()


def halved(x: Tensor, t: float) -> Tensor:
    return x / 2 + t


def summed(x: Tensor, t: float) -> Tensor:
    """A denoiser whose every frame depends on the whole window."""
    return x + x.mean(dim=2, keepdim=True)


def test_a_song_of_one_window_is_that_window_itself() -> None:
    assert torch.equal(fused([((Window(0, 100),), summed)], 8)(X, 3.0), summed(X, 3.0))


def test_windows_that_agree_make_the_whole() -> None:
    torch.testing.assert_close(fused([(WINDOWS, halved)], 8)(X, 3.0), halved(X, 3.0))


def test_where_windows_disagree_their_weighted_mean_counts() -> None:
    parts = [((window,), lambda x, t, value=value: torch.full_like(x, value)) for value, window in enumerate(WINDOWS)]
    expected = torch.zeros(100)
    for value, (window, weight) in enumerate(zip(WINDOWS, crossfade_weights(WINDOWS, 8), strict=True)):
        window.of(expected).add_(value * weight)
    torch.testing.assert_close(fused(parts, 8)(X, 0.0)[0, 2], expected)


def test_how_windows_are_shared_out_among_batches_changes_nothing() -> None:
    assert len(WINDOWS) == 3
    together = fused([(WINDOWS, summed)], 8)(X, 1.0)
    for parts in ([WINDOWS[:1], WINDOWS[1:]], [WINDOWS[:2], WINDOWS[2:]], [[window] for window in WINDOWS]):
        torch.testing.assert_close(fused([(part, summed) for part in parts], 8)(X, 1.0), together, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm++"])
def test_samplers_take_a_fused_denoiser_for_any_other(name: str) -> None:
    draws = (noise_source([1], 4, 100) for _ in range(2))
    whole, windowed = (
        sample(name, denoiser, X, CosineSchedule(), 4, draw)  # type: ignore[arg-type]
        for denoiser, draw in zip((lambda x, t: x / 3, fused([(WINDOWS, lambda x, t: x / 3)], 8)), draws, strict=True)
    )
    torch.testing.assert_close(windowed, whole)
