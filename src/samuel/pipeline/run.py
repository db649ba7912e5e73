"""A whole run as the command line starts it: from a file to files, all of them or none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from samuel.audio import AudioFormat, Waveform, write_audio
from samuel.config import SAMPLE_RATE, SamplerName, require_range
from samuel.errors import AudioError, CheckpointError
from samuel.pipeline.accompanist import DEFAULT_MODEL, Accompaniment, Accompanist
from samuel.pipeline.output import Target, choose_target, free_target, staged
from samuel.pipeline.picture import draw_picture
from samuel.pipeline.progress import ProgressCallback, Stages
from samuel.pipeline.settings import MAX_VARIATIONS, GenerationSettings, RunSettings
from samuel.pipeline.vocal import read_vocal


@dataclass(frozen=True)
class Request:
    """What a musician asks for. None leaves the choice to the model (sampling) or to the output's name (format)."""

    vocal: Path
    output: Path | None = None  # a folder, or a file ending in .wav, .flac or .mp3
    model: str = DEFAULT_MODEL
    seed: int = 0
    variations: int = 1  # the i-th has seed + i
    sampler: SamplerName | None = None
    steps: int | None = None
    guidance: float | None = None
    vocal_gain_db: float = 0.0
    audio_format: AudioFormat | None = None
    mix_only: bool = False
    picture: bool = True
    repeats: RunSettings | None = None  # then vocal and model must be the very same

    def __post_init__(self) -> None:
        require_range("variations", self.variations, 1, MAX_VARIATIONS)
        require_range("vocal gain", self.vocal_gain_db, -40, 20)

    @classmethod
    def repeating(cls, settings: RunSettings) -> Request:
        """The request that led to settings."""
        generation = settings.generation
        return cls(
            vocal=Path(settings.vocal),
            model=generation.model,
            seed=generation.seed,
            variations=settings.variations,
            sampler=generation.sampler,
            steps=generation.steps,
            guidance=generation.guidance,
            vocal_gain_db=generation.vocal_gain_db,
            audio_format=settings.audio_format,
            mix_only=settings.mix_only,
            picture=settings.picture,
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

    @property
    def real_time_factor(self) -> float:
        """Time taken per second of music made."""
        return self.elapsed / (self.vocal_seconds * len(self.seeds))


def accompany_file(request: Request, progress: ProgressCallback | None = None) -> Report:
    """Read a vocal, accompany it and write audio, pictures and settings; on any error or Ctrl-C nothing is left behind.

    Files of another run are never replaced: the folder (or file) then gets a number. Raises SamuelError.
    """
    started = time.monotonic()
    vocal = read_vocal(request.vocal)
    accompanist = Accompanist.from_pretrained(request.model)
    target, audio_format = choose_target(request.output, request.vocal, request.audio_format)
    settings = _settings(request, accompanist, audio_format)
    notes = _check_repeat(request, settings)
    target = free_target(target, lambda place: file_names(place, settings), settings.to_json())
    stages = Stages({"accompanying": 95, "writing": 5}, progress)
    seeds = tuple(range(request.seed, request.seed + request.variations))
    names = file_names(target, settings)
    with staged(target.folder, names) as stage:
        takes = accompanist.vary(
            vocal,
            seeds=seeds,
            sampler=request.sampler,
            steps=request.steps,
            guidance=request.guidance,
            vocal_gain_db=request.vocal_gain_db,
            progress=lambda inner: stages.report("accompanying", inner.fraction),
        )
        shown = vocal.resample(SAMPLE_RATE)
        for index, take in enumerate(takes):
            _write_take(stage, target, settings, shown, take, _number(index, settings))
            stages.report("writing", (index + 1) / len(takes))
        (stage / target.name("settings", ".json")).write_text(settings.to_json(), encoding="utf-8")
    files = tuple(target.folder / name for name in names)
    return Report(files, seeds, time.monotonic() - started, vocal.seconds, notes)


def file_names(target: Target, settings: RunSettings) -> list[str]:
    """Names of all the files of a run, the settings last: where they are, the run is complete."""
    suffix = f".{settings.audio_format}"

    def names() -> Iterator[str]:
        for index in range(settings.variations):
            number = _number(index, settings)
            if not settings.mix_only:
                yield target.name("accompaniment", suffix, number, main=True)
            yield target.name("mix", suffix, number, main=settings.mix_only)
            if settings.picture:
                yield target.name("picture", ".png", number)
        yield target.name("settings", ".json")

    return list(names())


def _write_take(
    stage: Path, target: Target, settings: RunSettings, vocal: Waveform, take: Accompaniment, number: int
) -> None:
    suffix = f".{settings.audio_format}"
    band = Waveform(take.audio, take.sample_rate)
    if not settings.mix_only:
        write_audio(stage / target.name("accompaniment", suffix, number, main=True), band)
    mix_name = target.name("mix", suffix, number, main=settings.mix_only)
    write_audio(stage / mix_name, Waveform(take.mix, take.sample_rate))
    if settings.picture:
        title = f"{Path(settings.vocal).name}, seed {take.settings.seed}"
        draw_picture(stage / target.name("picture", ".png", number), vocal, band, take.beats, title)


def _settings(request: Request, accompanist: Accompanist, audio_format: AudioFormat) -> RunSettings:
    config = accompanist.sampler_config(request.sampler, request.steps, request.guidance)
    accompanist.settings(request.seed + request.variations - 1, config)  # raises if the last seed is out of range
    return RunSettings(
        vocal=str(request.vocal.absolute()),
        vocal_sha256=_sha256(request.vocal),
        variations=request.variations,
        audio_format=audio_format,
        mix_only=request.mix_only,
        picture=request.picture,
        generation=accompanist.settings(request.seed, config, request.vocal_gain_db),
    )


def _number(index: int, settings: RunSettings) -> int:
    """Variations count from 1; the only one has no number."""
    return index + 1 if settings.variations > 1 else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_repeat(request: Request, settings: RunSettings) -> tuple[str, ...]:
    """Raise unless vocal and model are those of the run to repeat; notes tell what else differs and could be heard."""
    if request.repeats is None:
        return ()
    if settings.vocal_sha256 != request.repeats.vocal_sha256:
        raise AudioError(f"{request.vocal} is not the recording of that run: give the unchanged file as VOCAL.")
    before, now = request.repeats.generation, settings.generation
    if now.model == before.model and _weights(now) != _weights(before):
        raise CheckpointError(f"model {now.model!r} has not the weights of that run: install samuel {before.version}.")
    differing = [name for name in ("version", "torch", "precision") if getattr(before, name) != getattr(now, name)]
    return tuple(
        f"{name} was {getattr(before, name)} and is {getattr(now, name)}: the take may differ slightly."
        for name in differing
    )


def _weights(settings: GenerationSettings) -> tuple[str, str]:
    return settings.model_fingerprint, settings.autoencoder_fingerprint
