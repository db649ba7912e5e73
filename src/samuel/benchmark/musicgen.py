"""MusicGen small, medium and large (Copet et al. 2023, arXiv 2306.05284) through transformers.

Its procedure: text by T5-base once, then 50 steps a second of a decoder with classifier-free guidance (a batch of two)
and cached keys, four codebooks with a delay of three steps, and EnCodec's decoder at 32 kHz. Contexts end at 30 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from samuel.benchmark.measure import seconds_of
from samuel.benchmark.peer import PeerCost, by_depth, count, depth_note, import_peer, ready

RATE = 50  # steps a second of audio
DELAY = 3  # steps: the fourth codebook lags so far behind
CONTEXT = 1500  # steps: what it was trained on, 30 s
GUIDED = 2  # items: with the text and without
TEXT_TOKENS = 12
DECODED = 2.0  # s of audio that EnCodec decodes while the clock runs; it is convolutions but for two LSTM layers
SOURCE = "facebook/musicgen-small, -medium, -large: config.json"
PROBES = (6, 12)


@dataclass(frozen=True)
class Size:
    """The decoder of one size."""

    width: int
    layers: int
    heads: int
    feed_forward: int


SIZES = {
    "small": Size(1024, 24, 16, 4096),
    "medium": Size(1536, 48, 24, 6144),
    "large": Size(2048, 48, 32, 8192),
}


def musicgen(name: str, audio: float, size: Size | None = None) -> PeerCost:
    """The cost of one size by its name. MissingExtraError without transformers."""
    transformers = import_peer("transformers", "benchmark")
    size = size or SIZES[name]
    steps = round(audio * RATE) + DELAY
    line = by_depth(
        lambda layers: _decoder(transformers, size, layers),
        size.layers,
        lambda model: (_step(model, transformers, min(steps, CONTEXT) // 2),),
        PROBES,
    )
    text = ready(lambda _: transformers.T5EncoderModel(transformers.T5Config(**T5_BASE)), 0)
    codec = transformers.EncodecModel(transformers.EncodecConfig(**ENCODEC)).eval().requires_grad_(False)
    reading = seconds_of(lambda: text(torch.zeros(GUIDED, TEXT_TOKENS, dtype=torch.long)), repeat=2)
    decoding = seconds_of(lambda: codec.decode(_codes(codec, DECODED), [None]), repeat=2) * audio / DECODED
    return PeerCost(
        f"MusicGen {name}",
        line.parameters + count(text) + count(codec),
        audio,
        reading + steps * line.times[0] + decoding,
        f"{steps} steps with guidance, all as long as one in the middle of the context;"
        f" {depth_note(line, PROBES, size.layers)}",
        SOURCE,
    )


# google-t5/t5-base and facebook/encodec_32khz as in MusicGen's config.json
T5_BASE = {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_heads": 12, "vocab_size": 32128}
ENCODEC = {
    "sampling_rate": 32_000,
    "audio_channels": 1,
    "normalize": False,
    "num_filters": 64,
    "upsampling_ratios": [8, 5, 4, 4],
    "target_bandwidths": [2.2],
    "codebook_size": 2048,
    "codebook_dim": 128,
    "hidden_size": 128,
    "use_causal_conv": False,
    "use_conv_shortcut": False,
}


def _decoder(transformers: Any, size: Size, layers: int) -> nn.Module:
    config = transformers.MusicgenDecoderConfig(
        hidden_size=size.width,
        num_hidden_layers=layers,
        num_attention_heads=size.heads,
        ffn_dim=size.feed_forward,
        is_decoder=True,
        add_cross_attention=True,
    )
    decoder: nn.Module = transformers.MusicgenForCausalLM(config)
    return decoder


@torch.inference_mode()
def _step(model: Any, transformers: Any, context: int) -> float:
    """Seconds of one step with `context` steps behind it."""
    caches = transformers.cache_utils
    cache = caches.EncoderDecoderCache(caches.DynamicCache(), caches.DynamicCache())
    text = torch.zeros(GUIDED, TEXT_TOKENS, model.config.hidden_size)
    known = {"encoder_hidden_states": text, "past_key_values": cache, "use_cache": True}
    model(torch.zeros(GUIDED * 4, context, dtype=torch.long), **known)
    token = torch.zeros(GUIDED * 4, 1, dtype=torch.long)
    return seconds_of(lambda: model(token, **known), repeat=5)


def _codes(codec: Any, seconds: float) -> torch.Tensor:
    """(frames, b, codebooks, t) codes of a silent excerpt."""
    return torch.zeros(1, 1, 4, round(seconds * RATE), dtype=torch.long)
