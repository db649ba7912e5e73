"""What an experiment is: a question, and arms that differ in one thing. Everything else is the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from samuel.config import require_range
from samuel.errors import ConfigError

Source = Literal["denoiser", "original", "latents"]  # what plays: a trained arm, the real band, its round trip

HIDEABLE = ("vocal", "features")  # arrays of a training folder that an arm may do without


@dataclass(frozen=True)
class Arm:
    """One way of doing it: overrides of the preset, and what it trains on. Shares and fractions are 0 to 1."""

    name: str
    overrides: Mapping[str, Any] = field(default_factory=dict)  # by dotted name, as for `samuel train --set`
    least_sung: float = 0.0  # only songs whose vocal is voiced for at least this fraction of the time
    share: float = 1.0  # of the training songs; smaller shares lie within larger ones
    hidden: tuple[str, ...] = ()  # parts of the condition that are zeros, in training and in use
    source: Source = "denoiser"
    latent_noise: float = 0.0  # of source "latents": standard deviations added to each channel of the band's latents

    def __post_init__(self) -> None:
        require_range("least_sung", self.least_sung, 0, 1)
        require_range("share", self.share, 0, 1)
        require_range("latent_noise", self.latent_noise, 0, 10)
        if not set(self.hidden) <= set(HIDEABLE):
            raise ConfigError(f"hidden {self.hidden} is not understood: choose among {', '.join(HIDEABLE)}.")

    @property
    def takes_all(self) -> bool:
        """Whether it trains on the folder as it is."""
        return self.least_sung == 0 and self.share == 1 and not self.hidden


@dataclass(frozen=True)
class Experiment:
    """Arms to compare with the reference among them. `note` is what a reader of the page should know beside."""

    name: str
    question: str
    arms: tuple[Arm, ...]
    reference: str
    guidance: tuple[float, ...] = (3.0,)  # scales at which every arm plays
    equal_songs: bool = False  # every arm trains on as many songs as the arm that finds fewest
    note: str = ""

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if self.reference not in names or len(set(names)) < len(names):
            raise ConfigError(f"{self.name} needs arms of different names with {self.reference!r} among them.")

    @property
    def trains(self) -> bool:
        """Whether any arm has to be trained."""
        return any(arm.source == "denoiser" for arm in self.arms)

    def ordered(self) -> tuple[Arm, ...]:
        """The reference first, since everything is compared with it."""
        return tuple(sorted(self.arms, key=lambda arm: arm.name != self.reference))
