"""Small stand-ins: a sung-like vocal, an autoencoder of exact lengths, and random models of the debug presets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from einops import rearrange, reduce, repeat
from torch import Tensor

from samuel.audio import Waveform
from samuel.autoencoder.spectral import SpectralAutoencoder, SpectralConfig
from samuel.checkpoint.files import with_prefix
from samuel.checkpoint.folder import reference, save_checkpoint
from samuel.checkpoint.load import LoadedDenoiser, LoadedListener
from samuel.checkpoint.statistics import ChannelStatistics, LatentStatistics
from samuel.config import SamplerConfig
from samuel.diffusion import CosineSchedule
from samuel.model import DENOISER_PRESETS, LISTENER_PRESETS, Denoiser, Listener
from samuel.pipeline.accompanist import Accompanist
from samuel.pipeline.sampling import Windowing

TINY_SPECTRAL = SpectralConfig(width=8, encoder_depth=1, decoder_depth=1)


def sung(seconds: float = 3.0, sample_rate: int = 44_100, channels: int = 1) -> Waveform:
    """A vibrato tone with harmonics that comes and goes like a phrase; each channel a little softer than the last."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    phase = 2 * np.pi * 220 * time + 0.5 * np.sin(2 * np.pi * 5 * time)
    tone = sum(np.sin(k * phase) / k for k in range(1, 5)) * 0.15 * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * time))
    return Waveform.from_array(np.stack([tone * 0.9**channel for channel in range(channels)]), sample_rate)


class Perfect:
    """An autoencoder that loses nothing, but pads to whole frames as the real ones do."""

    name = "perfect"

    def encode(self, audio: Tensor) -> Tensor:
        return torch.nn.functional.pad(audio, (0, -audio.shape[-1] % 2048))

    def decode(self, latents: Tensor) -> Tensor:
        return latents


class BlockAutoencoder:
    """64 means of 32 samples for each frame; back, each mean lasts 32 samples. Frames do not see each other."""

    name = "blocks"

    def encode(self, audio: Tensor) -> Tensor:
        """(b, 2, n) -> (b, 64, ceil(n / 2048))."""
        padded = torch.nn.functional.pad(audio, (0, -audio.shape[-1] % 2048))
        return 10 * reduce(padded, "b s (t c n) -> b c t", "mean", c=64, n=32)

    def decode(self, latents: Tensor) -> Tensor:
        """(b, 64, t) -> (b, 2, t * 2048)."""
        mono = rearrange(repeat(latents, "b c t -> b c t n", n=32), "b c t n -> b (t c n)")
        return repeat(mono / 10, "b n -> b s n", s=2)


def tiny_denoiser(seed: int = 0, plan_channels: int = 26) -> Denoiser:
    """The debug preset, two styles and every weight random: layers that begin at zero (FiLM, the last) say nothing."""
    torch.manual_seed(seed)
    settings = {**asdict(DENOISER_PRESETS["debug"]), "plan_channels": plan_channels, "styles": ("pop", "rock")}
    model = Denoiser(type(DENOISER_PRESETS["debug"])(**settings))
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return model.eval().requires_grad_(False)


def tiny_listener(seed: int = 0) -> Listener:
    """The debug preset with random weights."""
    torch.manual_seed(seed)
    return Listener(LISTENER_PRESETS["debug"]).eval().requires_grad_(False)


def plain_statistics() -> LatentStatistics:
    """Zero mean, unit deviation."""
    vocal, band = (ChannelStatistics(torch.zeros(64), torch.ones(64)) for _ in range(2))
    return LatentStatistics(vocal, band)


def tiny_accompanist(
    windowing: Windowing | None = None, with_listener: bool = True, plan_channels: int = 26
) -> Accompanist:
    """An accompanist in memory: 3 steps of dpm++ with guidance 2; windows of 32 frames that overlap by 8."""
    loaded = LoadedDenoiser(
        name="tiny",
        fingerprint="1" * 64,
        model=tiny_denoiser(plan_channels=plan_channels),
        statistics=plain_statistics(),
        schedule=CosineSchedule(),
        sampler=SamplerConfig("dpm++", 3, 2.0),
        autoencoder=Path("blocks"),
        autoencoder_fingerprint="0" * 64,
        listener=LoadedListener("ear", "2" * 64, tiny_listener(), plain_statistics()) if with_listener else None,
    )
    return Accompanist(loaded, BlockAutoencoder(), "tiny", windowing or Windowing(32, 8))


def save_tiny_model(folder: Path) -> Path:
    """A complete model in folder: spectral autoencoder, listener and denoiser; returns the denoiser's folder."""
    torch.manual_seed(0)
    autoencoder = SpectralAutoencoder(TINY_SPECTRAL)
    statistics = with_prefix("statistics", plain_statistics().tensors())
    for name, kind, model, extra in (
        ("tiny-spectral", "autoencoder", autoencoder, {}),
        ("tiny-listener", "listener", tiny_listener(), statistics),
    ):
        tensors = with_prefix("model", model.state_dict()) | extra
        save_checkpoint(folder / name, kind, {"model": asdict(model.config)}, tensors)
    denoiser = tiny_denoiser()
    config = {
        "model": asdict(denoiser.config),
        "sampler": {"sampler": "dpm++", "steps": 2, "guidance": 1.5},
        "autoencoder": reference(folder / "tiny-spectral"),
        "listener": reference(folder / "tiny-listener"),
    }
    tensors = with_prefix("model", denoiser.state_dict()) | statistics
    save_checkpoint(folder / "tiny", "denoiser", config, tensors, "# tiny\n\n## Licence\n\nApache-2.0, as the code.\n")
    return folder / "tiny"
