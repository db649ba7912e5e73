"""The studio's functions over HTTP, with plain typed inputs and JSON answers; docs/studio.md shows them in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from inspect import signature
from typing import Any, Literal, ParamSpec

import gradio as gr
from pydantic import ConfigDict, ValidationError, validate_call

from samuel.errors import SamuelError
from samuel.features.beats import AS_HEARD
from samuel.pipeline.chords import Sheet, sheet_from_text, sheet_to_text
from samuel.studio.session import Recording, Take
from samuel.studio.studio import Studio, Wish

P = ParamSpec("P")
Answer = dict[str, Any]
Sampler = Literal["default", "ddpm", "ddim", "dpm++"]


class Api:
    """Each public method is one function of the HTTP interface, under its own name.

    visitor is the token that `enter` gives; whatever one makes is only there for it. Errors are sentences.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def functions(self) -> dict[str, Callable[..., Answer]]:
        """Name -> function, with a SamuelError as an error that Gradio hands to the caller."""
        names = ("enter", "example", "trim", "accompany", "beats", "take_beats", "regenerate", "extend", "state",
                 "job", "cancel", "delete_take", "delete_recording", "leave")  # fmt: skip
        return {name: _answering(getattr(self, name)) for name in names}

    def enter(self) -> Answer:
        """Begin a visit: {"visitor": token}. Everything else asks for the token."""
        return {"visitor": self._studio.visitors.enter().token}

    def example(self, visitor: str) -> Answer:
        """Take the bundled example vocal as a recording."""
        return shown_recording(self._studio.example(visitor))

    def trim(self, visitor: str, recording: str, start: float, stop: float) -> Answer:
        """Make a new recording of the part from start to stop (s)."""
        return shown_recording(self._studio.trim(visitor, recording, start, stop))

    def accompany(
        self,
        visitor: str,
        recording: str,
        takes: int = 1,
        steps: int = 0,
        guidance: float = -1.0,
        seed: int = 0,
        sampler: Sampler = "default",
        style: str = "any",
        chords: str = "",
        tempo: float = AS_HEARD,
        downbeat: float = -1.0,
    ) -> Answer:
        """Queue 1 to 16 takes. steps 0, guidance -1 and sampler "default" are the model's own; answers with the job.

        style: the band, one of those that `state` lists. chords: a chord sheet, lines such as "0 2.5 Am"; where it has
        gaps, and for "" or "heard", the band plays what is heard. tempo: beats per minute, 50 to 210; 0 as heard.
        downbeat: where some bar begins (s); -1 as heard.
        """
        wish = Wish(
            seed=int(seed),
            takes=int(takes),
            steps=int(steps) or None,
            guidance=None if guidance == -1 else guidance,
            sampler=None if sampler == "default" else sampler,
            style=style,
            chords=_sheet(chords),
            tempo=tempo,
            downbeat=None if downbeat == -1 else downbeat,
        )
        return asdict(self._studio.accompany(visitor, recording, wish))

    def beats(
        self, visitor: str, recording: str, chords: str = "", tempo: float = AS_HEARD, downbeat: float = -1.0
    ) -> Answer:
        """The beats and downbeats (s) that the band would keep, told chords, tempo and downbeat as for accompany."""
        wish = Wish(chords=_sheet(chords), tempo=tempo, downbeat=None if downbeat == -1 else downbeat)
        return asdict(self._studio.beats(visitor, recording, wish))

    def take_beats(self, visitor: str, take: str) -> Answer:
        """The beats and downbeats (s) that a take keeps, as far as its recording lasts."""
        return asdict(self._studio.take_beats(visitor, take))

    def regenerate(
        self,
        visitor: str,
        take: str,
        start: float,
        stop: float,
        seed: int = -1,
        style: str = "same",
        chords: str = "same",
    ) -> Answer:
        """Queue a copy of a take with the part from start to stop (s) made anew.

        seed -1 is the next unused one, style "same" that of the take; chords "same" those that it was told, else a
        chord sheet of the whole song as for accompany.
        """
        band = None if style == "same" else style
        told = None if chords == "same" else _sheet(chords)
        number = None if seed == -1 else int(seed)
        return asdict(self._studio.regenerate(visitor, take, start, stop, number, band, told))

    def extend(self, visitor: str, take: str, seconds: float, seed: int = -1) -> Answer:
        """Queue a copy of a take with an outro of so many seconds (at most 60)."""
        return asdict(self._studio.extend(visitor, take, seconds, None if seed == -1 else int(seed)))

    def state(self, visitor: str) -> Answer:
        """All that is the visitor's, and what the studio takes in. Who asks for nothing in 15 minutes has left."""
        found = self._studio.visitors.get(visitor)
        return {
            "jobs": [asdict(view) for view in self._studio.jobs.views(visitor)],
            "recordings": [shown_recording(each) for each in list(found.recordings.values())],
            "takes": [shown_take(each) for each in list(found.takes.values())],
            "styles": ["any", *self._studio.accompanist.styles],
            "limits": {"megabytes": self._studio.limits.megabytes, "seconds": self._studio.limits.seconds},
        }

    def job(self, visitor: str, job: str) -> Answer:
        """How far a job is: state, position in the queue, fraction, seconds_left, error, takes."""
        self._studio.visitors.get(visitor)
        return asdict(self._studio.jobs.view(visitor, job))

    def cancel(self, visitor: str, job: str) -> Answer:
        """Stop a job at once; takes that it has finished stay."""
        self._studio.visitors.get(visitor)
        return asdict(self._studio.jobs.cancel(visitor, job))

    def delete_take(self, visitor: str, take: str) -> Answer:
        """Delete a take with its files."""
        self._studio.visitors.get(visitor).remove_take(take)
        return {"deleted": take}

    def delete_recording(self, visitor: str, recording: str) -> Answer:
        """Delete a recording, all its takes, and what is being made of it."""
        self._studio.delete_recording(visitor, recording)
        return {"deleted": recording}

    def leave(self, visitor: str) -> Answer:
        """End the visit: in 20 s everything is deleted, unless the visitor is heard of again."""
        self._studio.visitors.leave(visitor)
        return {"left": True}


