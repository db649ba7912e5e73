"""Shapes that the model declares, checked under pytest. Axes: b batch, c channel, t frame, h head, d head width."""

from __future__ import annotations

from jaxtyping import Bool, Float, Int, Num
from torch import Tensor

Latent = Float[Tensor, "b c t"]  # noisy or clean latents, or features inside the U-Net
Features = Float[Tensor, "b f t"]  # melodic features of the vocal
Plan = Float[Tensor, "b p t"]  # what the listener heard
Style = Float[Tensor, "b s t"]  # 1 in the channel of the style asked for; all 0: any
Stacked = Float[Tensor, "b k t"]  # latents, features, plan and style together
PerItem = Float[Tensor, "b"]
Timesteps = Num[Tensor, "b"]
Dropped = Bool[Tensor, "b"]  # True where an item's vocal gives way to the learned null
Scalar = Float[Tensor, ""]
Frames = Float[Tensor, "b t"]
FrameClasses = Int[Tensor, "b t"]
Classes = Int[Tensor, "b"]
KeyLogits = Float[Tensor, "b keys"]
Heads = Float[Tensor, "b h t d"]  # queries, and what they find
Sources = Float[Tensor, "b h s d"]  # keys and values, whose number of frames s may differ
FrameMask = Float[Tensor, "1 1 t"]  # 1 on real frames, 0 on those that only pad the length to a multiple of 8
