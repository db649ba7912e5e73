"""One denoiser for a song of any length from denoisers of its windows: MultiDiffusion (Bar-Tal et al. 2023)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from samuel.diffusion.samplers import DenoiserFunction
from samuel.segments import Window, crossfade_weights

Part = tuple[Sequence[Window], DenoiserFunction]  # some windows, and the denoiser that takes them as its batch


def fused(parts: Sequence[Part], overlap: int) -> DenoiserFunction:
    """The denoiser (x, t) -> v, both (1, c, frames), whose v is the weighted mean of its windows' v.

    The least-squares fusion of arXiv 2302.08113, eq. 5: with every window at the same x and t, averaging v is averaging
    x0. All windows thus are denoised together, each step seeing what its neighbours made of the last one. Weights are
    those of segments.crossfade_weights, over `overlap` frames. parts hold the windows of the song from left to right;
    how they are shared out among parts changes nothing. A song of one window is that window's v itself.
    """
    windows = [window for part, _ in parts for window in part]
    weights = crossfade_weights(windows, overlap)

    def denoiser(x: Tensor, t: float) -> Tensor:
        whole, remaining = torch.zeros_like(x), iter(weights)
        for part, predict in parts:
            pieces = predict(torch.cat([window.of(x) for window in part]), t)
            for window, piece in zip(part, pieces, strict=True):
                window.of(whole).add_(piece * next(remaining))
        return whole

    return denoiser
