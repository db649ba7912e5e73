"""Constants and settings shared by every part. Frozen, validated, and saved beside the weights that they describe."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from operator import index
from typing import Any, Literal, TypedDict, Unpack, cast

from samuel.errors import ConfigError

SAMPLE_RATE = 44_100  # Hz
HOP = 2_048  # samples per latent frame
FRAME_RATE = SAMPLE_RATE / HOP  # 21.53 latent frames per second
LATENT_CHANNELS = 64
CLIP_FRAMES = 1_024  # latent frames of one clip: 47.55 s, the paper's length
FEATURE_CHANNELS = 20  # melodic features per latent frame, see samuel.features
PLAN_CHANNELS = 26  # what the listener hears per latent frame: 12 chord pitch classes, 12 bass, beat, downbeat

DEFAULT_MODEL, DEFAULT_AUTOENCODER = "samuel-v4", "spectral-v3"  # bundled weights

VOCAL_LUFS = -18.0  # every vocal is heard at one level, so that a quiet take is not taken for a pause

AttentionMix = Literal["published", "reversed", "fixed", "global", "local", "learned"]
LossWeighting = Literal["snr", "min_snr", "uniform"]
SamplerName = Literal["ddpm", "ddim", "dpm++"]

ATTENTION_MIXES: tuple[AttentionMix, ...] = ("published", "reversed", "fixed", "global", "local", "learned")
LOSS_WEIGHTINGS: tuple[LossWeighting, ...] = ("snr", "min_snr", "uniform")
SAMPLERS: tuple[SamplerName, ...] = ("ddpm", "ddim", "dpm++")


def require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ConfigError unless value is one of choices."""
    if value not in choices:
        raise ConfigError(f"{name} {value!r} is unknown: choose one of {', '.join(choices)}.")


def require_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ConfigError unless low <= value <= high (NaN fails)."""
    if not low <= value <= high:
        raise ConfigError(f"{name} {value} is out of range: choose a value from {low} to {high}.")


@dataclass(frozen=True)
class SamplerConfig:
    """How latents are drawn; the defaults of a model travel in its checkpoint."""

    sampler: SamplerName = "dpm++"
    steps: int = 20
    guidance: float = 4.0  # 1 = no guidance
    guidance_interval: tuple[float, float] = (0.0, 1.0)  # noise levels at which to guide: 0 clean, 1 nothing but noise
    guidance_rescale: float = 0.0  # how much of the conditional prediction's spread to give back, see diffusion.guide
    style: str = ""  # of the band, among those that the model knows; empty: what suits
    style_guidance: float = 2.0  # away from the same vocal in any style; that vocal's own guidance comes on top
    loudest_frame: float = 2.0  # rms over the channels of x0 (training: 1, real bands < 1.96), see diffusion.limited

    def __post_init__(self) -> None:
        require_choice("sampler", self.sampler, SAMPLERS)
        require_range("steps", self.steps, 1, 800)
        require_range("guidance", self.guidance, 0, 20)
        require_range("guidance rescale", self.guidance_rescale, 0, 1)
        require_range("style guidance", self.style_guidance, 0, 20)
        require_range("loudest frame", self.loudest_frame, 0.1, 1e6)
        if len(self.guidance_interval) != 2 or not 0 <= self.guidance_interval[0] < self.guidance_interval[1] <= 1:
            low_high = "-".join(f"{level:g}" for level in self.guidance_interval)
            raise ConfigError(f"guidance interval {low_high} is no range: give two rising noise levels from 0 to 1.")

    def with_chosen(self, **sampling: Unpack[Sampling]) -> SamplerConfig:
        """These settings, with what is given and not None in their place. Raises ConfigError if out of range."""
        chosen: dict[str, Any] = {
            name: _like(getattr(self, name, value), value) for name, value in sampling.items() if value is not None
        }
        return replace(self, **chosen)

    @property
    def passes(self) -> int:
        """Passes through the denoiser for each step and window: the vocal, and what guidance leads away from."""
        return 1 + (self.guidance != 1) + (self.style != "" and self.style_guidance != 1)

    def as_chosen(self) -> Sampling:
        """All of these settings as the choice of a caller."""
        return cast("Sampling", asdict(self))


def _like(own: Any, value: Any) -> Any:
    """The value as a plain number or tuple of the kind of `own`, so that it is written and read back as the same."""
    if isinstance(own, float):
        return float(value)
    if isinstance(own, int):
        return index(value)
    return tuple(map(float, value)) if isinstance(own, tuple) else value


class Sampling(TypedDict, total=False):
    """A SamplerConfig as keywords of a call. What is left out or None is the model's own."""

    sampler: SamplerName | None
    steps: int | None
    guidance: float | None
    guidance_interval: tuple[float, float] | None
    guidance_rescale: float | None
    style: str | None
    style_guidance: float | None
    loudest_frame: float | None