def shown_recording(recording: Recording) -> Answer:
    """A recording without its path."""
    return {
        "id": recording.id,
        "number": recording.number,
        "seconds": recording.seconds,
        "channels": recording.channels,
        "analysed": recording.analysis is not None,
    }


def shown_take(take: Take) -> Answer:
    """A take without its path."""
    settings, sampling = take.settings, take.settings.sampling
    return {
        "id": take.id,
        "number": take.number,
        "recording": take.recording.id,
        "seconds": take.seconds,
        "seed": settings.seed,
        "steps": sampling.steps,
        "guidance": sampling.guidance,
        "sampler": sampling.sampler,
        "style": sampling.style or "any",
        "tempo": settings.tempo,
        "downbeat": settings.downbeat,
        "edits": [[edit.start, edit.stop, edit.seed, edit.sampling.style or "any"] for edit in settings.edits],
        "chords": sheet_to_text(take.chords),
        "told": sheet_to_text(settings.told) if settings.told else "",
        "vocal_level": take.vocal_level,
    }


def _sheet(text: str) -> Sheet:
    return () if text.strip() in ("", "heard") else sheet_from_text(text)


def _answering(function: Callable[P, Answer]) -> Callable[P, Answer]:
    """The function with its inputs checked against their types, and whatever it raises as a sentence."""
    checked = validate_call(config=ConfigDict(allow_inf_nan=False))(function)

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return checked(*args, **kwargs)
        except SamuelError as error:
            sentence = str(error)
        except ValidationError as error:
            sentence = _sentence(error, list(signature(function).parameters))
        except Exception as error:  # its text is nobody's business
            sentence = f"it went wrong ({type(error).__name__}): try other values."
        raise gr.Error(sentence, print_exception=False)

    return answer


def _sentence(error: ValidationError, names: list[str]) -> str:
    """What is wrong with the first wrong input; positional ones are told by number."""
    wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = wrong["loc"][0]
    return f"{names[where] if isinstance(where, int) else where}: {wrong['msg'].lower()}."
