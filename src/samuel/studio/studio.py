"""The studio itself: every function of the page and of the HTTP interface, for one visitor at a time by their token."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from samuel.audio import AudioFormat, Waveform, read_audio, write_audio
from samuel.config import SAMPLE_RATE, SamplerName, require_range
from samuel.device import MAX_SEED
from samuel.errors import SamuelError
from samuel.features.beats import AS_HEARD, Told
from samuel.model.condition import resolve_style
from samuel.pipeline import EXAMPLE, Accompaniment, Accompanist, Progress, ProgressCallback
from samuel.pipeline.chords import Sheet, changes_of, require_within
from samuel.pipeline.sections import Section
from samuel.pipeline.settings import MAX_EXTENSION, MAX_VARIATIONS, Edit, require_downbeat, require_tempo
from samuel.studio.analysis import Beats, analyse
from samuel.studio.jobs import Job, JobQueue, JobView
from samuel.studio.limits import LimitError, Limits, UnknownError
from samuel.studio.session import Recording, Take, Visitor, Visitors
from samuel.studio.sound import cut, open_recording, tidied
from samuel.studio.storage import Storage
from samuel.studio.takes import BYTES_A_SECOND, Part, export_take, keep_take, read_back

_EXPORTS = 2  # downloads made ready at once: one of 10 minutes takes some 600 MB of memory

Make = Callable[[Accompanist, Waveform, ProgressCallback], Accompaniment]


@dataclass(frozen=True)
class Wish:
    """How takes are to be drawn; None stands for the model's own."""

    seed: int = 0
    takes: int = 1
    steps: int | None = None
    guidance: float | None = None
    sampler: SamplerName | None = None
    style: str | None = None
    chords: Sheet = ()  # that the band is told
    tempo: float = AS_HEARD  # beats per minute that it is told
    downbeat: float | None = None  # s: where a bar begins, as it is told

    def require_within(self, seconds: float) -> None:
        """Raise ConfigError for what cannot be told of a song of so many seconds."""
        require_within(self.chords, seconds)
        require_tempo(self.tempo)
        require_downbeat(self.downbeat, seconds)


