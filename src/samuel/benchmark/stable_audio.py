"""Stable Audio Open 1.0 (Evans et al. 2024, arXiv 2407.14358) through diffusers.

Its procedure: text by T5-base once, then 100 steps (diffusers' default) of a diffusion transformer with guidance (a
batch of two) over 1,024 latent frames, always a whole clip of 47.55 s, and the Oobleck decoder. Longer audio is several
clips.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from samuel.benchmark.measure import seconds_of
from samuel.benchmark.musicgen import T5_BASE
from samuel.benchmark.peer import PeerCost, by_depth, count, depth_note, import_peer, ready

CLIP = 2_097_152 / 44_100  # s
STEPS = 100
GUIDED = 2
LAYERS = 24
TEXT_TOKENS = 130  # 128 of text, start and end of the seconds
PROBES = (4, 8)
DECODED = 32  # latent frames of 2,048 samples that are decoded while the clock runs
SOURCE = "stabilityai/stable-audio-open-1.0: transformer/config.json, vae/config.json"

DIT: Mapping[str, Any] = {
    "sample_size": 1024,
    "in_channels": 64,
    "attention_head_dim": 64,
    "num_attention_heads": 24,
    "num_key_value_attention_heads": 12,
    "out_channels": 64,
    "cross_attention_dim": 768,
    "time_proj_dim": 256,
    "global_states_input_dim": 1536,
    "cross_attention_input_dim": 768,
}
VAE: Mapping[str, Any] = {
    "encoder_hidden_size": 128,
    "downsampling_ratios": [2, 4, 4, 8, 8],
    "channel_multiples": [1, 2, 4, 8, 16],
    "decoder_channels": 128,
    "decoder_input_channels": 64,
    "audio_channels": 2,
    "sampling_rate": 44_100,
}


def stable_audio(
    audio: float, dit: Mapping[str, Any] = DIT, vae: Mapping[str, Any] = VAE, layers: int = LAYERS
) -> PeerCost:
    """Its cost. MissingExtraError without diffusers or transformers."""
    diffusers = import_peer("diffusers", "oobleck")
    transformers = import_peer("transformers", "benchmark")
    line = by_depth(
        lambda depth: _transformer(diffusers, dit, depth), layers, lambda model: (_step(model, dit),), PROBES
    )
    decoder: Any = ready(lambda _: _vae(diffusers, vae), 0)
    latents = torch.zeros(1, vae["decoder_input_channels"], DECODED)
    with torch.inference_mode():
        decoding = seconds_of(lambda: decoder.decode(latents), repeat=1) * dit["sample_size"] / DECODED
    text = ready(lambda _: transformers.T5EncoderModel(transformers.T5Config(**T5_BASE)), 0)
    clips = math.ceil(audio / CLIP - 1e-3)
    return PeerCost(
        "Stable Audio Open",
        line.parameters + count(decoder) + count(text),
        audio,
        clips * (STEPS * line.times[0] + decoding),
        f"{clips} whole clip{'s' * (clips > 1)} of 47.55 s, {STEPS} steps with guidance timed by three,"
        f" decoder by {DECODED} of {dit['sample_size']} frames; {depth_note(line, PROBES, layers)}",
        SOURCE,
    )


def _transformer(diffusers: Any, dit: Mapping[str, Any], layers: int) -> nn.Module:
    model: nn.Module = diffusers.StableAudioDiTModel(num_layers=layers, **dit)
    return model


def _vae(diffusers: Any, vae: Mapping[str, Any]) -> nn.Module:
    model: nn.Module = diffusers.AutoencoderOobleck(**vae)
    return model


@torch.inference_mode()
def _step(model: nn.Module, dit: Mapping[str, Any]) -> float:
    """Seconds of one step over a whole clip."""
    frames, half = dit["sample_size"], dit["attention_head_dim"] // 2
    noisy = torch.zeros(GUIDED, dit["in_channels"], frames)
    text = torch.zeros(GUIDED, TEXT_TOKENS, dit["cross_attention_input_dim"])
    length = torch.zeros(GUIDED, 1, dit["global_states_input_dim"])
    rotary = (torch.ones(frames + 1, half), torch.zeros(frames + 1, half))
    return seconds_of(
        lambda: model(noisy, torch.full((GUIDED,), 0.5), text, length, rotary, return_dict=False), repeat=3
    )
