"""A whole run as the command line starts it: from a file to files, all of them or none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from samuel.audio import AudioFormat, Waveform, as_written, mix
from samuel.config import SAMPLE_RATE, SamplerConfig
from samuel.errors import AudioError, CheckpointError
from samuel.features.beats import AS_HEARD
from samuel.pipeline.accompanist import Accompanist
from samuel.pipeline.chords import in_order, require_within, sheet_to_text, tells_within
from samuel.pipeline.editing import edit_take, make_again, require_own, unedited_takes
from samuel.pipeline.files import (
    CHORDS,
    SETTINGS,
    file_names,
    keeps_takes,
    read_take,
    take_files,
    take_index,
    tells_chords,
    write_take,
)
from samuel.pipeline.output import choose_target, free_target, staged
from samuel.pipeline.progress import Progress, ProgressCallback, Stages
from samuel.pipeline.request import HEARD, Report, Request
from samuel.pipeline.sections import Section
from samuel.pipeline.settings import Edit, GenerationSettings, RunSettings, require_downbeat
from samuel.pipeline.take import Accompaniment
from samuel.pipeline.vocal import lengthened, read_vocal


def accompany_file(request: Request, progress: ProgressCallback | None = None) -> Report:
    """Read a vocal, accompany it and write audio, pictures and settings; on any error or Ctrl-C nothing is left behind.

    Files of another run are never replaced: the folder (or file) then gets a number. Raises SamuelError.
    """
    started = time.monotonic()
    target, audio_format = choose_target(request.output, request.vocal, request.audio_format)
    _require_recording(request)
    vocal = read_vocal(request.vocal).resample(SAMPLE_RATE)
    vocal_sha256 = _sha256(request.vocal)
    _check_vocal(request, vocal_sha256)
    before = _earlier_settings(request, vocal)
    _check_times(request, vocal)
    earlier = _earlier_take(request, vocal)
    accompanist = Accompanist.from_pretrained(request.model)  # takes long: all that can be refused without it is
    if before is not None:
        require_own(accompanist, before)
    settings = _settings(request, accompanist, vocal, vocal_sha256, audio_format, before)
    notes = _check_repeat(request, settings) + _idle_options(request, settings.generation, accompanist)
    if before is not None and earlier is None:
        notes += ("the earlier take was made again first, for its files do not keep every sample of it.",)
    target = free_target(target, lambda place: file_names(place, settings), settings.to_json())
    stages = Stages({"accompanying": 95, "writing": 5}, progress)
    names = file_names(target, settings)
    with staged(target.folder, names) as stage:
        takes = _takes(accompanist, vocal, settings, earlier, lambda done: stages.report("accompanying", done))
        for index, take in enumerate(takes):
            title = f"{request.vocal.name}, {take.settings.in_words}"
            shown = lengthened(vocal, take.audio.shape[1])
            write_take(stage, take_files(target, settings, index), shown, take, title)
            stages.report("writing", (index + 1) / len(takes))
        if tells_chords(settings):
            (stage / target.name(CHORDS, ".txt")).write_text(sheet_to_text(takes[0].chords), encoding="utf-8")
        (stage / target.name(SETTINGS, ".json")).write_text(settings.to_json(), encoding="utf-8")
    files = tuple(target.folder / name for name in names)
    seeds = tuple(settings.generation.last_seed + index for index in range(settings.variations))
    style = settings.generation.last_sampling.style
    return Report(files, seeds, time.monotonic() - started, vocal.seconds, notes, style, takes[0].beats)


def _idle_options(request: Request, settings: GenerationSettings, accompanist: Accompanist) -> tuple[str, ...]:
    """Notes on what was asked for and changes nothing."""
    notes: tuple[str, ...] = ()
    drawn = settings.last_sampling
    if not drawn.style and drawn.style_guidance != accompanist.denoiser.sampler.style_guidance:
        notes += ("the style guidance changes nothing, for no style was asked for.",)
    last = settings.edits[-1] if request.earlier is not None else None  # a run made again plays them all over the take
    if last is not None and request.chords and not tells_within(last.chords, last.start, last.stop):
        notes += ("none of these chords lies in the section that is made anew: it is played as heard.",)
    return notes


def _takes(
    accompanist: Accompanist,
    vocal: Waveform,
    settings: RunSettings,
    earlier: Accompaniment | None,
    on_fraction: Callable[[float], None],
) -> list[Accompaniment]:
    """All takes; those with edits begin with the earlier take, or with what was made before the last edit."""
    generation, count = settings.generation, settings.variations
    if not generation.edits:
        return unedited_takes(accompanist, vocal, generation, count, progress=lambda inner: on_fraction(inner.fraction))
    made, total = 0, count + (earlier is None)

    def report(inner: Progress) -> None:
        on_fraction((made + inner.fraction) / total)

    takes: list[Accompaniment] = []
    base = earlier or make_again(accompanist, vocal, replace(generation, edits=generation.edits[:-1]), report)
    for index in range(count):
        made = total - count + index
        takes.append(edit_take(accompanist, vocal, base, generation.variation(index).edits[-1], report))
    return takes


def _earlier_settings(request: Request, vocal: Waveform) -> GenerationSettings | None:
    """Those of the take that gets an edit, the voice as loud as is asked for now. Raises SamuelError."""
    if request.earlier is None or request.repeats is None:
        return None
    index = take_index(request.earlier, request.repeats, request.take)
    before = request.repeats.generation.variation(index)
    _edit(request, before.sampling, before, vocal.length)  # raises if it does not lie within the take
    return replace(before, vocal_gain_db=float(request.vocal_gain_db))


def _earlier_take(request: Request, vocal: Waveform) -> Accompaniment | None:
    """The take that gets an edit, mixed as is asked for now; None if its files do not keep it. Raises SamuelError."""
    if request.earlier is None or request.repeats is None or not keeps_takes(request.repeats):
        return None
    index = take_index(request.earlier, request.repeats, request.take)
    take = read_take(request.earlier, request.repeats, index, vocal.length)
    gain = float(request.vocal_gain_db)
    if gain == take.settings.vocal_gain_db:
        return take
    remixed = mix(lengthened(vocal, take.audio.shape[1]), Waveform(take.audio, SAMPLE_RATE), gain)
    return replace(take, mix=as_written(remixed).samples, settings=replace(take.settings, vocal_gain_db=gain))


def _settings(
    request: Request,
    accompanist: Accompanist,
    vocal: Waveform,
    vocal_sha256: str,
    audio_format: AudioFormat,
    earlier: GenerationSettings | None,
) -> RunSettings:
    generation = _generation(request, accompanist, vocal, earlier)
    return RunSettings(
        vocal=str(request.vocal.absolute()),
        vocal_sha256=vocal_sha256,
        variations=request.variations,
        audio_format=audio_format,
        mix_only=request.mix_only,
        picture=request.picture,
        generation=generation,
    )


def _generation(
    request: Request, accompanist: Accompanist, vocal: Waveform, earlier: GenerationSettings | None
) -> GenerationSettings:
    """What the first take is made with."""
    config = accompanist.sampler_config(**request.sampling)
    if earlier is not None:
        edit = _edit(request, config, earlier, vocal.length)
        return replace(earlier, edits=(*earlier.edits, edit))
    again = request.repeats.generation if request.repeats is not None else None
    tempo = request.tempo
    if tempo is None:
        tempo = again.tempo if again is not None else AS_HEARD
    downbeat = None if request.downbeat == HEARD else request.downbeat
    if request.downbeat is None and again is not None:
        downbeat = again.downbeat
    gain = request.vocal_gain_db
    if again is None or not again.edits:
        chords = request.chords
        if chords is None:
            chords = again.chords if again is not None else ()
        return accompanist.settings(request.seed, config, gain, request.extend, chords, tempo, downbeat)
    fresh = accompanist.settings(again.seed, again.sampling, gain, again.extend, again.chords, tempo, downbeat)
    *before, last = again.edits
    edited = replace(fresh, edits=(*before, replace(last, seed=request.seed, sampling=config)))
    return edited if request.chords is None else edited.retold(in_order(request.chords), vocal.length)


def _edit(request: Request, config: SamplerConfig, before: GenerationSettings, vocal_length: int) -> Edit:
    """What is asked for of an earlier take. Raises ConfigError if it does not lie within it."""
    length = before.length(vocal_length)
    end = length / SAMPLE_RATE
    start, stop = request.section or (end, end + request.extend)
    chords = before.told if request.chords is None else in_order(request.chords)
    edit = Edit(float(start), float(stop), request.seed, config, chords)
    Section.of(edit, length)
    return edit


def _check_times(request: Request, vocal: Waveform) -> None:
    """Raise ConfigError for a chord beyond the end of what is to be made, or a downbeat beyond that of the vocal."""
    require_downbeat(None if request.downbeat == HEARD else request.downbeat, vocal.seconds)
    seconds = vocal.seconds
    if request.repeats is not None:
        seconds = request.repeats.generation.length(vocal.length) / SAMPLE_RATE
    if request.repeats is None or request.earlier is not None:
        seconds += request.extend
    require_within(request.chords or (), seconds)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_recording(request: Request) -> None:
    """Raise AudioError where the recording is no longer where the earlier run found it."""
    if request.repeats is not None and str(request.vocal) == request.repeats.vocal and not request.vocal.exists():
        raise AudioError(f"{request.vocal}, the recording of that run, is gone: give the unchanged file as VOCAL.")


def _check_vocal(request: Request, sha256: str) -> None:
    if request.repeats is not None and sha256 != request.repeats.vocal_sha256:
        raise AudioError(f"{request.vocal} is not the recording of that run: give the unchanged file as VOCAL.")


def _check_repeat(request: Request, settings: RunSettings) -> tuple[str, ...]:
    """Raise unless the weights are those of the run to repeat; notes tell what else differs and could be heard."""
    if request.repeats is None:
        return ()
    before, now = request.repeats.generation, settings.generation
    if now.model == before.model and not now.shares_weights_with(before):
        raise CheckpointError(f"model {now.model!r} has not the weights of that run: install samuel {before.version}.")
    differing = [name for name in ("version", "torch", "precision") if getattr(before, name) != getattr(now, name)]
    return tuple(
        f"{name} was {getattr(before, name)} and is {getattr(now, name)}: the take may differ slightly."
        for name in differing
    )