class Studio:
    """One accompanist, its visitors, and a queue. Close it to remove every file.

    Methods raise SamuelError for whatever a visitor can mend; what is not theirs counts as not there.
    """

    def __init__(self, accompanist: Accompanist, limits: Limits | None = None) -> None:
        self.accompanist, self.limits = accompanist, limits or Limits()
        self.storage = Storage(self.limits)
        self.jobs = JobQueue(self.limits)
        self.visitors = Visitors(self.storage, self.limits, self.jobs.cancel_all)
        self._decoding = ThreadPoolExecutor(1, "studio-decoding")  # one at a time: a long file takes much memory
        self._exporting = BoundedSemaphore(_EXPORTS)
        self._listening = ThreadPoolExecutor(1, "studio-listening")  # beside the queue: the page shows it at once

    def close(self) -> None:
        """Stop everything and remove every file."""
        self.visitors.close()
        self.jobs.close()
        for pool in (self._decoding, self._listening):
            pool.shutdown(cancel_futures=True)
        self.storage.close()

    async def upload(self, token: str, chunks: AsyncIterator[bytes], announced: int | None) -> Recording:
        """Take in a sound file as it arrives. announced: its bytes, if the sender says."""
        visitor = self.visitors.get(token)
        self._require_room(visitor)
        path = await self.storage.receive(visitor.folder, chunks, announced)
        return await asyncio.wrap_future(self._decoding.submit(self._opened, visitor, path))

    def example(self, token: str) -> Recording:
        """The bundled example vocal as a recording."""
        visitor = self.visitors.get(token)
        self._require_room(visitor)
        return self._kept(visitor, tidied(read_audio(EXAMPLE)))

    def trim(self, token: str, recording: str, start: float, stop: float) -> Recording:
        """A new recording of the part from start to stop (s); the old one stays."""
        visitor = self.visitors.get(token)
        whole = visitor.recording(recording)
        self._require_room(visitor)
        return self._decoding.submit(lambda: self._kept(visitor, cut(read_audio(whole.path), start, stop))).result()

    def accompany(self, token: str, recording: str, wish: Wish) -> JobView:
        """Queue takes of a recording, of seeds wish.seed, wish.seed + 1 ...; each appears as it is finished."""
        visitor = self.visitors.get(token)
        sung = visitor.recording(recording)
        require_range("takes", wish.takes, 1, MAX_VARIATIONS)
        require_range("seed", wish.seed, 0, MAX_SEED - wish.takes)
        wish.require_within(sung.seconds)
        sampling = self.accompanist.sampler_config(
            sampler=wish.sampler, steps=wish.steps, guidance=wish.guidance, style=wish.style
        )

        def make(seed: int) -> Make:
            return lambda accompanist, vocal, progress: accompanist(
                vocal,
                seed=seed,
                chords=wish.chords,
                tempo=wish.tempo,
                downbeat=wish.downbeat,
                progress=progress,
                **sampling.as_chosen(),
            )

        makes = [make(wish.seed + index) for index in range(wish.takes)]
        return self._submit(visitor, sung, "accompany", makes, sung.seconds)

    def beats(self, token: str, recording: str, wish: Wish) -> Beats:
        """The beats that takes of a wish would keep. Raises SamuelError while the recording is not heard yet.

        A visitor may ask for one answer at a time, else LimitError: it takes half a second for 10 minutes.
        """
        visitor = self.visitors.get(token)
        sung = visitor.recording(recording)
        wish.require_within(sung.seconds)
        told = Told(wish.tempo, wish.downbeat, changes_of(wish.chords))
        return self._tracked(visitor, sung, told)

    def take_beats(self, token: str, take: str) -> Beats:
        """The beats that a take keeps, as far as its recording lasts. Raises LimitError as beats does."""
        visitor = self.visitors.get(token)
        found = visitor.take(take)
        return self._tracked(visitor, found.recording, found.settings.beats_told)

    @staticmethod
    def _tracked(visitor: Visitor, recording: Recording, told: Told) -> Beats:
        if isinstance(recording.analysis, str):  # it could not be heard
            raise SamuelError(recording.analysis)
        if recording.analysis is None:
            raise SamuelError("the recording has not been heard: ask again when it is analysed.")
        if recording.rhythm is None:
            return Beats((), ())
        if not visitor.tracking.acquire(blocking=False):
            raise LimitError("beats are being looked for already: ask again when they are there.")
        try:
            return recording.rhythm.beats(told)
        finally:
            visitor.tracking.release()

    def delete_recording(self, token: str, recording: str) -> None:
        """Delete a recording, its takes, and what is being made of it."""
        visitor = self.visitors.get(token)
        visitor.recording(recording)
        self.jobs.cancel_recording(recording)  # first, so that none of them fails for want of it
        visitor.remove_recording(recording)

    def regenerate(
        self,
        token: str,
        take: str,
        start: float,
        stop: float,
        seed: int | None = None,
        style: str | None = None,
        chords: Sheet | None = None,
    ) -> JobView:
        """Queue a copy of a take with the part from start to stop (s) made anew.

        seed None is the next unused one, style None that of the take, chords None those that it was told.
        """
        visitor = self.visitors.get(token)
        earlier = visitor.take(take)
        require_within(chords or (), max(stop, earlier.seconds))
        seed = self._next_seed(visitor) if seed is None else seed
        style = None if style is None else resolve_style(style, self.accompanist.styles)
        edit = Edit(start, stop, seed, earlier.settings.sampling)
        Section.of(edit, round(earlier.seconds * SAMPLE_RATE))

        def make(accompanist: Accompanist, vocal: Waveform, progress: ProgressCallback) -> Accompaniment:
            previous = read_back(visitor.take(take))  # it may have been deleted since
            section = (start, stop)
            return accompanist.regenerate(
                vocal, previous=previous, section=section, seed=seed, style=style, chords=chords, progress=progress
            )

        kind = "extend" if start >= earlier.seconds else "regenerate"
        return self._submit(visitor, earlier.recording, kind, [make], max(stop, earlier.seconds))

    def extend(self, token: str, take: str, seconds: float, seed: int | None = None) -> JobView:
        """Queue a copy of a take with an outro of so many seconds."""
        require_range("outro in s", seconds, 0.1, MAX_EXTENSION)
        end = self.visitors.get(token).take(take).seconds
        return self.regenerate(token, take, end, end + seconds, seed)

    def export(self, token: str, take: str, part: Part, audio_format: AudioFormat, vocal_gain_db: float) -> Path:
        """A new file of a part of a take, the vocal so many dB over the band: to be sent and then removed."""
        found = self.visitors.get(token).take(take)
        self.storage.require_space(round(found.seconds * BYTES_A_SECOND))
        with self._exporting:
            return export_take(found, part, audio_format, vocal_gain_db)

    def _submit(self, visitor: Visitor, recording: Recording, kind: str, makes: list[Make], seconds: float) -> JobView:
        """Queue the making of some takes of `seconds` each. Raises LimitError where there is no room for them."""
        size = round(seconds * BYTES_A_SECOND)
        self._require_room_for(visitor, len(makes), size)

        def work(job: Job) -> None:
            try:
                make_all(job)
            finally:
                self.visitors.clear_up(visitor)

        def make_all(job: Job) -> None:
            vocal = read_audio(visitor.recording(recording.id).path)
            for index, make in enumerate(makes):
                self._require_room_for(visitor, 1, size)  # by now others may have filled it

                def report(progress: Progress, index: int = index) -> None:
                    job.report(progress.stage, (index + progress.fraction) / len(makes))

                made = make(self.accompanist, vocal, report)
                job.report("keeping", (index + 1) / len(makes))
                visitor.recording(recording.id)  # no take outlives its recording
                take = keep_take(visitor.folder, visitor.made + 1, recording, vocal, made)
                self._add(visitor, job, take)

        return self.jobs.submit(Job(visitor.token, kind, recording.id, work))

    @staticmethod
    def _add(visitor: Visitor, job: Job, take: Take) -> None:
        visitor.made += 1
        visitor.takes[take.id] = take
        if take.recording.id not in visitor.recordings:  # deleted while this was written
            visitor.drop(take)
            raise UnknownError("recording")
        job.takes.append(take.id)

    @staticmethod
    def _next_seed(visitor: Visitor) -> int:
        return max(take.settings.last_seed for take in visitor.takes.values()) + 1

    def _require_room_for(self, visitor: Visitor, takes: int, size: int) -> None:
        """Raise LimitError unless the visitor may keep so many more takes of `size` bytes each, and they fit."""
        room = self.limits.takes - len(visitor.takes)
        if takes > room:
            raise LimitError(f"{takes} takes are more than the {room} that you can still keep: delete some.")
        self.storage.require_space(size * takes)

    def _require_room(self, visitor: Visitor) -> None:
        if len(visitor.recordings) >= self.limits.recordings:
            raise LimitError(f"you keep {len(visitor.recordings)} recordings, which is all that fit: delete one.")

    def _opened(self, visitor: Visitor, path: Path) -> Recording:
        try:
            self._require_room(visitor)  # several may have been sent at once
            return self._kept(visitor, open_recording(path, self.limits.seconds))
        finally:
            path.unlink(missing_ok=True)
            self.visitors.clear_up(visitor)

    def _kept(self, visitor: Visitor, sound: Waveform) -> Recording:
        """Write a recording down and let the listener hear it, beside whatever is in the queue."""
        path = visitor.folder / f"{secrets.token_hex(8)}.flac"
        write_audio(path, sound)
        visitor.recorded += 1
        recording = Recording(visitor.recorded, path, sound.seconds, sound.channels)
        visitor.recordings[recording.id] = recording
        self._listening.submit(self._hear, recording, sound)
        return recording

    def _hear(self, recording: Recording, sound: Waveform) -> None:
        try:
            analysis, recording.rhythm = analyse(self.accompanist, sound)
            recording.analysis = analysis
        except SamuelError as error:
            recording.analysis = str(error)
        except Exception as error:  # the page does without
            recording.analysis = f"it could not be heard ({type(error).__name__})"
