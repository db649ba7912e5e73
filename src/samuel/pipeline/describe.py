"""What a model consists of: parts, parameters, arithmetic per second of audio, weight files, licence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from samuel.checkpoint.files import read_json
from samuel.checkpoint.folder import CARD, CONFIG, WEIGHTS, find_checkpoint
from samuel.config import CLIP_FRAMES, DEFAULT_MODEL, FEATURE_CHANNELS, FRAME_RATE, HOP, LATENT_CHANNELS
from samuel.model.condition import Condition
from samuel.pipeline.accompanist import Accompanist

_AUTOENCODER_FRAMES = 128  # its arithmetic grows with the length alone, so a few seconds tell


@dataclass(frozen=True)
class PartSummary:
    """One network; no parameter is in two. gflop: arithmetic (10^9 operations) per second of audio for one use."""

    name: str
    parameters: int
    gflop: float


@dataclass(frozen=True)
class ModelSummary:
    """A model as a user may want to know it before running or sharing it."""

    name: str
    folder: Path
    parts: tuple[PartSummary, ...]
    gflop: float  # for each second of accompaniment, with the model's own sampler settings
    sampling: str
    styles: tuple[str, ...]  # that can be asked for
    weights: tuple[tuple[Path, int], ...]  # files and their sizes in bytes
    licence: str


def describe_model(name_or_folder: str | Path = DEFAULT_MODEL) -> ModelSummary:
    """Load a model and measure it. Raises CheckpointError if it is unknown or damaged."""
    accompanist = Accompanist.from_pretrained(name_or_folder)
    loaded = accompanist.denoiser
    parts = {part.name: part for part in _parts(accompanist)}
    sampler = loaded.sampler
    passes = sampler.steps * sampler.passes
    once = sum(part.gflop for name, part in parts.items() if name != "denoiser, one pass")
    folder = find_checkpoint(name_or_folder)
    files = _weight_files(folder, loaded.autoencoder, *_listener(folder))
    return ModelSummary(
        name=loaded.name,
        folder=folder,
        parts=tuple(parts.values()),
        gflop=once + passes * parts["denoiser, one pass"].gflop,
        sampling=f"{sampler.sampler}, {sampler.steps} steps, guidance {sampler.guidance:g}",
        styles=accompanist.styles,
        weights=tuple((path, path.stat().st_size) for path in files),
        licence=licence_of(folder),
    )


def licence_of(folder: Path) -> str:
    """The first line below the model card's heading Licence, or "not stated"."""
    card = folder / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    found = re.search(r"^#+ *Licen[cs]e\s+(\S.*)$", text, flags=re.MULTILINE)
    return found.group(1).strip() if found else "not stated"


def _parts(accompanist: Accompanist) -> list[PartSummary]:
    model, autoencoder, loaded = accompanist.denoiser.model, accompanist.autoencoder, accompanist.denoiser.listener
    latents = torch.zeros(1, LATENT_CHANNELS, CLIP_FRAMES)
    features = torch.zeros(1, FEATURE_CHANNELS, CLIP_FRAMES)
    plan = torch.zeros(1, model.config.plan_channels, CLIP_FRAMES)
    condition = Condition(latents, features, plan)
    audio = torch.zeros(1, 2, _AUTOENCODER_FRAMES * HOP)
    few = latents[..., :_AUTOENCODER_FRAMES]
    parts = [
        _measured("autoencoder, encoding", autoencoder.encoder, few, lambda: autoencoder.encode(audio)),
        _measured("autoencoder, decoding", autoencoder.decoder, few, lambda: autoencoder.decode(few)),
        _measured("denoiser, one pass", model, latents, lambda: model(latents, 400.0, condition)),
    ]
    if loaded is not None:
        listener = loaded.model
        parts.append(_measured("listener", listener, latents, lambda: listener.plan(latents, features)))
    return parts


def _measured(name: str, module: nn.Module, latents: Tensor, use: Callable[[], Tensor]) -> PartSummary:
    """Count the operations of one use on as many frames as latents has."""
    parameters = sum(each.numel() for each in module.parameters())
    # the plain attention kernel, for the counter does not know the CPU's fused one
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        use()
    return PartSummary(name, parameters, counter.get_total_flops() * FRAME_RATE / latents.shape[-1] / 1e9)


def _listener(folder: Path) -> list[Path]:
    """The folder of the listener that a denoiser's config names, if it names one."""
    named = read_json(folder / CONFIG).get("listener")
    return [find_checkpoint(named["name"], beside=folder)] if named else []


def _weight_files(*folders: Path) -> list[Path]:
    return [folder / WEIGHTS for folder in folders if (folder / WEIGHTS).is_file()]
