"""Songs longer than one clip: overlapped windows of latent frames, and the cross-fade that joins them again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from samuel.config import CLIP_FRAMES
from samuel.errors import ConfigError

FrameWeights = Float[Tensor, "t"]

OVERLAP = 128  # latent frames, 5.9 s: about three bars, long enough for one take to hand over to the next


@dataclass(frozen=True)
class Window:
    """Latent frames from start up to, not including, stop."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.stop - self.start

    def of(self, whole: Tensor) -> Tensor:
        """The frames of this window: (..., frames) -> (..., length)."""
        return whole[..., self.start : self.stop]


def windows_of(frames: int, length: int = CLIP_FRAMES, overlap: int = OVERLAP) -> tuple[Window, ...]:
    """As few windows as cover all frames with at least `overlap` in common between neighbours.

    They are equally long (one batch holds any of them) and equally spaced; a song of at most `length` frames is one
    window of its own length. Raises ConfigError unless frames >= 1 and 0 <= overlap <= length / 2.
    """
    if frames < 1 or not 0 <= overlap <= length // 2:
        raise ConfigError(f"{frames} frames do not go into windows of {length} overlapping by {overlap}: overlap less.")
    if frames <= length:
        return (Window(0, frames),)
    count = math.ceil((frames - overlap) / (length - overlap))
    starts = [round(index * (frames - length) / (count - 1)) for index in range(count)]
    return tuple(Window(start, start + length) for start in starts)


def crossfade_weights(windows: Sequence[Window], overlap: int = OVERLAP) -> list[FrameWeights]:
    """How much each window counts at each of its frames, float32; over any frame of the song they add up to 1.

    Neighbours may share more than `overlap` frames; they fade over that many in the middle of what they share, for
    where two takes are averaged the sound is blurred.
    """
    frames = windows[-1].stop
    rises = [torch.ones(frames, dtype=torch.float64)]
    rises += [_rise(left, right, frames, overlap) for left, right in pairwise(windows)]
    falls = [*rises[1:], torch.zeros(frames, dtype=torch.float64)]
    return [window.of(rise * (1 - fall)).float() for window, rise, fall in zip(windows, rises, falls, strict=True)]


def join_windows(pieces: Sequence[Float[Tensor, "c t"]], windows: Sequence[Window], overlap: int = OVERLAP) -> Tensor:
    """Cross-fade the pieces (c, length), one for each window, into the whole (c, frames)."""
    whole = torch.zeros(pieces[0].shape[0], windows[-1].stop, dtype=pieces[0].dtype)
    for piece, window, weight in zip(pieces, windows, crossfade_weights(windows, overlap), strict=True):
        window.of(whole).add_(piece * weight)
    return whole


def _rise(left: Window, right: Window, frames: int, overlap: int) -> FrameWeights:
    """0 before the seam, 1 after it, half a cosine between: the share of `right` against `left` over the whole song."""
    centre = (right.start + left.stop) / 2
    position = (torch.arange(frames, dtype=torch.float64) + 0.5 - centre) / max(overlap, 1) + 0.5
    return (1 - torch.cos(math.pi * position.clamp(0, 1))) / 2
