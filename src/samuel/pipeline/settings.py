"""What a run was made with: written beside the audio, enough to repeat it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

from samuel.audio import AUDIO_FORMATS, AudioFormat
from samuel.checkpoint.settings import settings_from_dict, settings_to_dict
from samuel.config import SAMPLE_RATE, SamplerConfig, require_choice, require_range
from samuel.device import MAX_SEED
from samuel.errors import ConfigError
from samuel.features.beats import AS_HEARD, FASTEST, SLOWEST, Told
from samuel.pipeline.chords import Sheet, before_end, changes_of, spliced

MAX_VARIATIONS = 16
TEMPO_REMEDY = f"give beats per minute from {SLOWEST:g} to {FASTEST:g}, or leave it out for the tempo that is heard."
DOWNBEAT_REMEDY = "give the seconds at which a bar begins (75 or 1:15), or leave it out for the bars that are heard."
MAX_EXTENSION = 60.0  # s: an outro; the model knows nothing of a song in which no one sings


@dataclass(frozen=True)
class Edit:
    """The part from start to stop (s) of a finished take, made anew; one that starts at the take's end extends it."""

    start: float
    stop: float
    seed: int
    sampling: SamplerConfig
    chords: Sheet = ()  # of the whole song, as the band was told them for this part

    def __post_init__(self) -> None:
        require_range("seed", self.seed, 0, MAX_SEED)


@dataclass(frozen=True)
class GenerationSettings:
    """Everything that decides how an accompaniment sounds, beside the vocal itself."""

    seed: int
    sampling: SamplerConfig  # how the take was drawn before any edit
    vocal_gain_db: float
    model: str
    model_fingerprint: str  # sha256 of the weight file
    autoencoder: str
    autoencoder_fingerprint: str
    version: str  # of this program
    torch: str
    precision: str  # "fp32", or "bf16" where the processor has it: the same take up to rounding
    listener: str | None = None  # None without one, and in settings that were written before it was named
    listener_fingerprint: str | None = None
    extend: float = 0.0  # s of outro that were made together with the rest
    edits: tuple[Edit, ...] = ()  # in the order in which they were made
    chords: Sheet = ()  # that the band was told; where it has gaps, those that the listener heard
    tempo: float = AS_HEARD  # beats per minute that the band was told
    downbeat: float | None = None  # s: where a bar begins, as the band was told

    def __post_init__(self) -> None:
        require_range("seed", self.seed, 0, MAX_SEED)
        require_range("extend", self.extend, 0, MAX_EXTENSION)
        require_tempo(self.tempo)
        require_downbeat(self.downbeat)

    @property
    def beats_told(self) -> Told:
        """What the band was told of the beats of the whole take; chords of an edit leave its beats as they were."""
        return Told(self.tempo, self.downbeat, changes_of(self.chords))

    @property
    def in_words(self) -> str:
        """What tells takes apart, such as "reggae, seed 0; 3-6 s swing, seed 1": the whole, then what was made anew."""
        words = [_in_words(self.sampling.style, self.seed)]
        for edit in self.edits:
            words.append(f"{edit.start:g}-{edit.stop:g} s {_in_words(edit.sampling.style, edit.seed)}")
        return "; ".join(words)

    @property
    def last_sampling(self) -> SamplerConfig:
        """How what was made last was drawn: the last edit, or the take itself."""
        return self.edits[-1].sampling if self.edits else self.sampling

    @property
    def told(self) -> Sheet:
        """The chords that the band was told, each part's as it was made last; gaps are as heard."""
        sheet = self.chords
        for edit in self.edits:
            sheet = spliced(sheet, edit.chords, edit.start, edit.stop)
        return sheet

    def retold(self, chords: Sheet, vocal_length: int) -> GenerationSettings:
        """These settings with other chords for the take and all its edits. vocal_length: samples at 44.1 kHz."""
        seconds = replace(self, edits=()).length(vocal_length) / SAMPLE_RATE
        edits = tuple(replace(edit, chords=chords) for edit in self.edits)
        return replace(self, chords=before_end(chords, seconds), edits=edits)

    @property
    def last_seed(self) -> int:
        """The seed of what was made last: the last edit, or the take itself."""
        return self.edits[-1].seed if self.edits else self.seed

    def shares_weights_with(self, other: GenerationSettings) -> bool:
        """Whether the same weights made both; a listener that one of them does not name may be any."""
        listeners = {self.listener_fingerprint, other.listener_fingerprint} - {None}
        return (
            self.model_fingerprint == other.model_fingerprint
            and self.autoencoder_fingerprint == other.autoencoder_fingerprint
            and len(listeners) <= 1
        )

    def variation(self, index: int) -> GenerationSettings:
        """These settings with the last seed raised by index. Raises ConfigError if that is out of range."""
        if not self.edits:
            return replace(self, seed=self.seed + index)
        *before, last = self.edits
        return replace(self, edits=(*before, replace(last, seed=last.seed + index)))

    def length(self, vocal_length: int) -> int:
        """Samples of the take at 44.1 kHz, from those of the vocal at that rate."""
        whole = vocal_length + round(self.extend * SAMPLE_RATE)
        return max(whole, *(round(edit.stop * SAMPLE_RATE) for edit in self.edits), 0)


@dataclass(frozen=True)
class RunSettings:
    """A run of the command line: from which file, how, and what was written. generation is the first take's."""

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
        remedy = "give the settings.json of an earlier run, or its folder."
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
        except ValueError as error:
            raise ConfigError(f"{path} is not readable as JSON: {remedy}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path} holds no settings: {remedy}")
        try:
            return settings_from_dict(cls, values)
        except ConfigError as error:
            raise ConfigError(f"{path} does not fit this version of samuel: {error} Or make the take anew.") from error


def require_tempo(tempo: float) -> None:
    """Raise ConfigError for what is no number of beats per minute that beats are looked for at; AS_HEARD passes."""
    if isinstance(tempo, bool) or not isinstance(tempo, int | float):
        raise ConfigError(f"tempo {tempo!r} is no number: {TEMPO_REMEDY}")
    if tempo != AS_HEARD and not SLOWEST <= tempo <= FASTEST:
        raise ConfigError(f"tempo {tempo:g} is out of range: {TEMPO_REMEDY}")


def require_downbeat(downbeat: float | None, seconds: float = float("inf")) -> None:
    """Raise ConfigError for what is no time in a song of so many seconds; None passes."""
    if downbeat is None:
        return
    if isinstance(downbeat, bool) or not isinstance(downbeat, int | float):
        raise ConfigError(f"downbeat {downbeat!r} is no number: {DOWNBEAT_REMEDY}")
    if not 0 <= downbeat < seconds:
        song = f", and the song ends at {seconds:.1f} s" if math.isfinite(seconds) and downbeat >= seconds else ""
        raise ConfigError(f"downbeat {downbeat:g} is out of range{song}: {DOWNBEAT_REMEDY}")


def _in_words(style: str, seed: int) -> str:
    return f"{style}, seed {seed}" if style else f"seed {seed}"
