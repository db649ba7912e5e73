"""The denoiser's objective: weighted squared error on v, the vocal now and then hidden, blurred or misheard.

Symbols as in samuel.diffusion.schedule: x0 the band's normalised latents, eps the noise, v the velocity.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor

from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import PLAN_CHANNELS
from samuel.diffusion.loss import loss_weight
from samuel.diffusion.schedule import CosineSchedule, add_noise, per_item, velocity
from samuel.model import Condition, Denoiser
from samuel.training.data import Batch
from samuel.training.objectives.base import Metrics, Objective, happens, normal_like, uniform
from samuel.training.settings import DenoiserObjectiveSettings

_CHORD_CHANNELS = 24  # of the plan: chord and bass pitch classes; the rest are beat and downbeat


class DenoiserObjective(Objective):
    """Condition dropout, latent noise and plan mixing are drawn per item; timesteps are spread over the batch."""

    model: Denoiser

    def __init__(self, model: Denoiser, statistics: LatentStatistics, settings: DenoiserObjectiveSettings) -> None:
        super().__init__()
        self.model, self.statistics, self.settings = model, statistics, settings
        self.schedule = CosineSchedule(model.config.steps)

    def forward(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Metrics]:
        """Weighted loss and the plain squared error of v."""
        count = len(batch["band"])
        timestep = self._spread_timesteps(uniform(count, generator), generator)
        drop = happens(count, self.settings.condition_dropout, generator)
        error, alpha_bar = self._errors(batch, timestep, self._augmented(batch, generator), drop, generator)
        weight = loss_weight(alpha_bar, self.settings.loss)
        return (weight * error).mean(), {"v_loss": error.mean()}

    def evaluate(self, batch: Batch, generator: torch.Generator) -> Metrics:
        """Squared error of v at evenly spread noise levels; `listening` is what the vocal takes off it.

        The plan is the listener's where the song has one: that is what the denoiser will get in use.
        """
        count = len(batch["band"])
        timestep = self._spread_timesteps(torch.full((count,), 0.5, device=generator.device), None)
        condition, state = self._condition(batch, batch.get("plan", _true_plan(batch))), generator.get_state()
        everyone = torch.ones(count, dtype=torch.bool, device=generator.device)
        heard, _ = self._errors(batch, timestep, condition, ~everyone, generator)
        generator.set_state(state)  # the same noise, with and without the vocal
        deaf, _ = self._errors(batch, timestep, condition, everyone, generator)
        thirds = heard.tensor_split(3) if count >= 3 else (heard, heard, heard)
        named = dict(zip(("low_noise", "middle_noise", "high_noise"), (third.mean() for third in thirds), strict=False))
        return {"loss": heard.mean(), "listening": (deaf - heard).mean(), **named}

    def _spread_timesteps(self, within: Tensor, generator: torch.Generator | None) -> Tensor:
        """One timestep from each of b equal strata of the schedule: uniform over all, of less variance per batch."""
        count = len(within)
        order = torch.arange(count, device=within.device)
        if generator is not None:
            order = torch.randperm(count, generator=generator, device=within.device)
        return ((order + within) / count * self.schedule.steps).long().clamp(max=self.schedule.steps - 1)

    def _errors(
        self, batch: Batch, timestep: Tensor, condition: Condition, drop: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mean squared error of v per item and its alpha-bar, both (b,)."""
        x0 = self.statistics.band.normalise(batch["band"].float())
        eps = normal_like(x0, generator)
        alpha_bar = self.schedule.alpha_bar(timestep.float())
        level = per_item(alpha_bar, x0)
        predicted = self.model(add_noise(x0, eps, level), timestep, condition, drop=drop)
        return (predicted.float() - velocity(x0, eps, level)).square().mean(dim=(1, 2)), alpha_bar

    def _condition(self, batch: Batch, plan: Tensor) -> Condition:
        latents = self.statistics.vocal.normalise(batch["vocal"].float())
        features = batch["features"].float()
        if self.model.config.plan_channels == 0:
            return Condition.without_plan(latents, features)
        return Condition(latents, features, plan.float())

    def _augmented(self, batch: Batch, generator: torch.Generator) -> Condition:
        """The condition with noise on the vocal's latents and a plan that is true, heard, partial or unknown."""
        plain = self._condition(batch, self._mixed_plan(batch, generator))
        level = per_item(uniform(len(plain.latents), generator), plain.latents) * self.settings.vocal_noise
        noisy = plain.latents + level * normal_like(plain.latents, generator)
        return Condition(noisy, plain.features, plain.plan)

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
