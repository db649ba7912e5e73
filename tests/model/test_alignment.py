"""Soft alignment and FiLM as the denoiser uses them: at every level, each branch as published, frame by frame."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from samuel.config import AttentionMix
from samuel.cosine import cosine_alpha_bar
from samuel.model import DENOISER_PRESETS, Condition, Denoiser
from samuel.model.attention import SoftAlignment, rotary
from samuel.model.blocks import FiLM, ResidualBlock

FRAMES = 20


def band_and_vocal() -> tuple[Tensor, Tensor]:
    """Both (1, 4, 20)."""
    noisy, vocal = torch.randn(2, 1, 4, FRAMES, generator=torch.Generator().manual_seed(0))
    return noisy, vocal


def plain_alignment(mix: AttentionMix, window: int = 5) -> SoftAlignment:
    """One head, every projection the identity."""
    align = SoftAlignment(4, 4, 4, head_width=4, window=window, mix=mix)
    for conv in (align.query, align.key_value, align.out):
        nn.init.zeros_(conv.bias)
        conv.weight.data = torch.eye(4).repeat(conv.out_channels // 4, 1)[..., None]
    return align


def as_head(x: Tensor) -> Tensor:
    """(b, c, t) -> (b, 1, t, c): one head."""
    return x.transpose(1, 2)[:, None]


def test_the_global_branch_asks_the_whole_vocal_by_distance() -> None:
    noisy, vocal = band_and_vocal()
    query, key, value = rotary(as_head(noisy)), rotary(as_head(vocal)), as_head(vocal)
    expected = F.scaled_dot_product_attention(query, key, value)[:, 0].transpose(1, 2)
    torch.testing.assert_close(plain_alignment("global")(noisy, vocal, torch.ones(1), FRAMES), expected)


@pytest.mark.parametrize("window", [5, 16])
def test_the_local_branch_asks_its_window_without_rotation(window: int) -> None:
    noisy, vocal = band_and_vocal()
    distance = torch.arange(FRAMES)[None, :] - torch.arange(FRAMES)[:, None]
    band = (distance >= -(window // 2)) & (distance < window - window // 2)
    expected = F.scaled_dot_product_attention(as_head(noisy), as_head(vocal), as_head(vocal), attn_mask=band)
    context = plain_alignment("local", window)(noisy, vocal, torch.zeros(1), FRAMES)
    torch.testing.assert_close(context, expected[:, 0].transpose(1, 2))


def test_frames_of_the_vocal_that_only_pad_are_never_heard() -> None:
    noisy, vocal = band_and_vocal()
    align, share, real = plain_alignment("fixed"), torch.tensor([0.5]), FRAMES - 3
    loud = vocal.clone()
    loud[..., real:] = 100.0
    torch.testing.assert_close(
        align(noisy, loud, share, real)[..., :real], align(noisy, vocal, share, real)[..., :real]
    )


def test_every_level_aligns_by_the_published_share_of_each_items_noise_level() -> None:
    torch.manual_seed(0)
    model, shares = Denoiser(DENOISER_PRESETS["debug"]), list[Tensor]()
    for module in model.modules():
        if isinstance(module, SoftAlignment):
            module.register_forward_hook(lambda _module, inputs, _out: shares.append(inputs[2]))
    x, timestep = torch.randn(3, 64, 16), torch.tensor([0.0, 400.0, 799.0])
    model(x, timestep, Condition(x, x[:, :20], x[:, :26]))
    assert len(shares) == 7  # three on the way down, the bottom, three on the way up
    for share in shares:
        torch.testing.assert_close(share, cosine_alpha_bar(timestep).sqrt())


def test_every_block_of_the_u_is_modulated() -> None:
    model = Denoiser(DENOISER_PRESETS["debug"])
    for level in (*model.encoder, model.bottom, *model.decoder):
        assert all(isinstance(block, ResidualBlock) and block.film is not None for block in level.blocks)


def random_film() -> FiLM:
    torch.manual_seed(0)
    film = FiLM(3, 4)
    nn.init.normal_(film.project.weight)
    return film


def test_film_scales_by_one_more_and_shifts() -> None:
    film, x, context = random_film(), torch.randn(2, 4, 6), torch.randn(2, 3, 6)
    scale, shift = film.project(context).chunk(2, dim=1)
    torch.testing.assert_close(film(x, context), x * (1 + scale) + shift)


def test_film_hears_the_context_of_its_own_frame_and_of_no_other() -> None:
    context = torch.randn(1, 3, 6, requires_grad=True)
    out = random_film()(torch.randn(1, 4, 6), context)
    for frame in range(6):
        (gradient,) = torch.autograd.grad(out[..., frame].sum(), context, retain_graph=True)
        assert gradient.abs().sum(dim=(0, 1)).nonzero().flatten().tolist() == [frame]


def test_a_block_without_convolution_modulates_each_frame_alone() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(8, 8, 3)
    nn.init.normal_(block.film.project.weight)
    with torch.no_grad():
        block.conv_out.weight[..., [0, 2]] = 0  # leaves only FiLM to carry the context from frame to frame
    context = torch.randn(1, 3, 6, requires_grad=True)
    out = block(torch.randn(1, 8, 6), context)
    (gradient,) = torch.autograd.grad(out[..., 2].sum(), context)
    assert gradient.abs().sum(dim=(0, 1)).nonzero().flatten().tolist() == [2]
