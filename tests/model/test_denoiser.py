"""The denoiser: budgets, and what its output may and may not depend on."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from samuel.config import ATTENTION_MIXES, AttentionMix
from samuel.errors import ConfigError
from samuel.model import DENOISER_PRESETS, BoundDenoiser, Condition, Denoiser, DenoiserConfig

DEBUG = DENOISER_PRESETS["debug"]


def debug_denoiser(config: DenoiserConfig = DEBUG) -> Denoiser:
    """A tiny denoiser whose zeroed parts (output, FiLM, null) are drawn too, as training would have it."""
    torch.manual_seed(0)
    model = Denoiser(config).eval()
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def condition_of(batch: int, frames: int, plan: int = 26, seed: int = 1) -> Condition:
    x = torch.randn(batch, 84 + plan, frames, generator=torch.Generator().manual_seed(seed))
    return Condition(x[:, :64], x[:, 64:84], x[:, 84:])


def noisy_of(batch: int, frames: int) -> Tensor:
    return torch.randn(batch, 64, frames, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("name", ["default", "published"])
@pytest.mark.parametrize("mix", ATTENTION_MIXES)
def test_the_full_size_is_15m_parameters_within_5_percent(name: str, mix: AttentionMix) -> None:
    with torch.device("meta"):
        model = Denoiser(replace(DENOISER_PRESETS[name], attention_mix=mix))
    assert 14.25e6 <= sum(p.numel() for p in model.parameters()) <= 15.75e6


def test_one_forward_of_1024_frames_takes_at_most_6_gflop() -> None:
    with torch.device("meta"):
        model = Denoiser()
        condition = Condition(torch.empty(1, 64, 1024), torch.empty(1, 20, 1024), torch.empty(1, 26, 1024))
        noisy, timestep = torch.empty(1, 64, 1024), torch.empty(1)
    # the counter knows nothing of the fused kernel for CPUs: the plain one does the same products in its sight
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(noisy, timestep, condition)
    assert 5e9 < counter.get_total_flops() <= 6e9


def test_the_feature_maps_have_the_published_sizes() -> None:
    sizes: list[tuple[int, int]] = []
    model = Denoiser()
    for level in (*model.encoder, model.bottom, *model.decoder):
        level.register_forward_hook(lambda _module, _inputs, out: sizes.append(tuple(out.shape[1:])))
    with torch.no_grad():
        model(noisy_of(1, 32), 5.0, condition_of(1, 32))
    down = [(64, 32), (128, 16), (256, 8), (512, 4)]
    assert sizes == [*down, *reversed(down[:-1])]


@pytest.mark.parametrize("frames", [1, 2, 7, 8, 9, 33])
def test_any_length_comes_back_as_it_went_in(frames: int) -> None:
    v = debug_denoiser()(noisy_of(2, frames), torch.tensor([3.0, 700.0]), condition_of(2, frames))
    assert v.shape == (2, 64, frames)
    assert v.isfinite().all()


def test_an_untrained_denoiser_predicts_nothing() -> None:
    assert not Denoiser(DEBUG)(noisy_of(1, 9), 5.0, condition_of(1, 9)).any()


@pytest.mark.parametrize("mix", ATTENTION_MIXES)
@pytest.mark.parametrize("direct", [True, False])
def test_permuting_the_vocals_frames_changes_the_output(mix: AttentionMix, direct: bool) -> None:
    model = debug_denoiser(replace(DEBUG, attention_mix=mix, direct=direct))
    condition, noisy = condition_of(1, 24), noisy_of(1, 24)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    shuffled = Condition(*(x[:, :, order] for x in (condition.latents, condition.features, condition.plan)))
    assert (model(noisy, 400.0, condition) - model(noisy, 400.0, shuffled)).abs().max() > 1e-3


def test_film_is_frame_by_frame() -> None:
    model = debug_denoiser(replace(DEBUG, attention_mix="local", window=1))
    context = {}
    model.encoder[0].blocks[0].film.register_forward_hook(lambda _m, inputs, _out: context.update(last=inputs[1]))
    condition, noisy = condition_of(1, 32), noisy_of(1, 32)
    model(noisy, 5.0, condition)
    assert context["last"].std(dim=-1).min() > 1e-3


def test_dropping_the_condition_equals_the_null_vocal() -> None:
    model = debug_denoiser()
    noisy, condition = noisy_of(2, 16), condition_of(2, 16)
    null = model.vocal.null[None, :, None].expand(2, -1, 16)
    expected = model(noisy, 9.0, Condition(null[:, :64], null[:, 64:84], null[:, 84:]))
    dropped = model(noisy, 9.0, condition, drop=torch.tensor([True, True]))
    torch.testing.assert_close(dropped, expected)
    assert (dropped - model(noisy, 9.0, condition)).abs().max() > 1e-3


def test_dropping_is_per_item() -> None:
    model = debug_denoiser()
    noisy, condition = noisy_of(2, 16), condition_of(2, 16)
    both, none = (model(noisy, 9.0, condition, drop=torch.tensor([d, d])) for d in (True, False))
    mixed = model(noisy, 9.0, condition, drop=torch.tensor([True, False]))
    torch.testing.assert_close(mixed, torch.stack((both[0], none[1])))


def test_the_null_vocal_learns_only_from_dropped_items() -> None:
    model = debug_denoiser()
    for drop, learns in ((torch.tensor([False]), False), (torch.tensor([True]), True)):
        model.zero_grad()
        model(noisy_of(1, 8), 9.0, condition_of(1, 8), drop=drop).square().sum().backward()
        assert model.vocal.null.grad is not None
        assert bool(model.vocal.null.grad.any()) is learns


@pytest.mark.parametrize("frames", [16, 13])
def test_an_items_output_does_not_depend_on_its_batch(frames: int) -> None:
    model, noisy, condition = debug_denoiser(), noisy_of(4, frames), condition_of(4, frames)
    timestep = torch.tensor([5.0, 200.0, 400.0, 790.0])
    together = model(noisy, timestep, condition)
    for i in range(4):
        one = slice(i, i + 1)
        alone = Condition(condition.latents[one], condition.features[one], condition.plan[one])
        torch.testing.assert_close(model(noisy[one], timestep[one], alone)[0], together[i], atol=1e-5, rtol=0)


def test_frames_that_only_pad_hardly_matter() -> None:
    model, noisy, condition = debug_denoiser(), noisy_of(1, 64), condition_of(1, 64)
    cut = Condition(condition.latents[..., :63], condition.features[..., :63], condition.plan[..., :63])
    whole, short = model(noisy, 5.0, condition), model(noisy[..., :63], 5.0, cut)
    difference = (whole[..., :16] - short[..., :16]).abs().mean() / whole.abs().mean()
    assert difference < 0.05


def test_one_number_serves_as_every_items_timestep() -> None:
    model, noisy, condition = debug_denoiser(), noisy_of(2, 8), condition_of(2, 8)
    torch.testing.assert_close(model(noisy, 7.0, condition), model(noisy, torch.tensor([7, 7]), condition))


def test_every_parameter_learns() -> None:
    model = debug_denoiser(replace(DEBUG, attention_mix="learned"))
    drop = torch.tensor([True, False])
    model(noisy_of(2, 16), torch.tensor([9.0, 500.0]), condition_of(2, 16), drop).square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_a_bound_denoiser_gives_what_the_denoiser_gives() -> None:
    model, noisy, condition = debug_denoiser(), noisy_of(2, 13), condition_of(2, 13)
    bound = BoundDenoiser(model, condition)
    conditional, null = bound.both(noisy, 300.0)
    torch.testing.assert_close(conditional, model(noisy, 300.0, condition), atol=1e-5, rtol=0)
    torch.testing.assert_close(bound.conditional(noisy, 300.0), conditional, atol=1e-5, rtol=0)
    torch.testing.assert_close(bound.null(noisy, 300.0), null, atol=1e-5, rtol=0)
    assert (conditional - null).abs().max() > 1e-3


def test_the_papers_conditioning_has_no_plan() -> None:
    model = debug_denoiser(replace(DEBUG, plan_channels=0))
    full = condition_of(1, 9)
    condition = Condition.without_plan(full.latents, full.features)
    assert model(noisy_of(1, 9), 5.0, condition).shape == (1, 64, 9)


def test_a_condition_of_other_channels_or_frames_is_refused() -> None:
    model, full = debug_denoiser(), condition_of(1, 9)
    with pytest.raises(ConfigError, match="84 channels"):
        model(noisy_of(1, 9), 5.0, Condition.without_plan(full.latents, full.features))
    with pytest.raises(ConfigError, match="batch and frames"):
        model(noisy_of(1, 10), 5.0, full)


@pytest.mark.parametrize(
    "settings",
    [
        {"widths": (64, 128)},
        {"widths": (60, 128, 256, 512)},
        {"attention_widths": (33, 64, 128, 256)},
        {"attention_mix": "sideways"},
        {"window": 0},
    ],
)
def test_settings_that_make_no_model_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        DenoiserConfig(**settings)
