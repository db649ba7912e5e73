"""Stable Audio Open's autoencoder, Oobleck (Evans et al. 2024, arXiv 2407.14358), through diffusers.

156M parameters and about 109 GFLOP for each second of audio each way: a reference to compare with rather than a
default. Its weights are not bundled, see samuel.autoencoder.oobleck_weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from samuel.autoencoder.oobleck_weights import find_weights
from samuel.config import HOP, LATENT_CHANNELS, SAMPLE_RATE, require_range
from samuel.errors import CheckpointError, ConfigError, MissingExtraError

if TYPE_CHECKING:
    from diffusers import AutoencoderOobleck

STABLE_AUDIO_OPEN = "stabilityai/stable-audio-open-1.0"  # on the hub; gated
CHUNK = 256  # latent frames a pass: 12 s keep the widest activation near 0.3 GB
MARGIN = 12  # latent frames of context on each side: the encoder looks 8 frames either way, the decoder 10


@dataclass(frozen=True)
class OobleckConfig:
    """The architecture; the defaults are Stable Audio Open's. The encoder's last layer holds mean and scale."""

    encoder_hidden_size: int = 2 * LATENT_CHANNELS
    decoder_channels: int = 128
    channel_multiples: tuple[int, ...] = (1, 2, 4, 8, 16)
    downsampling_ratios: tuple[int, ...] = (2, 4, 4, 8, 8)
    decoder_input_channels: int = LATENT_CHANNELS
    audio_channels: int = 2
    sampling_rate: int = SAMPLE_RATE  # Hz

    def __post_init__(self) -> None:
        require_range("decoder_channels", self.decoder_channels, 1, 1024)
        found = (
            self.audio_channels,
            self.sampling_rate,
            prod(self.downsampling_ratios),
            self.decoder_input_channels,
            self.encoder_hidden_size // 2,
        )
        if found != (2, SAMPLE_RATE, HOP, LATENT_CHANNELS, LATENT_CHANNELS):
            raise ConfigError(
                f"This Oobleck has {found[0]} audio channels at {found[1]} Hz, a hop of {found[2]} and {found[3]} "
                f"latent channels: use one with 2 at {SAMPLE_RATE} Hz, {HOP} and {LATENT_CHANNELS}, as Stable Audio "
                "Open's."
            )


class OobleckAutoencoder(nn.Module):
    """Oobleck behind the interface of samuel.autoencoder.base.Autoencoder.

    Encoding gives the mean of the posterior, so it is deterministic. Decoding ends in a convolution: no tanh, so a
    loud band may pass 1 and is limited where it is mixed. Long audio goes through in chunks whose margins exceed the
    receptive field; the result is that of one pass.
    """

    name: str = "oobleck"

    def __init__(self, config: OobleckConfig | None = None) -> None:
        """Random weights; raise MissingExtraError where diffusers is not installed."""
        super().__init__()
        self.vae = _build(config or OobleckConfig())

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path = STABLE_AUDIO_OPEN) -> Self:
        """Load from a folder (config.json beside safetensors, or its subfolder vae) or from the hub, and freeze.

        Raise CheckpointError if the weights are missing, gated, damaged or of another shape; HF_HUB_OFFLINE is obeyed.
        """
        oobleck = _oobleck_class()
        folder = find_weights(name_or_folder)
        model = cls.__new__(cls)
        nn.Module.__init__(model)
        model.vae = _load(oobleck, folder)
        return model.eval().requires_grad_(False)

    @property
    def encoder(self) -> nn.Module:
        """The network behind encode."""
        encoder: nn.Module = self.vae.encoder
        return encoder

    @property
    def decoder(self) -> nn.Module:
        """The network behind decode."""
        decoder: nn.Module = self.vae.decoder
        return decoder

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and diffusion_pytorch_model.safetensors into folder, as diffusers does."""
        self.vae.save_pretrained(folder, safe_serialization=True)

    @torch.no_grad()
    def encode(self, audio: Float[Tensor, "b 2 n"]) -> Float[Tensor, "b 64 t"]:
        """Samples in [-1, 1] to latents, t = ceil(n / 2048); the end is padded with silence."""
        padded = nn.functional.pad(audio, (0, -audio.shape[-1] % HOP))
        return _in_chunks(lambda chunk: self.vae.encode(chunk).latent_dist.mode(), padded, HOP, 1)

    @torch.no_grad()
    def decode(self, latents: Float[Tensor, "b 64 t"]) -> Float[Tensor, "b 2 n"]:
        """Latents to n = 2048 * t samples."""
        return _in_chunks(lambda chunk: self.vae.decode(chunk).sample, latents, 1, HOP)


def _in_chunks(function: Callable[[Tensor], Tensor], signal: Tensor, hop_in: int, hop_out: int) -> Tensor:
    """Apply function to pieces of CHUNK latent frames with MARGIN frames of context; hops in samples per frame."""
    frames = signal.shape[-1] // hop_in
    pieces = []
    for start in range(0, frames, CHUNK):
        stop = min(start + CHUNK, frames)
        low, high = max(start - MARGIN, 0), min(stop + MARGIN, frames)
        piece = function(signal[..., low * hop_in : high * hop_in])
        pieces.append(piece[..., (start - low) * hop_out : (stop - low) * hop_out])
    return torch.cat(pieces, dim=-1)


def _oobleck_class() -> type[AutoencoderOobleck]:
    try:
        import diffusers
    except ImportError as error:
        raise MissingExtraError("diffusers", "oobleck") from error
    oobleck: type[AutoencoderOobleck] = diffusers.AutoencoderOobleck
    return oobleck


def _build(config: OobleckConfig) -> AutoencoderOobleck:
    oobleck = _oobleck_class()
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*weight_norm", category=FutureWarning)  # diffusers' own business
        return oobleck(**fields)


def _load(oobleck: type[AutoencoderOobleck], folder: Path) -> AutoencoderOobleck:
    """Load strictly: a key too many, too few or of another shape is an error."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*weight_norm", category=FutureWarning)
        try:
            model, report = oobleck.from_pretrained(
                folder,
                use_safetensors=True,  # never pickle
                local_files_only=True,
                low_cpu_mem_usage=False,
                output_loading_info=True,
            )
        except Exception as error:  # diffusers, safetensors and json each raise their own
            raise CheckpointError(f"The Oobleck weights in {folder} cannot be read: download them again.") from error
    faults = [key for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in report[kind]]
    if faults:
        raise CheckpointError(
            f"The Oobleck weights in {folder} do not fit the architecture ({len(faults)} parameters, such as "
            f"{faults[0]}): download them again."
        )
    _check_config(folder, model)
    return model


def _check_config(folder: Path, model: AutoencoderOobleck) -> None:
    names = OobleckConfig.__dataclass_fields__
    found: dict[str, Any] = {name: tuple(v) if isinstance(v := model.config[name], list) else v for name in names}
    try:
        OobleckConfig(**found)
    except ConfigError as error:
        raise CheckpointError(f"{folder} cannot be used: {error}") from error
