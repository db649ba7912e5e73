"""What a denoiser can be trained for: each choice does what it says, and its loss falls."""

import dataclasses

import pytest
import torch
from tiny import TINY_SPECTRAL, plain_statistics
from torch import Tensor

from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.diffusion import LossConfig
from samuel.errors import ConfigError
from samuel.model import DENOISER_PRESETS, Denoiser
from samuel.model.discriminator import LatentDiscriminator, Verdict
from samuel.training.objectives.adversarial import CriticObjective, Prediction, critic_loss, frozen, player_loss
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.objectives.perceptual import MapDistance
from samuel.training.settings import AdversarialSettings, DenoiserObjectiveSettings, PerceptualSettings

FRAMES = 16


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def waves(count: int = 8) -> dict[str, Tensor]:
    """A batch whose band follows its vocal: one wave for each item, at a phase of its own for each channel."""
    time, phases = torch.arange(FRAMES) / FRAMES, torch.rand(count, 64, 1, generator=seeded())
    vocal = 1.4 * torch.sin(2 * torch.pi * (time + phases))
    batch = {"vocal": vocal, "band": -vocal, "features": torch.zeros(count, 20, FRAMES)}
    return {name: values.half() for name, values in batch.items()} | {"truth": torch.zeros(count, 27, FRAMES)}


def tiny_autoencoder() -> SpectralAutoencoder:
    torch.manual_seed(0)
    return SpectralAutoencoder(TINY_SPECTRAL)


def make_objective(
    settings: DenoiserObjectiveSettings, zero_terminal: bool = False
) -> tuple[DenoiserObjective, CriticObjective]:
    torch.manual_seed(0)
    config = dataclasses.replace(DENOISER_PRESETS["debug"], zero_terminal_snr=zero_terminal)
    critic = LatentDiscriminator(64, config.condition_channels, width=16)
    judge = frozen(critic) if settings.adversarial.weight else None
    objective = DenoiserObjective(Denoiser(config), plain_statistics(), settings, tiny_autoencoder(), judge)
    return objective, CriticObjective(critic, objective.predicted)


CHOICES = {
    "snr": DenoiserObjectiveSettings(loss=LossConfig("snr", clamp=5.0)),
    "min_snr": DenoiserObjectiveSettings(loss=LossConfig("min_snr")),
    "uniform": DenoiserObjectiveSettings(loss=LossConfig("uniform")),
    "offset": DenoiserObjectiveSettings(offset_noise=0.1),
    "perceptual": DenoiserObjectiveSettings(perceptual=PerceptualSettings(0.1)),
    "adversarial": DenoiserObjectiveSettings(adversarial=AdversarialSettings(0.05, width=16)),
}


@pytest.mark.parametrize("name", [*CHOICES, "zero-terminal"])
def test_the_error_of_every_choice_falls(name: str) -> None:
    objective, critic = make_objective(CHOICES.get(name, CHOICES["uniform"]), zero_terminal=name == "zero-terminal")
    optimiser = torch.optim.AdamW(objective.model.parameters(), 5e-3)
    theirs = torch.optim.AdamW(critic.model.parameters(), 1e-3)
    batch, losses = waves(), list[float]()
    for step in range(30):
        if objective.judge is not None:
            theirs.zero_grad()
            critic(batch, seeded(1000 + step))[0].backward()
            theirs.step()
        optimiser.zero_grad()
        loss, metrics = objective(batch, seeded(step))
        loss.backward()
        optimiser.step()
        losses.append(metrics["v_loss"].item())
    assert sum(losses[-8:]) < 0.9 * sum(losses[:8])


def test_offset_noise_moves_whole_channels_by_its_deviation() -> None:
    objective, _ = make_objective(DenoiserObjectiveSettings(offset_noise=0.5))
    eps = objective._noise(torch.zeros(400, 64, FRAMES), seeded())
    assert eps.mean(dim=2).var().item() == pytest.approx(1 / FRAMES + 0.25, rel=0.03)
    assert (eps - eps.mean(dim=2, keepdim=True)).var().item() == pytest.approx(1 - 1 / FRAMES, rel=0.03)


def test_crops_of_every_length_up_to_a_clip_are_learned_from() -> None:
    objective, _ = make_objective(DenoiserObjectiveSettings())
    for frames in (256, 1024):
        batch = {name: torch.zeros(1, size, frames) for name, size in (("vocal", 64), ("band", 64), ("features", 20))}
        loss, _ = objective({**batch, "truth": torch.zeros(1, 27, frames)}, seeded())
        assert loss.isfinite()


def test_latents_that_are_equal_sound_equal_and_others_do_not() -> None:
    distance = MapDistance(tiny_autoencoder(), plain_statistics().band)
    true, other = torch.randn(2, 3, 64, FRAMES, generator=seeded())
    assert distance(true, true).item() == 0
    near, far = (distance(true + size * other, true).item() for size in (0.1, 1.0))
    assert 0 < near < far


