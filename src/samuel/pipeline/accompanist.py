"""The Python interface: a vocal in, an accompaniment out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samuel import __version__
from samuel.audio import Waveform, as_written, mix, normalise_loudness
from samuel.audio.scratch import copied
from samuel.autoencoder.base import Autoencoder
from samuel.checkpoint.load import LoadedDenoiser, load_autoencoder, load_denoiser
from samuel.config import CLIP_FRAMES, DEFAULT_MODEL, SAMPLE_RATE, SamplerConfig, Sampling, require_range
from samuel.device import precision
from samuel.errors import AudioError
from samuel.features.beats import AS_HEARD, Told
from samuel.model.condition import Condition, resolve_style
from samuel.pipeline.chords import Sheet, changes_of, in_order, require_within, sheet_of, with_chords
from samuel.pipeline.editing import edit_take
from samuel.pipeline.listening import Hearing, beats_of, can_listen, first_impression, listen
from samuel.pipeline.progress import ProgressCallback, Stages
from samuel.pipeline.sampling import Windowing, sample_songs
from samuel.pipeline.settings import MAX_VARIATIONS, Edit, GenerationSettings, require_downbeat, require_tempo
from samuel.pipeline.take import Accompaniment, stages_of
from samuel.pipeline.vocal import check_vocal, heard, lengthened


@dataclass(frozen=True, eq=False)
class Accompanist:
    """A denoiser, its autoencoder and its listener, ready to play. Make one by from_pretrained."""

    denoiser: LoadedDenoiser
    autoencoder: Autoencoder
    source: str  # name or folder, as it was given
    windowing: Windowing = field(default_factory=lambda: Windowing(CLIP_FRAMES))

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path = DEFAULT_MODEL) -> Accompanist:
        """Load a bundled model by name or one from a folder. Raises CheckpointError if it is unknown or damaged."""
        loaded = load_denoiser(name_or_folder)
        return cls(loaded, load_autoencoder(loaded.autoencoder), str(name_or_folder))

    @property
    def styles(self) -> tuple[str, ...]:
        """The bands that can be asked for by name."""
        return self.denoiser.model.config.styles

    def __call__(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        *,
        seed: int = 0,
        vocal_gain_db: float = 0.0,
        extend: float = 0.0,
        chords: Sheet = (),
        tempo: float = AS_HEARD,
        downbeat: float | None = None,
        progress: ProgressCallback | None = None,
        **sampling: Unpack[Sampling],
    ) -> Accompaniment:
        """Accompany a vocal of 1 s to 10 min: a Waveform, or an array (n,) or (channel, n) with its sample_rate in Hz.

        sampling: any field of SamplerConfig, as in steps=8 or style="rock" (one of `styles`, "" for any); what is not
        given is the model's own. extend adds an outro of so many seconds. chords: those that the band is to play (see
        samuel.pipeline.chords); where they have gaps, those that are heard. tempo: beats per minute, 50 to 210, that
        the singer knows, or AS_HEARD (0). downbeat: where some bar begins (s), None as heard. Raises AudioError for a
        vocal that cannot be used and ConfigError for a setting out of range.
        """
        return self.vary(
            vocal,
            sample_rate,
            seeds=[seed],
            vocal_gain_db=vocal_gain_db,
            extend=extend,
            chords=chords,
            tempo=tempo,
            downbeat=downbeat,
            progress=progress,
            **sampling,
        )[0]

    def vary(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        *,
        seeds: Sequence[int],
        vocal_gain_db: float = 0.0,
        extend: float = 0.0,
        chords: Sheet = (),
        tempo: float = AS_HEARD,
        downbeat: float | None = None,
        progress: ProgressCallback | None = None,
        **sampling: Unpack[Sampling],
    ) -> list[Accompaniment]:
        """One accompaniment for each seed, as a call with that seed alone would make it; the vocal is heard once."""
        require_range("variations", len(seeds), 1, MAX_VARIATIONS)
        config = self.sampler_config(**sampling)
        settings = [self.settings(seed, config, vocal_gain_db, extend, chords, tempo, downbeat) for seed in seeds]
        recording = _recording(vocal, sample_rate)
        whole = lengthened(recording, settings[0].length(recording.length))
        require_within(settings[0].chords, whole.seconds)
        require_downbeat(downbeat, recording.seconds)
        return self._accompany(whole, config, settings, stages_of(config, len(seeds), progress))

    def hear(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        chords: Sheet = (),
        tempo: float = AS_HEARD,
        downbeat: float | None = None,
    ) -> Hearing:
        """What a call with these chords and beats knows of a vocal before it plays, for any number of bands.

        Raises AudioError and ConfigError as a call does.
        """
        recording = _recording(vocal, sample_rate)
        sheet = in_order(chords)
        require_within(sheet, recording.seconds)
        require_tempo(tempo)
        require_downbeat(downbeat, recording.seconds)
        told = Told(tempo, downbeat, changes_of(sheet))
        return Hearing(with_chords(self.condition(recording, told), sheet), recording.length)

    def band(self, hearing: Hearing, *, seed: int = 0, **sampling: Unpack[Sampling]) -> Waveform:
        """The band alone, without beats and mix: sample by sample the `audio` of a call with the same settings.

        Raises ConfigError for a setting out of range.
        """
        config = self.sampler_config(**sampling)
        latents = sample_songs(self.denoiser, hearing.condition, [seed], config, self.windowing)[0]
        return self._levelled(latents, hearing.length)

    def regenerate(
        self,
        vocal: Waveform | NDArray[Any],
        sample_rate: int | None = None,
        *,
        previous: Accompaniment,
        section: tuple[float, float],
        seed: int,
        style: str | None = None,
        chords: Sheet | None = None,
        progress: ProgressCallback | None = None,
    ) -> Accompaniment:
        """The previous take with the section (s) made anew, fitting to what is around it, from its own seed.

        vocal is the recording of the previous take. Beyond 46 ms on either side of the section every sample stays. A
        section that starts where the take ends, as (24.0, 32.0) for a take of 24 s, gives it an outro. style: the band
        of the section, None for that of the take. chords: of the song, None for those that the take was told. Raises
        ConfigError for a section outside the take, CheckpointError for a take of another model.
        """
        told = previous.settings.told if chords is None else in_order(chords)
        require_within(told, max(section[1], previous.audio.shape[1] / SAMPLE_RATE))
        sampling = previous.settings.sampling.with_chosen(style=style)
        edit = Edit(*section, seed, replace(sampling, style=resolve_style(sampling.style, self.styles)), told)
        return edit_take(self, _recording(vocal, sample_rate), previous, edit, progress)

    def sampler_config(self, **sampling: Unpack[Sampling]) -> SamplerConfig:
        """The model's own sampler settings, with what is given in their place. Raises ConfigError if out of range."""
        config = self.denoiser.sampler.with_chosen(**sampling)
        return replace(config, style=resolve_style(config.style, self.styles))

    def settings(
        self,
        seed: int,
        config: SamplerConfig,
        vocal_gain_db: float = 0.0,
        extend: float = 0.0,
        chords: Sheet = (),
        tempo: float = AS_HEARD,
        downbeat: float | None = None,
    ) -> GenerationSettings:
        """What a run with this seed is made with. Raises ConfigError for a value out of range."""
        require_range("vocal gain", vocal_gain_db, -40, 20)
        require_tempo(tempo)
        require_downbeat(downbeat)
        listener = self.denoiser.listener if self.denoiser.model.config.plan_channels else None
        return GenerationSettings(
            seed=seed,
            sampling=config,
            vocal_gain_db=float(vocal_gain_db),
            model=self.source,
            model_fingerprint=self.denoiser.fingerprint,
            autoencoder=self.denoiser.autoencoder.name,
            autoencoder_fingerprint=self.denoiser.autoencoder_fingerprint,
            version=__version__,
            torch=torch.__version__,
            precision=precision(),
            listener=listener.name if listener else None,
            listener_fingerprint=listener.fingerprint if listener else None,
            extend=float(extend),
            chords=in_order(chords),
            tempo=float(tempo),
            downbeat=None if downbeat is None else float(downbeat),
        )

    def _accompany(
        self, vocal: Waveform, config: SamplerConfig, settings: list[GenerationSettings], stages: Stages
    ) -> list[Accompaniment]:
        stages.report("listening", 0.0)
        told = settings[0].chords
        hearing = self.condition(vocal, settings[0].beats_told)
        beats, takes = beats_of(hearing.plan), []
        chords = sheet_of(hearing.plan, beats, vocal.seconds, told)
        stages.report("playing", 0.0)
        songs = sample_songs(
            self.denoiser,
            with_chords(hearing, told),
            [each.seed for each in settings],
            config,
            self.windowing,
            on_fraction=lambda fraction: stages.report("playing", fraction),
        )
        for index, (latents, each) in enumerate(zip(songs, settings, strict=True)):
            takes.append(self._finish(vocal, latents, each, beats, chords))
            stages.report("mixing", (index + 1) / len(songs))
        return takes

    def _finish(
        self, vocal: Waveform, latents: Tensor, settings: GenerationSettings, beats: tuple[float, ...], chords: Sheet
    ) -> Accompaniment:
        """The band and its mix with the vocal."""
        band = self._levelled(latents, vocal.length)
        mixed = as_written(mix(vocal, band, settings.vocal_gain_db), in_place=True)
        return Accompaniment(band.samples, mixed.samples, SAMPLE_RATE, settings, beats, chords, latents.numpy())

    def condition(self, vocal: Waveform, told: Told | None = None) -> Condition:
        """What the model hears in a whole song at 44.1 kHz, b = 1; told: what the singer tells of its beats."""
        return listen(heard(vocal), self.denoiser, self.autoencoder, self.windowing.length, told)

    def first_impression(self, vocal: Waveform) -> Condition:
        """As condition, with the beat channels of the plan as the network leans: no beat is tracked yet."""
        recording = heard(_recording(vocal, None))
        return first_impression(recording, self.denoiser, self.autoencoder, self.windowing.length)

    @property
    def listens(self) -> bool:
        """Whether a listener hears chords and beats for this model."""
        return can_listen(self.denoiser)

    def _levelled(self, latents: Tensor, length: int) -> Waveform:
        """Decode the whole song, cut it to the vocal's length, and set its level."""
        audio = self.decode(latents)
        audio = audio if audio.shape[1] == length else copied(audio[:, :length])
        return as_written(normalise_loudness(Waveform(audio, SAMPLE_RATE), in_place=True), in_place=True)

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> NDArray[np.float32]:
        """Latents (64, t) in the autoencoder's own scale -> samples (2, t * 2048), at no level in particular."""
        audio: NDArray[np.float32] = self.autoencoder.decode(latents[None])[0].float().numpy()
        return audio


def _recording(vocal: Waveform | NDArray[Any], sample_rate: int | None) -> Waveform:
    """The vocal at 44.1 kHz, checked."""
    if not isinstance(vocal, Waveform):
        if sample_rate is None:
            raise AudioError("the vocal's sample rate is missing: give sample_rate in Hz beside the array.")
        vocal = Waveform.from_array(vocal, sample_rate)
    check_vocal(vocal)
    return vocal.resample(SAMPLE_RATE)
