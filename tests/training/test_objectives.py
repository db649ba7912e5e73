import math

import pytest
import torch
from torch import Tensor

from samuel.autoencoder.spectral import SpectralMaps
from samuel.autoencoder.spectral.analysis import analyse, noise_filters
from samuel.checkpoint import ChannelStatistics, LatentStatistics
from samuel.config import HOP, SAMPLE_RATE
from samuel.model import DENOISER_PRESETS, Condition, Denoiser
from samuel.training.objectives.autoencoder import change_gain
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.objectives.listener import rotate_classes, transpose_truth, widened
from samuel.training.settings import DenoiserObjectiveSettings

IDENTITY = ChannelStatistics(torch.zeros(64), torch.ones(64))
SILENT = {"condition_dropout": 0.0, "vocal_noise": 0.0, "plan_dropout": 0.0, "plan_part_dropout": 0.0}


class Spy(Denoiser):
    """Remembers what it was given."""

    def forward(self, noisy: Tensor, timestep: Tensor, condition: Condition, drop: Tensor | None = None) -> Tensor:
        self.timestep, self.condition, self.drop = timestep, condition, drop
        return torch.zeros_like(noisy)


def spied(**settings: float) -> tuple[Spy, DenoiserObjective]:
    model = Spy(DENOISER_PRESETS["debug"])
    return model, DenoiserObjective(model, LatentStatistics(IDENTITY, IDENTITY), DenoiserObjectiveSettings(**settings))


def batch_of(count: int, **extra: Tensor) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(0)
    latents = {name: torch.randn(count, 64, 8, generator=draw).half() for name in ("vocal", "band")}
    features = torch.randn(count, 20, 8, generator=draw).half()
    truth = torch.ones(count, 27, 8, dtype=torch.float16)
    return {**latents, "features": features, "truth": truth, **extra}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_denoiser_that_predicts_nothing_has_the_error_of_v_itself() -> None:
    _, objective = spied(**SILENT)
    _, metrics = objective(batch_of(256), seeded())
    assert metrics["v_loss"].item() == pytest.approx(1.0, abs=0.05)  # v of unit variance at every noise level