def test_the_perceptual_distance_is_that_of_the_decoded_maps_weighted_by_loudness() -> None:
    autoencoder = tiny_autoencoder()
    distance = MapDistance(autoencoder, plain_statistics().band)
    true, other = torch.randn(2, 1, 64, FRAMES, generator=seeded())
    (tonal, noise, stereo), expected = autoencoder.decoder(other.mT), autoencoder.decoder(true.mT)
    floors = [(torch.tensor(1e-3).log() + 5) / 2, (torch.tensor(1e-4).log() + 6) / 2]
    terms = [
        ((found - target).abs() * (target - floor).clamp(min=0.1)).mean()
        for found, target, floor in zip((tonal, noise), expected, floors, strict=False)
    ]
    total = terms[0] + 0.5 * terms[1] + 0.3 * (stereo - expected[2]).abs().mean()
    torch.testing.assert_close(distance(other, true), total)


def test_only_chosen_items_count_and_the_decoder_itself_learns_nothing() -> None:
    distance = MapDistance(tiny_autoencoder(), plain_statistics().band)
    true, other = torch.randn(2, 4, 64, FRAMES, generator=seeded())
    other.requires_grad_()
    chosen = torch.tensor([True, False, False, True])
    value = distance.of_items(other, true, chosen)
    torch.testing.assert_close(value, (distance(other[:1], true[:1]) + distance(other[3:], true[3:])) / 4)
    value.backward()
    assert other.grad is not None
    assert other.grad[0].any()
    assert not other.grad[1:3].any()
    assert all(parameter.grad is None for parameter in distance.parameters())
    assert distance.of_items(other, true, ~chosen & chosen).item() == 0


def test_the_perceptual_loss_needs_a_spectral_decoder() -> None:
    settings = DenoiserObjectiveSettings(perceptual=PerceptualSettings(0.1))
    with pytest.raises(ConfigError, match=r"objective\.autoencoder"):
        DenoiserObjective(Denoiser(DENOISER_PRESETS["debug"]), plain_statistics(), settings)


def test_the_hinge_losses_are_those_of_the_formula() -> None:
    true, false = torch.tensor([[2.0, 0.0]]), torch.tensor([[-3.0, 0.5]])
    assert critic_loss(true, false).tolist() == [0.5 * (0 + 1) + 0.5 * (0 + 1.5)]
    prediction = Prediction(torch.zeros(1, 64, 4), torch.ones(1, 64, 4), torch.zeros(1, 110, 4), torch.ones(1))

    def judge(latents: Tensor, condition: Tensor) -> Verdict:
        return Verdict(false, (latents + 2,))

    # features of 3 against 2: half the size of the true ones apart
    assert player_loss(judge, prediction, 4.0).item() == pytest.approx(1.25 + 4.0 * 0.5)
    assert player_loss(judge, dataclasses.replace(prediction, counts=torch.zeros(1)), 4.0).item() == 0


def test_the_players_loss_reaches_the_player_and_not_its_critic() -> None:
    objective, critic = make_objective(CHOICES["adversarial"])
    torch.nn.init.normal_(objective.model.leave.weight, std=0.1)
    objective(waves(), seeded())[0].backward()
    assert objective.model.leave.weight.grad is not None
    assert all(parameter.grad is None for parameter in critic.model.parameters())
    critic(waves(), seeded())[0].backward()
    assert all(parameter.grad is not None for parameter in critic.model.parameters())


def test_a_critic_learns_to_tell_what_a_new_player_makes() -> None:
    _, critic = make_objective(CHOICES["adversarial"])
    optimiser = torch.optim.AdamW(critic.model.parameters(), 2e-3)
    losses = []
    for step in range(25):
        optimiser.zero_grad()
        loss, _ = critic(waves(), seeded(step))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.85 * sum(losses[:5])


def test_the_critic_sees_no_vocal_where_it_was_dropped_and_judges_low_noise_alone() -> None:
    settings = dataclasses.replace(CHOICES["adversarial"], condition_dropout=1.0)
    prediction = make_objective(settings)[0].predicted(waves(), seeded())
    assert not prediction.condition.any()
    assert 0 < prediction.counts.sum() < 8


def test_samples_are_the_same_for_the_same_weights_and_as_long_as_their_crops() -> None:
    objective, _ = make_objective(DenoiserObjectiveSettings())
    sounds, again = (objective.eval().render(waves(2), seeded()) for _ in range(2))
    assert [set(item) for item in sounds] == [{"vocal", "band", "sample"}] * 2
    assert sounds[0]["sample"].shape == (2, FRAMES * 2048)
    assert torch.equal(sounds[1]["sample"], again[1]["sample"])
    assert not torch.equal(sounds[1]["sample"], sounds[1]["band"])
