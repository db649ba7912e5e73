"""The listener: budget, what it hears, and its loss."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from samuel.errors import ConfigError
from samuel.model import (
    LISTENER_PRESETS,
    Listener,
    ListenerConfig,
    ListenerLogits,
    ListenerTargets,
    listener_loss,
    listener_losses,
)
from samuel.model.listener import transposed_features


def debug_listener(**settings: bool) -> Listener:
    torch.manual_seed(0)
    return Listener(replace(LISTENER_PRESETS["debug"], **settings)).eval()


def features_of(batch: int, frames: int) -> Tensor:
    return torch.randn(batch, 20, frames, generator=torch.Generator().manual_seed(1))


def targets_of(batch: int, frames: int) -> ListenerTargets:
    generator = torch.Generator().manual_seed(2)
    return ListenerTargets(
        chord=(torch.rand(batch, 12, frames, generator=generator) < 0.3).float(),
        bass=torch.randint(0, 12, (batch, frames), generator=generator),
        beat=(torch.rand(batch, frames, generator=generator) < 0.2).float(),
        downbeat=(torch.rand(batch, frames, generator=generator) < 0.1).float(),
        key=torch.randint(0, 24, (batch,), generator=generator),
    )


@pytest.mark.parametrize("use_latents", [True, False])
def test_the_full_size_is_at_most_a_million_and_a_half_parameters(use_latents: bool) -> None:
    assert sum(p.numel() for p in Listener(ListenerConfig(use_latents=use_latents)).parameters()) <= 1.5e6


@pytest.mark.parametrize("frames", [1, 40])
def test_the_plan_is_26_probabilities_a_frame(frames: int) -> None:
    plan = debug_listener().plan(None, features_of(2, frames))
    assert plan.shape == (2, 26, frames)
    assert 0 <= plan.min() <= plan.max() <= 1
    torch.testing.assert_close(plan[:, 12:24].sum(dim=1), torch.ones(2, frames))


def test_every_head_hears_the_whole_clip_both_ways() -> None:
    listener, features = debug_listener(), features_of(1, 430).requires_grad_()  # 20 s
    for frame in (0, 429):
        heard = listener(None, features).beat[0, frame]
        (gradient,) = torch.autograd.grad(heard, features)
        assert gradient.abs().sum(dim=(0, 1)).min() > 0


def test_a_plan_moves_with_the_vocal() -> None:
    listener, features = debug_listener(), features_of(1, 24)
    before = listener.plan(None, features)
    after = listener.plan(None, transposed_features(features, 4))
    torch.testing.assert_close(after[:, :12], before[:, :12].roll(4, dims=1))
    torch.testing.assert_close(after[:, 12:24], before[:, 12:24].roll(4, dims=1))
    torch.testing.assert_close(after[:, 24:], before[:, 24:])
    alone = [listener(None, part).plan() for part in (features, transposed_features(features, 4))]
    assert (alone[1][:, :12] - alone[0][:, :12].roll(4, dims=1)).abs().max() > 1e-4  # not by construction


def test_transposed_logits_come_back() -> None:
    heard = debug_listener()(None, features_of(2, 24))
    again = heard.transposed(5).transposed(-5)
    for name in ("chord", "bass", "beat", "downbeat", "key"):
        assert torch.equal(getattr(again, name), getattr(heard, name))
    higher = heard.transposed(1)
    assert torch.equal(higher.key[:, 0], heard.key[:, 11])
    assert torch.equal(higher.key[:, 12], heard.key[:, 23])


def test_an_item_does_not_depend_on_its_batch() -> None:
    listener, features = debug_listener(), features_of(3, 20)
    torch.testing.assert_close(listener.plan(None, features)[1:2], listener.plan(None, features[1:2]))


def test_latents_count_only_where_they_are_used() -> None:
    latents = torch.randn(2, 1, 64, 9, generator=torch.Generator().manual_seed(3))
    features = features_of(1, 9)
    deaf, keen = debug_listener(), debug_listener(use_latents=True)
    torch.testing.assert_close(deaf.plan(latents[0], features), deaf.plan(latents[1], features))
    assert (keen.plan(latents[0], features) - keen.plan(latents[1], features)).abs().max() > 1e-4
    with pytest.raises(ConfigError, match="latents"):
        keen.plan(None, features)


def test_confident_truth_costs_nothing_and_confident_error_much() -> None:
    targets = targets_of(2, 8)
    sure = 40.0
    right = ListenerLogits(
        chord=sure * (2 * targets.chord - 1),
        bass=sure * torch.nn.functional.one_hot(targets.bass, 12).transpose(1, 2).float(),
        beat=sure * (2 * targets.beat - 1),
        downbeat=sure * (2 * targets.downbeat - 1),
        key=sure * torch.nn.functional.one_hot(targets.key, 24).float(),
    )
    wrong = ListenerLogits(-right.chord, -right.bass, -right.beat, -right.downbeat, -right.key)
    mask = torch.ones(2, 8)
    assert listener_loss(right, targets, mask) < 1e-6
    assert all(loss > 5 for loss in listener_losses(wrong, targets, mask).values())


def test_masked_frames_and_unknown_labels_do_not_count() -> None:
    logits, targets = debug_listener()(None, features_of(2, 8)), targets_of(2, 8)
    mask = torch.ones(2, 8)
    mask[:, 5:] = 0
    unknown = replace(targets, bass=targets.bass.clone(), key=torch.full((2,), -1))
    unknown.bass[0] = -1
    other = replace(unknown, beat=targets.beat.clone())
    other.beat[:, 5:] = 1 - other.beat[:, 5:]
    losses, same = listener_losses(logits, unknown, mask), listener_losses(logits, other, mask)
    assert losses["key"] == 0
    torch.testing.assert_close(losses["beat"], same["beat"])
    expected = torch.nn.functional.cross_entropy(logits.bass[1:, :, :5], targets.bass[1:, :5])
    torch.testing.assert_close(losses["bass"], expected)


def test_a_batch_where_nothing_is_known_has_a_finite_loss() -> None:
    targets = replace(targets_of(1, 8), bass=torch.full((1, 8), -1), key=torch.full((1,), -1))
    assert listener_loss(debug_listener()(None, features_of(1, 8)), targets, torch.zeros(1, 8)) == 0


def test_settings_that_make_no_model_are_refused() -> None:
    with pytest.raises(ConfigError, match="width 100"):
        ListenerConfig(width=100)
