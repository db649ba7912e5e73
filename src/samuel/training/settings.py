"""Everything a training run can be told, as frozen dataclasses; presets/*.toml and the run folder hold their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from samuel.config import require_choice, require_range
from samuel.diffusion.loss import LossConfig
from samuel.errors import ConfigError

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class OptimiserSettings:
    """AdamW with linear warm-up and cosine decay to `final` times the peak."""

    learning_rate: float = 3.5e-4
    betas: tuple[float, ...] = (0.9, 0.95)
    weight_decay: float = 0.01  # matrices only: gains and biases have no business near zero
    warmup_steps: int = 200
    final: float = 0.02  # of the peak rate, at the end
    clip: float = 1.0  # norm of the gradient

    def __post_init__(self) -> None:
        require_range("learning_rate", self.learning_rate, 0, 1)
        require_range("clip", self.clip, 1e-6, 1e6)
        require_range("warmup_steps", self.warmup_steps, 0, 1_000_000)
        require_range("final", self.final, 0, 1)


@dataclass(frozen=True)
class LoopSettings:
    """Length, batch, randomness and habits of a run. A wall-clock budget, where given, replaces `steps`."""

    steps: int = 20_000
    batch_size: int = 16
    accumulate: int = 1  # micro-batches per step; batch_size stays the total
    crop_frames: int = 256
    seed: int = 0
    ema: float = 0.9995
    precision: Precision = "auto"  # bfloat16 where the processor is fast at it
    compiled: bool = False  # torch.compile: pays for itself only in long runs
    log_every: int = 10  # steps
    validate_every: int = 500  # steps
    validation_crops: int = 64
    save_minutes: float = 5.0
    render_minutes: float = 15.0  # between samples to look and listen at; 0: none, unless render_every says so
    render_every: int = 0  # steps, for samples at fixed places; 0: by the clock alone
    render_crops: int = 2  # validation crops, always the same

    def __post_init__(self) -> None:
        require_choice("precision", self.precision, PRECISIONS)
        require_range("steps", self.steps, 1, 1e9)
        require_range("accumulate", self.accumulate, 1, self.batch_size)
        require_range("batch_size", self.batch_size, 1, 65_536)
        require_range("crop_frames", self.crop_frames, 1, 65_536)
        require_range("ema", self.ema, 0, 1)
        for name in ("log_every", "validate_every", "validation_crops"):
            require_range(name, getattr(self, name), 1, 1e9)
        for name in ("save_minutes", "render_minutes", "render_every"):
            require_range(name, getattr(self, name), 0, 1e9)
        require_range("render_crops", self.render_crops, 1, 1024)


@dataclass(frozen=True)
class AutoencoderObjectiveSettings:
    """Augmentation of the spectral maps."""

    transpose_bins: int = 18  # largest shift either way, in bins of the maps (36 to the octave)
    transpose_groups: int = 4  # parts of the batch that are shifted by different amounts
    gain: float = 6.0  # dB, largest change of level either way
    mel_weight: float = 0.0  # of the log-mel energy of what will be played, beside the model's own loss
    decoder_only: bool = False  # keep the encoder: the latents stay what they are, and so does a denoiser's worth

    def __post_init__(self) -> None:
        require_range("transpose_bins", self.transpose_bins, 0, 288)
        require_range("transpose_groups", self.transpose_groups, 1, 1024)
        require_range("gain", self.gain, 0, 60)
        require_range("mel_weight", self.mel_weight, 0, 1e6)


@dataclass(frozen=True)
class PerceptualSettings:
    """The distance of what is heard, through the autoencoder's decoder; weight 0: none."""

    weight: float = 0.0  # beside the squared error of v
    most_noise: float = 0.2  # share of noise in the power of x_t up to which the predicted x0 is worth hearing

    def __post_init__(self) -> None:
        require_range("perceptual weight", self.weight, 0, 1e6)
        require_range("perceptual most_noise", self.most_noise, 0, 1)


