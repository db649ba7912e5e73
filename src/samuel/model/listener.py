"""The listener: hears chords, bass, beats and key in a vocal, for the denoiser and for the user's chord sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from samuel.config import FEATURE_CHANNELS, LATENT_CHANNELS, require_range
from samuel.errors import ConfigError
from samuel.model.attention import global_attention, rotary
from samuel.model.config import GROUPS
from samuel.model.shapes import Features, Frames, KeyLogits, Latent, Plan

PITCH_CLASSES = 12
KEYS = 24  # C major to B major, then C minor to B minor
VIEWS = (0, 4, 8)  # semitones up by which a vocal is heard: a chord's mean over them is right more often


@dataclass(frozen=True)
class ListenerConfig:
    """Sizes. Features alone carry over from synthetic to real singers better than latents do, so latents are off."""

    use_latents: bool = False
    width: int = 144
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)  # frames; together they see 63 frames, 2.9 s
    attention_layers: int = 4  # these see the whole clip: a verse comes back, a key takes 20 s to be sure of
    head_width: int = 24
    dropout: float = 0.1

    def __post_init__(self) -> None:
        require_range("dropout", self.dropout, 0, 0.9)
        if self.width <= 0 or self.width % GROUPS or self.width % self.head_width or self.head_width % 2:
            raise ConfigError(
                f"Listener width {self.width} does not fit head_width {self.head_width}: "
                f"choose a multiple of {GROUPS} and of an even head_width."
            )

    @property
    def input_channels(self) -> int:
        """Channels that enter: features, and latents where they are used."""
        return FEATURE_CHANNELS + (LATENT_CHANNELS if self.use_latents else 0)


LISTENER_PRESETS: dict[str, ListenerConfig] = {
    "default": ListenerConfig(),
    "debug": ListenerConfig(width=16, dilations=(1, 2), attention_layers=1, head_width=8, dropout=0.0),
}


@dataclass(frozen=True)
class ListenerLogits:
    """What is heard, before sigmoid or softmax."""

    chord: Plan  # (b, 12, t) is this pitch class in the chord?
    bass: Plan  # (b, 12, t) which pitch class is in the bass?
    beat: Frames  # (b, t) does a beat fall in this frame?
    downbeat: Frames  # (b, t)
    key: KeyLogits  # (b, 24) C major to B major, C minor to B minor

    def transposed(self, semitones: int) -> ListenerLogits:
        """The same heard that many semitones higher."""
        major, minor = self.key[:, :PITCH_CLASSES], self.key[:, PITCH_CLASSES:]
        return ListenerLogits(
            chord=self.chord.roll(semitones, dims=1),
            bass=self.bass.roll(semitones, dims=1),
            beat=self.beat,
            downbeat=self.downbeat,
            key=torch.cat((major.roll(semitones, dims=1), minor.roll(semitones, dims=1)), dim=1),
        )

    @staticmethod
    def mean(parts: Sequence[ListenerLogits]) -> ListenerLogits:
        """The mean of each logit."""
        return ListenerLogits(
            *(
                torch.stack([getattr(part, field.name) for part in parts]).mean(dim=0)
                for field in fields(ListenerLogits)
            )
        )

    def plan(self) -> Plan:
        """(b, 26, t) probabilities: 12 chord pitch classes, 12 bass, beat, downbeat."""
        beats = torch.stack((self.beat, self.downbeat), dim=1).sigmoid()
        return torch.cat((self.chord.sigmoid(), self.bass.softmax(dim=1), beats), dim=1)


class DilatedBlock(nn.Module):
    """A dilated convolution and a pointwise one around a residual."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.spread = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Latent) -> Latent:
        """(b, c, t) -> (b, c, t)."""
        h = self.mix(F.silu(self.spread(F.silu(self.norm(x)))))
        out: Tensor = x + self.dropout(h)
        return out


class AttentionBlock(nn.Module):
    """Attention over the whole clip in both directions, with RoPE, then a feed-forward layer."""

    def __init__(self, width: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.head_width = head_width
        self.norm = nn.GroupNorm(GROUPS, width)
        self.query_key_value = nn.Conv1d(width, 3 * width, 1)
        self.out = nn.Conv1d(width, width, 1)
        self.feed_forward = nn.Sequential(
            nn.GroupNorm(GROUPS, width), nn.Conv1d(width, 4 * width, 1), nn.SiLU(), nn.Conv1d(4 * width, width, 1)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Latent) -> Latent:
        """(b, c, t) -> (b, c, t)."""
        parts = rearrange(self.query_key_value(self.norm(x)), "b (p h d) t -> p b h t d", p=3, d=self.head_width)
        query, key, value = parts.unbind()
        heard = global_attention(rotary(query), rotary(key), value)
        x = x + self.dropout(self.out(rearrange(heard, "b h t d -> b (h d) t")))
        out: Tensor = x + self.dropout(self.feed_forward(x))
        return out


class Listener(nn.Module):
    """Chords, bass, beats and key from a vocal of any length; at most 1.5M parameters."""

    def __init__(self, config: ListenerConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ListenerConfig()
        self.enter = nn.Conv1d(config.input_channels, config.width, 3, padding=1)
        self.near = nn.Sequential(*(DilatedBlock(config.width, d, config.dropout) for d in config.dilations))
        self.far = nn.Sequential(
            *(AttentionBlock(config.width, config.head_width, config.dropout) for _ in range(config.attention_layers))
        )
        self.norm = nn.GroupNorm(GROUPS, config.width)
        self.frame_heads = nn.Conv1d(config.width, 2 * PITCH_CLASSES + 2, 1)
        self.key_head = nn.Linear(config.width, KEYS)

    def forward(self, latents: Latent | None, features: Features) -> ListenerLogits:
        """Vocal latents (b, 64, t), which may be None unless they are used, and features (b, 20, t)."""
        x = self.enter(self._inputs(latents, features))
        x = F.silu(self.norm(self.far(self.near(x))))
        heads = self.frame_heads(x)
        return ListenerLogits(
            chord=heads[:, :PITCH_CLASSES],
            bass=heads[:, PITCH_CLASSES:-2],
            beat=heads[:, -2],
            downbeat=heads[:, -1],
            key=self.key_head(x.mean(dim=-1)),
        )

    def hear(self, latents: Latent | None, features: Features) -> ListenerLogits:
        """As forward; the mean over VIEWS if features are all it hears."""
        if self.config.use_latents:  # which no one can transpose
            logits: ListenerLogits = self(latents, features)
            return logits
        return ListenerLogits.mean([self(latents, transposed_features(features, up)).transposed(-up) for up in VIEWS])

    def plan(self, latents: Latent | None, features: Features) -> Plan:
        """(b, 26, t) probabilities of what is heard, as ListenerLogits.plan."""
        return self.hear(latents, features).plan()

    def _inputs(self, latents: Tensor | None, features: Tensor) -> Tensor:
        if not self.config.use_latents:
            return features
        if latents is None:
            raise ConfigError("This listener hears the vocal's latents too: pass them beside the features.")
        return torch.cat((latents, features), dim=1)


def transposed_features(features: Features, semitones: int) -> Features:
    """Melodic features (b, 20, t) of the tune that many semitones higher; its register stays, as in training."""
    return torch.cat((features[:, :PITCH_CLASSES].roll(semitones, dims=1), features[:, PITCH_CLASSES:]), dim=1)
