"""A part of a finished take made anew: only that part is drawn, and only that part of the sound is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samuel.audio import Waveform, as_written, limit, mix
from samuel.config import HOP, SAMPLE_RATE
from samuel.errors import CheckpointError
from samuel.model.condition import Condition
from samuel.pipeline.chords import sheet_of, spliced, with_chords
from samuel.pipeline.listening import beats_of
from samuel.pipeline.progress import ProgressCallback, Stages
from samuel.pipeline.sampling import Known, sample_songs
from samuel.pipeline.sections import Section, level_of, splice, surroundings
from samuel.pipeline.settings import Edit, GenerationSettings
from samuel.pipeline.take import Accompaniment, stages_of
from samuel.pipeline.vocal import lengthened
from samuel.segments import Window

if TYPE_CHECKING:
    from samuel.pipeline.accompanist import Accompanist


def edit_take(
    accompanist: Accompanist,
    vocal: Waveform,
    previous: Accompaniment,
    edit: Edit,
    progress: ProgressCallback | None = None,
) -> Accompaniment:
    """The previous take with one more edit. vocal: the recording that it accompanies, at 44.1 kHz.

    The model sees the latents on either side of the section and draws those inside; their sound is put into the
    earlier sound, which beyond sections.FADE stays as it is. Raises ConfigError for a section outside the take and
    CheckpointError for a take of another model.
    """
    require_own(accompanist, previous.settings)
    section = Section.of(edit, previous.audio.shape[1])
    settings = replace(previous.settings, edits=(*previous.settings.edits, edit))
    stages = stages_of(edit.sampling, 1, progress)
    vocal = lengthened(vocal, max(previous.audio.shape[1], section.stop))
    span = surroundings(section.frames, -(-vocal.length // HOP), accompanist.windowing)
    stages.report("listening", 0.0)
    # heard as a whole, as for the take itself: else the section would follow another beat
    hearing = accompanist.condition(vocal, settings.beats_told)
    chords = sheet_of(hearing.plan, beats_of(hearing.plan), vocal.seconds, settings.told)
    if previous.chords:  # a longer vocal may be heard otherwise, and what was played before stays
        chords = spliced(previous.chords, chords, edit.start, edit.stop)
    condition = with_chords(hearing, edit.chords)
    latents = _redrawn(accompanist, condition, previous, section, span, edit, stages)
    stages.report("mixing", 0.0)
    band = as_written(Waveform(_spliced(accompanist, latents, previous, section, span), SAMPLE_RATE))
    mixed = splice(previous.mix, mix(vocal, band, settings.vocal_gain_db).samples, section)
    stages.report("mixing", 1.0)
    mixed = as_written(Waveform(mixed, SAMPLE_RATE)).samples
    return replace(previous, audio=band.samples, mix=mixed, settings=settings, chords=chords, latents=latents.numpy())


def make_again(
    accompanist: Accompanist,
    vocal: Waveform,
    settings: GenerationSettings,
    progress: ProgressCallback | None = None,
) -> Accompaniment:
    """The take of these settings from the beginning: first the whole of it, then one edit after the other.

    progress hears of the whole alone.
    """
    take = unedited_takes(accompanist, vocal, settings, progress=progress)[0]
    for edit in settings.edits:
        take = edit_take(accompanist, vocal, take, edit)
    return take


def unedited_takes(
    accompanist: Accompanist,
    vocal: Waveform,
    settings: GenerationSettings,
    count: int = 1,
    progress: ProgressCallback | None = None,
) -> list[Accompaniment]:
    """`count` takes of these settings before any edit, with this seed and the ones after it."""
    return accompanist.vary(
        vocal,
        seeds=range(settings.seed, settings.seed + count),
        vocal_gain_db=settings.vocal_gain_db,
        extend=settings.extend,
        chords=settings.chords,
        tempo=settings.tempo,
        downbeat=settings.downbeat,
        progress=progress,
        **settings.sampling.as_chosen(),
    )


def require_own(accompanist: Accompanist, settings: GenerationSettings) -> None:
    """Raise CheckpointError unless the settings are of a take by these very weights."""
    if not settings.shares_weights_with(accompanist.settings(settings.seed, settings.sampling)):
        raise CheckpointError(
            f"the earlier take was made by model {settings.model!r} with other weights than those of"
            f" {accompanist.source!r}: go on with the model that made it."
        )


def _redrawn(
    accompanist: Accompanist,
    condition: Condition,
    previous: Accompaniment,
    section: Section,
    span: Window,
    edit: Edit,
    stages: Stages,
) -> Tensor:
    """Latents (64, frames) of the whole take, the section's drawn anew from the span that the model is shown."""
    missing = condition.shape[1] - previous.latents.shape[1]
    latents = torch.from_numpy(np.pad(previous.latents, ((0, 0), (0, missing))))
    anew = Window(section.frames.start - span.start, section.frames.stop - span.start)
    drawn = sample_songs(
        accompanist.denoiser,
        condition.cut(span.start, span.stop),
        [edit.seed],
        edit.sampling,
        accompanist.windowing,
        on_fraction=lambda fraction: stages.report("playing", fraction),
        known=Known(span.of(latents), anew),
    )[0]
    span.of(latents).copy_(drawn)
    return latents


def _spliced(
    accompanist: Accompanist, latents: Tensor, previous: Accompaniment, section: Section, span: Window
) -> NDArray[np.float32]:
    """The previous band with the section's new sound, at the level that the take has around it."""
    offset = span.start * HOP
    own = accompanist.decode(span.of(torch.from_numpy(previous.latents)))[:, : previous.audio.shape[1] - offset]
    gain = level_of(own, previous.audio[:, offset : offset + own.shape[1]])
    new = limit(Waveform(accompanist.decode(span.of(latents)) * np.float32(gain), SAMPLE_RATE))
    return splice(previous.audio, new.samples, section, offset)
