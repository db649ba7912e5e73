"""Attention over frames, and the soft alignment of the noisy band with the vocal (SAMUeL, arXiv 2507.19991)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.config import AttentionMix
from samuel.cosine import cosine_alpha_bar
from samuel.model.shapes import Heads, Latent, PerItem, Sources

ROPE_BASE = 10_000.0  # Su et al. (2021): wavelengths from 6 frames to about 60,000


def rotary(x: Heads) -> Heads:
    """Turn each pair of channels by an angle proportional to the frame: a dot product then sees only distances.

    RoPE, Su et al. (2021), eq. 34, with the pairs (i, i + d/2) as most implementations have them.
    """
    half = x.shape[-1] // 2
    rate = ROPE_BASE ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angle = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32)[:, None] * rate
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def global_attention(query: Heads, key: Sources, value: Sources) -> Heads:
    """Every query over every key. Leave frames that only pad out of key and value."""
    # only contiguous tensors reach the fused kernel, which is up to twice as fast on a CPU
    return F.scaled_dot_product_attention(query.contiguous(), key.contiguous(), value.contiguous())


def local_attention(query: Heads, key: Heads, value: Heads, window: int, frames: int | None = None) -> Heads:
    """Query i over keys i - window // 2 to i + (window - 1) // 2, those past the ends or past `frames` left out.

    Linear in t: queries go in blocks of one window, and two neighbouring blocks of keys hold all that a block can see.
    """
    length = query.shape[-2]
    blocks = -(-length // window)
    before = window // 2
    queries = _blocks(F.pad(query, (0, 0, 0, blocks * window - length)), window)
    ends = (0, 0, before, (blocks + 1) * window - before - length)
    keys, values = (_pairs_of_blocks(_blocks(F.pad(x, ends), window)) for x in (key, value))
    mask = _window_mask(blocks, window, length if frames is None else frames, query.device)
    scores = queries @ keys.transpose(-1, -2) * query.shape[-1] ** -0.5
    weights = scores.masked_fill(~mask, -1e4).softmax(dim=-1)
    context: Tensor = rearrange(weights @ values, "b h n w d -> b h (n w) d")
    return context[:, :, :length]


def _blocks(x: Heads, window: int) -> Tensor:
    return rearrange(x, "b h (n w) d -> b h n w d", w=window)


def _pairs_of_blocks(blocks: Tensor) -> Tensor:
    """(b, h, n + 1, w, d) -> (b, h, n, 2 w, d): each block followed by the next."""
    return torch.cat((blocks[:, :, :-1], blocks[:, :, 1:]), dim=-2)


def _window_mask(blocks: int, window: int, frames: int, device: torch.device) -> Tensor:
    """(blocks, window, 2 window): True where a query may see a key; key 0 of a block lies window // 2 before it."""
    query = torch.arange(window, device=device)[:, None]
    key = torch.arange(2 * window, device=device)[None, :]
    in_window = (key >= query) & (key < query + window)
    position = torch.arange(blocks, device=device)[:, None] * window - window // 2 + key
    exists = (position >= 0) & (position < frames)
    # a query past the last frame may see nothing at all: softmax is then even over masked keys, and the result is cut
    return in_window[None] & exists[:, None, :]


class AttentionMixer(nn.Module):
    """The global branch's share m at each noise level; context = m global + (1 - m) local.

    published m = sqrt(alpha_bar), reversed 1 - sqrt(alpha_bar), fixed 1/2, global 1, local 0, learned: a function of
    the timestep's embedding that starts at 1/2.
    """

    def __init__(self, mix: AttentionMix, time_width: int, steps: int) -> None:
        super().__init__()
        self.mix = mix
        self.steps = steps
        if mix == "learned":
            self.share = nn.Linear(time_width, 1)
            nn.init.zeros_(self.share.weight)
            nn.init.zeros_(self.share.bias)

    def forward(self, timestep: PerItem, embedding: Tensor) -> PerItem:
        """Timestep (b,) and its embedding (b, e) -> m (b,)."""
        if self.mix == "learned":
            learned: Tensor = torch.sigmoid(self.share(embedding))[:, 0]
            return learned
        constant = {"fixed": 0.5, "global": 1.0, "local": 0.0}.get(self.mix)
        if constant is not None:
            return torch.full_like(timestep, constant)
        root = cosine_alpha_bar(timestep, self.steps).sqrt()
        return root if self.mix == "published" else 1 - root


class SoftAlignment(nn.Module):
    """Queries from the noisy band, keys and values from the vocal at the same rate, in a local and a global branch."""

    def __init__(
        self, width: int, vocal_width: int, attention_width: int, head_width: int, window: int, mix: AttentionMix
    ) -> None:
        super().__init__()
        self.window = window
        self.head_width = head_width
        self.has_local, self.has_global = mix != "global", mix != "local"
        branches = self.has_local + self.has_global
        # one convolution makes all queries, one all keys and values: separate ones would do the same in more calls
        self.query = nn.Conv1d(width, branches * attention_width, 1)
        self.key_value = nn.Conv1d(vocal_width, branches * 2 * attention_width, 1)
        self.out = nn.Conv1d(attention_width, vocal_width, 1)

    def forward(self, noisy: Latent, vocal: Tensor, share: PerItem, frames: int) -> Tensor:
        """Noisy features (b, c, t), vocal features (b, k, t), m (b,), real frames -> aligned context (b, k, t)."""
        # unbind, not indexing: its gradient is one stack instead of a zero-filled copy for each part
        queries = rearrange(self.query(noisy), "b (n h d) t -> n b h t d", d=self.head_width, n=self._branches).unbind()
        pairs = rearrange(
            self.key_value(vocal), "b (n h d) t -> n b h t d", d=self.head_width, n=2 * self._branches
        ).unbind()
        contexts = []
        if self.has_global:
            contexts.append(self._global(queries[0], pairs[0], pairs[1], frames))
        if self.has_local:
            contexts.append(local_attention(queries[-1], pairs[-2], pairs[-1], self.window, frames))
        context = contexts[0] if len(contexts) == 1 else blend(contexts[0], contexts[1], share)
        aligned: Tensor = self.out(rearrange(context, "b h t d -> b (h d) t"))
        return aligned

    @property
    def _branches(self) -> int:
        return self.has_local + self.has_global

    @staticmethod
    def _global(query: Tensor, key: Tensor, value: Tensor, frames: int) -> Tensor:
        return global_attention(rotary(query), rotary(key[:, :, :frames]), value[:, :, :frames])


def blend(global_context: Heads, local_context: Heads, share: PerItem) -> Heads:
    """m global + (1 - m) local, m per item."""
    m = rearrange(share, "b -> b 1 1 1").to(global_context.dtype)
    return m * global_context + (1 - m) * local_context