@dataclass(frozen=True)
class AdversarialSettings:
    """A discriminator of the predicted latents, for post-training (start from a trained denoiser); weight 0: none."""

    weight: float = 0.0  # beside the squared error of v
    feature_matching: float = 2.0  # beside the discriminator's verdict
    most_noise: float = 0.7  # share of noise in the power of x_t up to which the predicted x0 is judged
    width: int = 128

    def __post_init__(self) -> None:
        require_range("adversarial weight", self.weight, 0, 1e6)
        require_range("adversarial feature_matching", self.feature_matching, 0, 1e6)
        require_range("adversarial most_noise", self.most_noise, 0, 1)
        require_range("adversarial width", self.width, 8, 4096)
        if self.width % 8:
            raise ConfigError(f"adversarial width {self.width} does not split into 8 groups: choose a multiple of 8.")


@dataclass(frozen=True)
class DenoiserObjectiveSettings:
    """What the denoiser learns from; probabilities are per item, so that guidance has a null to learn."""

    loss: LossConfig = field(default_factory=lambda: LossConfig(weighting="uniform"))
    condition_dropout: float = 0.1  # the whole vocal becomes the learned null
    vocal_noise: float = 0.3  # largest deviation of the noise added to normalised vocal latents, drawn from 0 up
    vocal_dropout: float = 0.0  # the vocal's latents alone become their mean: features and plan must do
    plan_truth: float = 0.5  # share of items that see the true plan; the others see the listener's
    plan_dropout: float = 0.1  # the whole plan becomes zeros: unknown
    plan_part_dropout: float = 0.1  # chords with bass, or beats, become zeros: the user may know only one of them
    style_dropout: float = 0.2  # share of items that are not told their style, so that none need be asked for
    offset_noise: float = 0.0  # deviation of a constant per channel in eps, so that levels are learned too
    perceptual: PerceptualSettings = field(default_factory=PerceptualSettings)
    adversarial: AdversarialSettings = field(default_factory=AdversarialSettings)
    autoencoder: str = ""  # checkpoint that made the latents, for samples and perceptual; empty: as the data names it

    def __post_init__(self) -> None:
        require_range("offset_noise", self.offset_noise, 0, 10)
        require_range("vocal_noise", self.vocal_noise, 0, 10)
        for name in ("condition_dropout", "vocal_dropout", "plan_truth", "plan_dropout", "plan_part_dropout"):
            require_range(name, getattr(self, name), 0, 1)
        require_range("style_dropout", self.style_dropout, 0, 1)


@dataclass(frozen=True)
class ListenerObjectiveSettings:
    """Augmentation and weights of the listener's losses."""

    transpose: bool = True  # rotate pitch classes of features and truth; latents stay, so pitch comes from features
    feature_noise: float = 0.05
    feature_dropout: float = 0.1  # share of items whose features are hidden
    latent_dropout: float = 0.1  # share of items whose vocal latents are hidden
    vocal_noise: float = 0.3
    chord_weight: float = 1.0
    bass_weight: float = 0.5
    beat_weight: float = 1.0
    key_weight: float = 0.2  # one label a clip is soon learned by heart
    sung_repeats: int = 3  # how often each sung song counts beside the imagined ones
    beat_reach: int = 1  # frames on either side of a beat that count half: 46 ms, less than a listener notices

    def __post_init__(self) -> None:
        for name in ("feature_dropout", "latent_dropout"):
            require_range(name, getattr(self, name), 0, 1)
        require_range("feature_noise", self.feature_noise, 0, 10)
        require_range("vocal_noise", self.vocal_noise, 0, 10)
        require_range("beat_reach", self.beat_reach, 0, 4)
        require_range("sung_repeats", self.sung_repeats, 1, 1000)


@dataclass(frozen=True)
class RunSettings:
    """The settings that every objective shares."""

    loop: LoopSettings = field(default_factory=LoopSettings)
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
