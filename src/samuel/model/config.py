"""The denoiser's settings. Frozen, validated, saved beside the weights."""

from __future__ import annotations

from dataclasses import dataclass

from samuel.config import (
    ATTENTION_MIXES,
    FEATURE_CHANNELS,
    LATENT_CHANNELS,
    PLAN_CHANNELS,
    AttentionMix,
    require_choice,
    require_range,
)
from samuel.cosine import DIFFUSION_STEPS
from samuel.errors import ConfigError

GROUPS = 8  # of every GroupNorm: 8 channels each at the widest rate, 64 at the narrowest


ANY_STYLE = ("", "any")  # what no style may be called, for it asks for none


@dataclass(frozen=True)
class DenoiserConfig:
    """The published U-Net and its conditioning; tuples run from the highest frame rate to the lowest.

    The default listens to a plan as well; plan_channels = 0 is the paper's conditioning. `styles` are
    the bands that it can be asked for, frame by frame; the paper has none. `direct` adds the vocal's own
    frame to its aligned context: voice and band share a clock, so what is sung now should be at hand without a search.
    """

    latent_channels: int = LATENT_CHANNELS
    feature_channels: int = FEATURE_CHANNELS
    plan_channels: int = PLAN_CHANNELS
    styles: tuple[str, ...] = ()  # those that can be asked for, in the order of their channels
    widths: tuple[int, ...] = (64, 128, 256, 512)
    blocks: tuple[int, ...] = (1, 1, 2, 5)  # residual blocks on each side of the U; the last is its bottom
    vocal_widths: tuple[int, ...] = (64, 96, 128, 192)
    attention_widths: tuple[int, ...] = (32, 64, 128, 256)
    head_width: int = 32
    window: int = 16  # frames that the local branch sees around each query, at every rate
    attention_mix: AttentionMix = "published"
    direct: bool = True
    time_width: int = 256
    steps: int = DIFFUSION_STEPS
    dropout: float = 0.0  # in the residual blocks, while training
    zero_terminal_snr: bool = False  # the last step is noise alone, see samuel.diffusion.CosineSchedule

    def __post_init__(self) -> None:
        require_choice("attention_mix", self.attention_mix, ATTENTION_MIXES)
        require_range("window", self.window, 1, 1024)
        require_range("dropout", self.dropout, 0, 0.9)
        require_range("plan_channels", self.plan_channels, 0, 1024)
        require_range("steps", self.steps, 2, 100_000)
        names = {style.casefold() for style in self.styles}
        if len(names) != len(self.styles):
            raise ConfigError(f"styles {', '.join(self.styles)} name one of them twice: name each once.")
        if names & set(ANY_STYLE):
            raise ConfigError(f"styles {', '.join(self.styles)} hold one that stands for no style: name it otherwise.")
        self._require_levels()
        self._require_multiples()

    @property
    def condition_channels(self) -> int:
        """Channels of vocal latents, features, plan and style together."""
        return self.latent_channels + self.feature_channels + self.plan_channels + len(self.styles)

    @property
    def stride(self) -> int:
        """Latent frames per frame at the bottom of the U; lengths are padded inside to a multiple of it."""
        return int(2 ** (len(self.widths) - 1))

    def _require_levels(self) -> None:
        lengths = {len(self.widths), len(self.blocks), len(self.vocal_widths), len(self.attention_widths)}
        if len(lengths) != 1:
            raise ConfigError(
                f"widths, blocks, vocal_widths and attention_widths have {sorted(lengths)} levels: give each the same."
            )
        for count in self.blocks:
            require_range("blocks", count, 1, 64)

    def _require_multiples(self) -> None:
        for width in (*self.widths, *self.vocal_widths):
            if width <= 0 or width % GROUPS:
                raise ConfigError(f"Width {width} does not split into {GROUPS} groups: choose a multiple of {GROUPS}.")
        if self.head_width <= 0 or self.head_width % 2:
            raise ConfigError(f"head_width {self.head_width} cannot be rotated in pairs: choose an even number.")
        for width in self.attention_widths:
            if width <= 0 or width % self.head_width:
                raise ConfigError(f"Attention width {width} is no multiple of head_width {self.head_width}.")


DENOISER_PRESETS: dict[str, DenoiserConfig] = {
    "default": DenoiserConfig(),
    "published": DenoiserConfig(plan_channels=0, direct=False),
    "debug": DenoiserConfig(
        widths=(16, 16, 24, 32),
        blocks=(1, 1, 1, 1),
        vocal_widths=(16, 16, 16, 16),
        attention_widths=(8, 8, 8, 8),
        head_width=4,
        time_width=16,
    ),
}
