"""The denoiser's objective: weighted squared error on v, the vocal now and then hidden, blurred or misheard.

Symbols as in samuel.diffusion.schedule: x0 the band's normalised latents, eps the noise, v the velocity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import PLAN_CHANNELS
from samuel.diffusion.loss import loss_weight
from samuel.diffusion.samplers import sample
from samuel.diffusion.schedule import CosineSchedule, add_noise, per_item, velocity, x0_from_velocity
from samuel.errors import ConfigError
from samuel.model import Condition, Denoiser
from samuel.training.data import Batch
from samuel.training.objectives.adversarial import Judge, Prediction, player_loss
from samuel.training.objectives.base import Metrics, Objective, Sounds, happens, normal_like, stratified, uniform
from samuel.training.objectives.perceptual import MapDistance
from samuel.training.settings import DenoiserObjectiveSettings

_RENDER_STEPS = 8  # of the sampler: enough to hear where training is
_CHORD_CHANNELS = 24  # of the plan: chord and bass pitch classes; the rest are beat and downbeat


@dataclass(frozen=True)
class _Guess:
    """What the model said at one noisy point of each item: v (b, c, t), beside x0, the true v and alpha-bar (b,)."""

    x0: Tensor
    noisy: Tensor
    predicted: Tensor
    true: Tensor
    alpha_bar: Tensor

    def errors(self) -> Tensor:
        """Mean squared error of v, (b,)."""
        return (self.predicted - self.true).square().mean(dim=(1, 2))

    def clean(self) -> Tensor:
        """The x0 that the predicted v means."""
        clean: Tensor = x0_from_velocity(self.noisy, self.predicted, per_item(self.alpha_bar, self.noisy))
        return clean


class DenoiserObjective(Objective):
    """Condition dropout, latent noise and plan mixing are drawn per item; timesteps are spread over the batch.

    autoencoder: what renders samples and, where settings weigh it, measures the perceptual distance. judge: the critic
    of adversarial post-training.
    """

    model: Denoiser

    def __init__(
        self,
        model: Denoiser,
        statistics: LatentStatistics,
        settings: DenoiserObjectiveSettings,
        autoencoder: nn.Module | None = None,
        judge: Judge | None = None,
    ) -> None:
        super().__init__()
        self.model, self.statistics, self.settings, self.judge = model, statistics, settings, judge
        self.schedule = CosineSchedule(model.config.steps, model.config.zero_terminal_snr)
        self.autoencoder = None if autoencoder is None else autoencoder.eval().requires_grad_(False)
        self.distance: MapDistance | None = None
        if settings.perceptual.weight > 0:
            if not isinstance(autoencoder, SpectralAutoencoder):
                raise ConfigError(
                    "objective.perceptual.weight asks for the decoder of a spectral autoencoder: name the one that made"
                    " the latents as objective.autoencoder, or choose 0."
                )
            self.distance = MapDistance(autoencoder, statistics.band)

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """Weighted loss, with what the settings add to it, and the plain squared error of v."""
        guess, condition, drop = self._guess(batch, generator)
        error = guess.errors()
        loss = (loss_weight(guess.alpha_bar, self.settings.loss) * error).mean()
        metrics = {"v_loss": error.mean()}
        if self.distance is not None:
            perceptual, near = self.settings.perceptual, 1 - guess.alpha_bar <= self.settings.perceptual.most_noise
            metrics["perceptual"] = self.distance.of_items(guess.clean(), guess.x0, near)
            loss = loss + perceptual.weight * metrics["perceptual"]
        if self.judge is not None:
            adversarial = self.settings.adversarial
            prediction = self._prediction(guess, condition, drop)
            metrics["adversarial"] = player_loss(self.judge, prediction, adversarial.feature_matching).mean()
            loss = loss + adversarial.weight * metrics["adversarial"]
        return loss, metrics

    def predicted(self, batch: Batch, generator: torch.Generator) -> Prediction:
        """What a critic is to judge: the model's x0 at a noisy point of each item."""
        return self._prediction(*self._guess(batch, generator))

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """Squared error of v at evenly spread noise levels; `listening` is what the vocal takes off it.

        The plan is the listener's where the song has one: that is what the denoiser will get in use.
        """
        count = len(batch["band"])
        timestep = self._timesteps((torch.arange(count, device=generator.device) + 0.5) / count)
        condition, eps = self._heard(batch), normal_like(batch["band"].float(), generator)
        everyone = torch.ones(count, dtype=torch.bool, device=generator.device)
        heard = self._at(batch, eps, timestep, condition, ~everyone).errors()
        deaf = self._at(batch, eps, timestep, condition, everyone).errors()  # the same noise
        thirds = heard.tensor_split(3) if count >= 3 else (heard, heard, heard)
        named = dict(zip(("low_noise", "middle_noise", "high_noise"), (third.mean() for third in thirds), strict=False))
        return {"loss": heard.mean(), "listening": (deaf - heard).mean(), **named}

    def render(self, batch: Batch, generator: torch.Generator) -> Sounds:
        """Vocal, band and what the model plays instead, each through the autoencoder; a few steps, no guidance."""
        if self.autoencoder is None:
            return []
        autoencoder: Any = self.autoencoder  # an Autoencoder that is a module as well
        condition, noise = self._heard(batch), normal_like(batch["band"].float(), generator)

        def denoiser(x: Tensor, t: float) -> Tensor:
            v: Tensor = self.model(x, t, condition).float()
            return v

        latents = sample("dpm++", denoiser, noise, self.schedule, _RENDER_STEPS)
        played = self.statistics.band.denormalise(latents)
        sounds = {"vocal": batch["vocal"], "band": batch["band"], "sample": played}
        decoded = {name: autoencoder.decode(values.float()) for name, values in sounds.items()}
        return [{name: audio[item] for name, audio in decoded.items()} for item in range(len(noise))]

    def _guess(self, batch: Batch, generator: torch.Generator) -> tuple[_Guess, Condition, Tensor]:
        count = len(batch["band"])
        timestep = self._timesteps(stratified(count, generator))
        drop = happens(count, self.settings.condition_dropout, generator)
        condition = self._augmented(batch, generator)
        return self._at(batch, self._noise(batch["band"], generator), timestep, condition, drop), condition, drop

    def _timesteps(self, within: Tensor) -> Tensor:
        """Places (b,) from 0 to 1 in the schedule as steps."""
        return (within * self.schedule.steps).long().clamp(max=self.schedule.steps - 1)

    def _noise(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """eps, with a constant per channel added to it where the settings say so (offset noise, Guttenberg 2023)."""
        eps = normal_like(like.float(), generator)
        if self.settings.offset_noise == 0:
            return eps
        return eps + self.settings.offset_noise * normal_like(eps[..., :1], generator)

    def _at(self, batch: Batch, eps: Tensor, timestep: Tensor, condition: Condition, drop: Tensor) -> _Guess:
        x0 = self.statistics.band.normalise(batch["band"].float())
        alpha_bar = self.schedule.alpha_bar(timestep.float())
        level = per_item(alpha_bar, x0)
        noisy = add_noise(x0, eps, level)
        predicted = self.model(noisy, timestep, condition, drop=drop).float()
        return _Guess(x0, noisy, predicted, velocity(x0, eps, level), alpha_bar)

    def _prediction(self, guess: _Guess, condition: Condition, drop: Tensor) -> Prediction:
        counts = (1 - guess.alpha_bar <= self.settings.adversarial.most_noise).float()
        heard = condition.stacked(len(self.model.config.styles)).masked_fill(per_item(drop, guess.x0), 0.0)
        return Prediction(guess.x0, guess.clean(), heard, counts)

    def _heard(self, batch: Batch) -> Condition:
        """The condition as it is in use: the plan of the listener, where the song has one."""
        return self._condition(batch, batch.get("plan", _true_plan(batch)))

    def _condition(self, batch: Batch, plan: Tensor) -> Condition:
        latents = self.statistics.vocal.normalise(batch["vocal"].float()).nan_to_num(0.0)  # of an imagined voice
        features = batch["features"].float()
        if self.model.config.plan_channels == 0:
            plan = latents[:, :0]
        return Condition(latents, features, plan.float(), batch["style"].float() if "style" in batch else None)

    def _augmented(self, batch: Batch, generator: torch.Generator) -> Condition:
        """The condition with noise on the vocal's latents and a plan that is true, heard, partial or unknown."""
        plain = self._condition(batch, self._mixed_plan(batch, generator))
        level = per_item(uniform(len(plain.latents), generator), plain.latents) * self.settings.vocal_noise
        noisy = plain.latents + level * normal_like(plain.latents, generator)
        if self.settings.vocal_dropout:
            unheard = happens(len(noisy), self.settings.vocal_dropout, generator)
            noisy = noisy.masked_fill(per_item(unheard, noisy), 0.0)
        style = plain.style
        if style is not None:
            any_style = happens(len(style), self.settings.style_dropout, generator)
            style = style.masked_fill(per_item(any_style, style), 0.0)
        return Condition(noisy, plain.features, plain.plan, style)

    def _mixed_plan(self, batch: Batch, generator: torch.Generator) -> Tensor:
        settings, truth = self.settings, _true_plan(batch).float()
        count = len(truth)
        is_true = per_item(happens(count, settings.plan_truth, generator), truth)
        plan = torch.where(is_true, truth, batch["plan"].float()) if "plan" in batch else truth
        whole = happens(count, settings.plan_dropout, generator)
        chords = whole | happens(count, settings.plan_part_dropout, generator)
        beats = whole | happens(count, settings.plan_part_dropout, generator)
        is_chord = torch.arange(PLAN_CHANNELS, device=plan.device) < _CHORD_CHANNELS
        hidden = torch.where(is_chord, rearrange(chords, "b -> b 1"), rearrange(beats, "b -> b 1"))
        return plan.masked_fill(rearrange(hidden, "b c -> b c 1"), 0.0)


def _true_plan(batch: Batch) -> Tensor:
    return batch["truth"][:, :PLAN_CHANNELS]
