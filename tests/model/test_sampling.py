"""The denoiser inside the samplers: one seed, one result."""

import pytest
import torch
from torch import Tensor

from samuel.config import SAMPLERS, SamplerName
from samuel.diffusion import CosineSchedule, guided, noise_source, sample
from samuel.model import DENOISER_PRESETS, BoundDenoiser, Condition, Denoiser


@pytest.mark.parametrize("name", SAMPLERS)
def test_one_seed_gives_one_result_for_batches_of_one_and_four(name: SamplerName) -> None:
    torch.manual_seed(0)
    model = Denoiser(DENOISER_PRESETS["debug"]).eval()
    torch.nn.init.normal_(model.leave.weight, std=0.05)
    vocal = torch.randn(1, 110, 19)

    def run(seeds: list[int]) -> Tensor:
        x = vocal.expand(len(seeds), -1, -1)
        bound = BoundDenoiser(model, Condition(x[:, :64], x[:, 64:84], x[:, 84:]))
        draw = noise_source(seeds, 64, 19)
        denoiser = guided(bound.conditional, bound.null, 2.0)
        out: Tensor = sample(name, denoiser, draw(), CosineSchedule(), 5, draw=draw)
        return out

    together = run([1, 2, 3, 4])
    for i, seed in enumerate((1, 2, 3, 4)):
        torch.testing.assert_close(run([seed])[0], together[i], atol=1e-5, rtol=0)
    assert (together[0] - together[1]).abs().max() > 0.1
