"""Latents pass through the pipeline in the right scale, and guidance does to them what its formula says."""

from __future__ import annotations

from dataclasses import replace

import torch
from tiny import BlockAutoencoder, sung, tiny_accompanist
from torch import Tensor

from samuel.checkpoint import ChannelStatistics, LatentStatistics
from samuel.checkpoint.load import LoadedDenoiser
from samuel.config import SamplerConfig
from samuel.model import Condition
from samuel.pipeline.listening import listen
from samuel.pipeline.sampling import Windowing, sample_songs

STATISTICS = LatentStatistics(
    ChannelStatistics(torch.full((64,), 2.0), torch.full((64,), 4.0)),
    ChannelStatistics(torch.full((64,), -3.0), torch.full((64,), 0.5)),
)


def condition() -> Condition:
    x = torch.randn(1, 110, 24, generator=torch.Generator().manual_seed(0))
    return Condition(x[:, :64], x[:, 64:84], x[:, 84:])


def played(loaded: LoadedDenoiser, guidance: float = 2.0) -> Tensor:
    return sample_songs(loaded, condition(), [3], SamplerConfig("ddim", 1, guidance), Windowing(32, 8))[0]


def test_the_bands_latents_come_back_in_the_autoencoders_scale() -> None:
    plain = tiny_accompanist().denoiser
    scaled = played(replace(plain, statistics=STATISTICS))
    torch.testing.assert_close(scaled, 0.5 * played(plain) - 3)


def test_the_vocals_latents_are_normalised_by_its_own_statistics() -> None:
    plain, vocal = tiny_accompanist().denoiser, sung(1.0)
    raw, normalised = (
        listen(vocal, loaded, BlockAutoencoder(), 32).latents
        for loaded in (plain, replace(plain, statistics=STATISTICS))
    )
    torch.testing.assert_close(normalised, (raw - 2) / 4)


def test_guidance_extrapolates_from_the_null_through_the_conditional() -> None:
    # after one step of ddim the latents are linear in v, so the formula of v holds for them
    loaded = tiny_accompanist().denoiser
    null, conditional, guided = (played(loaded, guidance) for guidance in (0, 1, 3))
    assert (conditional - null).abs().max() > 1e-2
    torch.testing.assert_close(guided, null + 3 * (conditional - null), atol=1e-4, rtol=1e-4)
