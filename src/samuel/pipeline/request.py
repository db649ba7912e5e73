"""What a musician asks for, and what a run reports back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from samuel.audio import AudioFormat
from samuel.config import DEFAULT_MODEL, SamplerConfig, Sampling, require_range
from samuel.device import MAX_SEED
from samuel.errors import ConfigError
from samuel.features.beats import AS_HEARD
from samuel.pipeline.chords import Sheet, in_order
from samuel.pipeline.settings import MAX_EXTENSION, MAX_VARIATIONS, RunSettings, require_downbeat, require_tempo

HEARD: Literal["heard"] = "heard"  # for a downbeat: not that of the earlier run


@dataclass(frozen=True)
class Request:
    """What a musician asks for. What sampling leaves out is the model's choice, a format of None the output's name's.

    Raises ConfigError for a value out of range.
    """

    vocal: Path
    output: Path | None = None  # a folder, or a file ending in .wav, .flac or .mp3
    model: str = DEFAULT_MODEL
    seed: int = 0  # of the section, where one is regenerated or added
    variations: int = 1  # the i-th has seed + i
    sampling: Sampling = field(default_factory=Sampling)
    chords: Sheet | None = None  # that the band is told, as heard in the gaps; None: as the earlier run, else as heard
    tempo: float | None = None  # beats per minute, or AS_HEARD; None: as the earlier run, else as heard
    downbeat: float | Literal["heard"] | None = None  # s: where a bar begins; None: as the earlier run, else as heard
    vocal_gain_db: float = 0.0
    audio_format: AudioFormat | None = None
    mix_only: bool = False
    picture: bool = True
    extend: float = 0.0  # s of outro
    section: tuple[float, float] | None = None  # s: what to regenerate of an earlier take
    take: int | None = None  # which take of the earlier run, counted from 1
    earlier: Path | None = None  # settings file of the run whose take gets another section or outro
    repeats: RunSettings | None = None  # the earlier run: vocal and weights must be the very same

    def __post_init__(self) -> None:
        require_range("variations", self.variations, 1, MAX_VARIATIONS)
        require_range("vocal gain", self.vocal_gain_db, -40, 20)
        require_range("extend", self.extend, 0, MAX_EXTENSION)
        for seed in (self.seed, self.seed + self.variations - 1):
            require_range("seed", seed, 0, MAX_SEED)
        in_order(self.chords or ())
        require_tempo(AS_HEARD if self.tempo is None else self.tempo)
        require_downbeat(None if self.downbeat == HEARD else self.downbeat)
        SamplerConfig().with_chosen(**self.sampling)  # its ranges, long before the model says what is not given
        if self.section is not None and self.earlier is None:
            raise ConfigError("a section can only be regenerated of an earlier take: give its settings.json.")
        if self.earlier is not None:
            self._require_its_beats()
        if self.section is not None and self.extend:
            raise ConfigError("one section is made at a time: regenerate first and extend the result, or the reverse.")

    def _require_its_beats(self) -> None:
        """Raise ConfigError where a section or an outro is told other beats than its take."""
        before = self.repeats.generation if self.repeats is not None else None
        downbeat = HEARD if before is None or before.downbeat is None else before.downbeat
        tempo = AS_HEARD if before is None else before.tempo
        for name, given, kept in (("tempo", self.tempo, tempo), ("downbeat", self.downbeat, downbeat)):
            if given not in (None, kept):
                raise ConfigError(
                    f"a section or an outro keeps the {name} of its take: leave the {name} out, or make the take with"
                    f" this {name} first and change that."
                )

    @classmethod
    def repeating(cls, settings: RunSettings) -> Request:
        """The request that led to settings, the last of its edits included."""
        generation = settings.generation
        return cls._like(settings, generation.last_sampling, seed=generation.last_seed, variations=settings.variations)

    @classmethod
    def editing(
        cls,
        path: Path,
        section: tuple[float, float] | None = None,
        extend: float = 0.0,
        take: int | None = None,
        settings: RunSettings | None = None,
    ) -> Request:
        """The request to regenerate a section of the run of a settings file, or to add an outro, by its next seed."""
        settings = settings or RunSettings.from_file(path)
        generation = settings.generation
        seed = generation.last_seed + settings.variations
        return cls._like(settings, generation.sampling, seed, 1, section, extend, take, path)

    @classmethod
    def _like(
        cls,
        settings: RunSettings,
        sampling: SamplerConfig,
        seed: int,
        variations: int,
        section: tuple[float, float] | None = None,
        extend: float | None = None,
        take: int | None = None,
        earlier: Path | None = None,
    ) -> Request:
        return cls(
            vocal=Path(settings.vocal),
            model=settings.generation.model,
            seed=seed,
            variations=variations,
            sampling=sampling.as_chosen(),
            vocal_gain_db=settings.generation.vocal_gain_db,
            audio_format=settings.audio_format,
            mix_only=settings.mix_only,
            picture=settings.picture,
            extend=settings.generation.extend if extend is None else extend,
            section=section,
            take=take,
            earlier=earlier,
            repeats=settings,
        )


@dataclass(frozen=True)
class Report:
    """What a run did. elapsed and vocal_seconds in s; notes are sentences that the user should read."""

    files: tuple[Path, ...]
    seeds: tuple[int, ...]
    elapsed: float
    vocal_seconds: float
    notes: tuple[str, ...] = ()
    style: str = ""  # of what was made; empty: any
    beats: tuple[float, ...] = ()  # s

    @property
    def tempo(self) -> float:
        """Beats per minute, by the mean distance of the beats; 0 with fewer than two."""
        return 60 * (len(self.beats) - 1) / (self.beats[-1] - self.beats[0]) if len(self.beats) > 1 else 0.0

    @property
    def real_time_factor(self) -> float:
        """Time taken per second of music made."""
        return self.elapsed / (self.vocal_seconds * len(self.seeds))
