"""Local and global attention, and how they are mixed."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from samuel.config import AttentionMix
from samuel.cosine import cosine_alpha_bar
from samuel.model.attention import (
    AttentionMixer,
    SoftAlignment,
    blend,
    global_attention,
    local_attention,
    rotary,
)


def heads(count: int = 3, frames: int = 20, seed: int = 0) -> Tensor:
    return torch.randn(count, 2, 2, frames, 4, generator=torch.Generator().manual_seed(seed))


def identity_alignment(mix: AttentionMix, window: int) -> SoftAlignment:
    """One head, every projection the identity, so that the context is attention on the inputs themselves."""
    align = SoftAlignment(4, 4, 4, head_width=4, window=window, mix=mix)
    for conv in (align.query, align.key_value, align.out):
        nn.init.zeros_(conv.bias)
        conv.weight.data = torch.eye(4).repeat(conv.out_channels // 4, 1)[..., None]
    return align


def test_local_attention_with_identity_weights_and_window_one_is_the_identity() -> None:
    noisy, vocal = heads(2)[:, 0, 0].transpose(1, 2)
    context = identity_alignment("local", 1)(noisy[None], vocal[None], torch.zeros(1), noisy.shape[-1])
    torch.testing.assert_close(context, vocal[None])


@pytest.mark.parametrize("window", [1, 2, 5, 16])
@pytest.mark.parametrize("frames", [1, 7, 16, 33])
def test_local_attention_is_full_attention_under_a_band_mask(frames: int, window: int) -> None:
    query, key, value = heads(3, frames)
    distance = torch.arange(frames)[None, :] - torch.arange(frames)[:, None]
    band = (distance >= -(window // 2)) & (distance < window - window // 2)
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=band)
    torch.testing.assert_close(local_attention(query, key, value, window), expected)


def test_local_attention_does_not_see_frames_that_only_pad() -> None:
    query, key, value = heads(3, 24)
    whole = local_attention(query[:, :, :19], key[:, :, :19], value[:, :, :19], 16)
    torch.testing.assert_close(local_attention(query, key, value, 16, frames=19)[:, :, :19], whole)


def test_local_attention_costs_in_proportion_to_length() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    def cost(frames: int) -> int:
        query, key, value = heads(3, frames)
        with FlopCounterMode(display=False) as counter:
            local_attention(query, key, value, 16)
        return int(counter.get_total_flops())

    assert cost(256) == 4 * cost(64)


def test_global_attention_is_that_of_pytorchs_multihead_attention() -> None:
    torch.manual_seed(0)
    reference = nn.MultiheadAttention(8, 2, bias=False, batch_first=True)
    noisy, vocal = torch.randn(2, 3, 8, 11)
    expected, _ = reference(noisy.transpose(1, 2), vocal.transpose(1, 2), vocal.transpose(1, 2), need_weights=False)
    w_q, w_k, w_v = reference.in_proj_weight.chunk(3)

    def split(weight: Tensor, x: Tensor) -> Tensor:
        return (weight @ x).unflatten(1, (2, 4)).transpose(2, 3)

    context = global_attention(split(w_q, noisy), split(w_k, vocal), split(w_v, vocal))
    ours = reference.out_proj(context.transpose(1, 2).flatten(2))
    torch.testing.assert_close(ours, expected)


def test_rotated_products_depend_on_distance_alone() -> None:
    query, key = (heads(1, 1, seed)[0].expand(-1, -1, 30, -1) for seed in (0, 1))
    scores = rotary(query) @ rotary(key).transpose(-1, -2)
    torch.testing.assert_close(scores[..., 3, 10], scores[..., 15, 22])
    assert not torch.allclose(scores[..., 3, 10], scores[..., 3, 11])


def test_rotation_keeps_lengths_and_leaves_frame_zero_alone() -> None:
    x = heads(1)[0]
    torch.testing.assert_close(rotary(x).norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(rotary(x)[:, :, 0], x[:, :, 0])


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_blend_is_the_share_of_global_and_the_rest_of_local(share: float) -> None:
    globally, locally = heads(2)
    m = torch.tensor([share, 0.5])
    mixed = blend(globally, locally, m)
    torch.testing.assert_close(mixed[0], share * globally[0] + (1 - share) * locally[0])
    torch.testing.assert_close(mixed[1], (globally[1] + locally[1]) / 2)


@pytest.mark.parametrize(
    ("mix", "at_none", "at_half", "at_all"),
    [
        ("published", 0.0, 0.5**0.5, 1.0),
        ("reversed", 1.0, 1 - 0.5**0.5, 0.0),
        ("fixed", 0.5, 0.5, 0.5),
        ("global", 1.0, 1.0, 1.0),
        ("local", 0.0, 0.0, 0.0),
        ("learned", 0.5, 0.5, 0.5),
    ],
)
def test_the_globals_share_at_alpha_bar_none_half_and_all_is_as_published(
    mix: AttentionMix, at_none: float, at_half: float, at_all: float
) -> None:
    timesteps = torch.tensor([799.0, step_of_alpha_bar(0.5), -1.0])
    share = AttentionMixer(mix, time_width=6, steps=800)(timesteps, torch.randn(3, 6))
    torch.testing.assert_close(share, torch.tensor([at_none, at_half, at_all]), atol=1e-4, rtol=0)


def step_of_alpha_bar(level: float) -> float:
    low, high = 0.0, 799.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if cosine_alpha_bar(middle) > level else (low, middle)
    return low


def test_the_learned_share_learns() -> None:
    mixer = AttentionMixer("learned", time_width=6, steps=800)
    mixer(torch.tensor([3.0]), torch.ones(1, 6)).sum().backward()
    assert mixer.share.weight.grad is not None
    assert mixer.share.weight.grad.abs().sum() > 0


def test_the_aligned_context_is_the_blend_of_its_branches() -> None:
    noisy, vocal = heads(2)[:, 0, 0].transpose(1, 2)
    m, frames = torch.tensor([0.3]), noisy.shape[-1]
    parts = {mix: identity_alignment(mix, 5)(noisy[None], vocal[None], m, frames) for mix in ("global", "local")}
    both = identity_alignment("published", 5)(noisy[None], vocal[None], m, frames)
    torch.testing.assert_close(both, 0.3 * parts["global"] + 0.7 * parts["local"])
