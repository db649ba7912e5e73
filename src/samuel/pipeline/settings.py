"""What a run was made with: written beside the audio, enough to repeat it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from samuel.audio import AUDIO_FORMATS, AudioFormat
from samuel.checkpoint.settings import settings_from_dict, settings_to_dict
from samuel.config import SamplerName, require_choice, require_range
from samuel.device import MAX_SEED
from samuel.errors import ConfigError

MAX_VARIATIONS = 16


@dataclass(frozen=True)
class GenerationSettings:
    """Everything that decides how an accompaniment sounds, beside the vocal itself."""

    seed: int
    sampler: SamplerName
    steps: int
    guidance: float
    vocal_gain_db: float
    model: str
    model_fingerprint: str  # sha256 of the weight file
    autoencoder: str
    autoencoder_fingerprint: str
    version: str  # of this program
    torch: str
    precision: str  # "fp32", or "bf16" where the processor has it: the same take up to rounding

    def __post_init__(self) -> None:
        require_range("seed", self.seed, 0, MAX_SEED)


@dataclass(frozen=True)
class RunSettings:
    """A run of the command line: from which file, how, and what was written. Variation i has seed + i."""

    vocal: str
    vocal_sha256: str
    variations: int
    audio_format: AudioFormat
    mix_only: bool
    picture: bool
    generation: GenerationSettings

    def __post_init__(self) -> None:
        require_range("variations", self.variations, 1, MAX_VARIATIONS)
        require_choice("format", self.audio_format, AUDIO_FORMATS)

    def to_json(self) -> str:
        """Readable JSON; from_file is the inverse."""
        return json.dumps(settings_to_dict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_file(cls, path: Path) -> RunSettings:
        """Read a settings file. Raises ConfigError if it is absent, no JSON, or holds unknown or missing settings."""
        remedy = "give a settings.json of an earlier run."
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
        except ValueError as error:
            raise ConfigError(f"{path} is not readable as JSON: {remedy}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path} holds no settings: {remedy}")
        return settings_from_dict(cls, values)