def test_timesteps_are_spread_one_to_each_stratum() -> None:
    model, objective = spied(**SILENT)
    objective(batch_of(16), seeded())
    assert torch.equal((model.timestep // 50).sort().values, torch.arange(16))


def test_the_style_is_told_or_not_per_item_at_its_rate() -> None:
    model, objective = spied(**SILENT, style_dropout=0.25)
    style = torch.tensor([0.0, 1.0, 0.0]).half()[None, :, None].expand(800, 3, 8)
    objective(batch_of(800, style=style), seeded())
    told = model.condition.style.amax(dim=(1, 2))
    assert told.mean().item() == pytest.approx(0.75, abs=0.05)
    assert torch.equal(model.condition.style[told == 1], style[told == 1].float())


def test_the_condition_is_dropped_per_item_at_its_rate() -> None:
    model, objective = spied(**{**SILENT, "condition_dropout": 0.25})
    objective(batch_of(800), seeded())
    assert model.drop is not None
    assert model.drop.float().mean().item() == pytest.approx(0.25, abs=0.05)


def test_without_augmentation_the_vocal_and_the_true_plan_pass_unchanged() -> None:
    model, objective = spied(**SILENT, plan_truth=1.0)
    batch = batch_of(4, plan=torch.zeros(4, 26, 8))
    objective(batch, seeded())
    assert torch.equal(model.condition.latents, batch["vocal"].float())
    assert torch.equal(model.condition.plan, torch.ones(4, 26, 8))


def test_the_plan_is_true_or_heard_per_item_never_a_blend() -> None:
    model, objective = spied(**SILENT, plan_truth=0.5)
    objective(batch_of(400, plan=torch.full((400, 26, 8), 0.25)), seeded())
    per_item = model.condition.plan.flatten(1)
    assert (per_item == per_item[:, :1]).all()
    assert (per_item[:, 0] == 1.0).float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert set(per_item[:, 0].tolist()) == {0.25, 1.0}


def test_parts_of_the_plan_are_hidden_as_a_whole() -> None:
    model, objective = spied(**{**SILENT, "plan_part_dropout": 0.5}, plan_truth=1.0)
    objective(batch_of(200), seeded())
    chords, beats = (
        model.condition.plan[:, :24].flatten(1).mean(dim=1),
        model.condition.plan[:, 24:].flatten(1).mean(dim=1),
    )
    assert set(chords.tolist()) == set(beats.tolist()) == {0.0, 1.0}
    assert (chords != beats).any()


def test_validation_hears_the_listeners_plan_and_scores_what_listening_gains() -> None:
    model, objective = spied(**SILENT)
    metrics = objective.evaluate(batch_of(6, plan=torch.full((6, 26, 8), 0.5)), seeded())
    assert (model.condition.plan == 0.5).all()
    assert metrics["listening"].item() == 0.0  # this one never listens
    again = objective.evaluate(batch_of(6, plan=torch.full((6, 26, 8), 0.5)), seeded())
    assert metrics["loss"] == again["loss"]


def test_a_denoiser_without_plan_channels_gets_no_plan() -> None:
    import dataclasses

    model = Spy(dataclasses.replace(DENOISER_PRESETS["debug"], plan_channels=0))
    objective = DenoiserObjective(model, LatentStatistics(IDENTITY, IDENTITY), DenoiserObjectiveSettings())
    objective(batch_of(2), seeded())
    assert model.condition.plan.shape == (2, 0, 8)


def test_rotating_pitch_classes_moves_each_item_by_its_own_interval_and_leaves_the_rest() -> None:
    values = torch.arange(2 * 27 * 3.0).reshape(2, 27, 3)
    moved = rotate_classes(values, torch.tensor([0, 2]), groups=2)
    assert torch.equal(moved[0], values[0])
    assert torch.equal(moved[1, 2], values[1, 0])  # what sounded on C sounds on D
    assert torch.equal(moved[1, 12], values[1, 22])
    assert torch.equal(moved[1, 24:], values[1, 24:])


def test_transposing_up_and_down_again_gives_the_truth_back() -> None:
    truth = torch.rand(3, 27, 4, generator=seeded())
    truth[:, 26] = torch.tensor([5.0, 20.0, -1.0])[:, None]
    up = transpose_truth(truth, torch.tensor([7, 7, 7]))
    assert up[:, 26, 0].tolist() == [0.0, 15.0, -1.0]  # F major + 7 = C major, G# minor + 7 = D# minor, unknown stays
    assert torch.equal(transpose_truth(up, torch.tensor([5, 5, 5])), truth)


def test_beats_are_widened_to_their_neighbours_by_half() -> None:
    beats = torch.tensor([[[0.0, 0, 1, 0, 0, 0]]])
    assert widened(beats, 1).tolist() == [[[0, 0.5, 1, 0.5, 0, 0]]]
    assert torch.equal(widened(beats, 0), beats)


def test_gain_on_maps_is_gain_on_the_sound() -> None:
    filters, n = noise_filters(), 16 * HOP
    time = torch.arange(n) / SAMPLE_RATE
    sound = 0.5 * torch.sin(2 * math.pi * 440 * time) + 0.1 * torch.randn(n, generator=seeded())
    sound = torch.where(time < 0.3, sound, 0.0).expand(1, 2, n)  # and then silence, which gets no louder
    gain = 10 ** (6 / 20)
    raised = SpectralMaps.unflatten(change_gain(analyse(sound, filters).flatten(), torch.tensor([6.0])))
    louder = analyse(gain * sound, filters)
    torch.testing.assert_close(raised.tonal, louder.tonal, atol=0.02, rtol=0)  # neper: nulls
    wrong = (raised.noise - louder.noise).abs()  # near the tonal map's floor a gain makes noise a tone
    assert wrong.mean() < 0.01
    assert wrong.quantile(0.95) < 0.05
