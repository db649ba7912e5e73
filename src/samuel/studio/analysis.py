"""What the listener heard in a recording, as the page draws it: pitch line, chords, beats."""

from __future__ import annotations

from dataclasses import dataclass

from samuel.audio import Waveform
from samuel.config import FRAME_RATE
from samuel.features.beats import Told
from samuel.model.rhythm import DOWNBEAT, with_tracked_beats
from samuel.model.shapes import Features, Plan
from samuel.pipeline import Accompanist
from samuel.pipeline.chords import Sheet, sheet_of
from samuel.pipeline.listening import beats_of

_HEIGHT, _VOICING = 12, 13  # rows of the melodic features


@dataclass(frozen=True)
class Beats:
    """Times in s."""

    beats: tuple[float, ...]
    downbeats: tuple[float, ...]


@dataclass(frozen=True)
class Analysis(Beats):
    """rate: pitches per second; pitch in MIDI notes, None where nothing is sung."""

    rate: float
    pitch: tuple[float | None, ...]
    chords: Sheet


@dataclass(frozen=True, eq=False)
class Rhythm:
    """In what the beats of a recording are tracked, b = 1, some 4 KB a second; listens: beats are tracked at all."""

    plan: Plan
    features: Features
    listens: bool

    def beats(self, told: Told) -> Beats:
        """The beats that a band keeps that is told this."""
        return _beats(with_tracked_beats(self.plan, self.features, told) if self.listens else self.plan)


def analyse(accompanist: Accompanist, recording: Waveform) -> tuple[Analysis, Rhythm]:
    """Hear a recording as the accompanist does before it plays."""
    impression = accompanist.first_impression(recording)
    rhythm = Rhythm(impression.plan, impression.features, accompanist.listens)
    heard = rhythm.beats(Told())
    features = impression.features[0].numpy()
    pitch = tuple(
        round(60 + 12 * float(height), 2) if voiced > 0 else None
        for height, voiced in zip(features[_HEIGHT], features[_VOICING], strict=True)
    )
    chords = sheet_of(impression.plan, heard.beats, recording.seconds)
    return Analysis(heard.beats, heard.downbeats, FRAME_RATE, pitch, chords), rhythm


def _beats(plan: Plan) -> Beats:
    beats = beats_of(plan)
    if plan.shape[1] <= DOWNBEAT:
        return Beats(beats, ())
    row = plan[0, DOWNBEAT].numpy()
    return Beats(beats, tuple(beat for beat in beats if row[min(int(beat * FRAME_RATE), len(row) - 1)] > 0.5))
