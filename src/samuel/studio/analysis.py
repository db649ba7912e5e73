"""What the listener heard in a recording, as the page draws it: pitch line, chords, beats."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from samuel.audio import Waveform
from samuel.config import FEATURE_CHANNELS, FRAME_RATE
from samuel.features.beats import FIRST_ONSET, QUARTERS, VOICING, Told
from samuel.model.condition import Condition
from samuel.model.rhythm import BEAT, DOWNBEAT, with_tracked_beats
from samuel.pipeline import Accompanist
from samuel.pipeline.chords import Sheet, sheet_of
from samuel.pipeline.listening import beats_of

_HEIGHT = 12  # a row of the melodic features
_TRACKED = [VOICING, *range(FIRST_ONSET, FIRST_ONSET + QUARTERS)]  # those in which beats are tracked


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
    """In what the beats of a recording are tracked, b = 1: some 600 bytes a second."""

    leanings: Float[Tensor, "1 2 t"]  # the network's, before beats are tracked
    onsets: Float[Tensor, "1 5 t"]  # and where the voice sounds

    @classmethod
    def of(cls, impression: Condition) -> Rhythm:
        """Of what the network heard."""
        return cls(impression.plan[:, BEAT:].clone(), impression.features[:, _TRACKED].clone())

    def beats(self, told: Told) -> Beats:
        """The beats that a band keeps that is told this."""
        features = torch.zeros(1, FEATURE_CHANNELS, self.onsets.shape[-1])
        features[:, _TRACKED] = self.onsets
        plan = torch.cat([torch.zeros(1, BEAT, self.leanings.shape[-1]), self.leanings], dim=1)
        plan = with_tracked_beats(plan, features, told)
        row, beats = plan[0, DOWNBEAT].numpy(), beats_of(plan)
        return Beats(beats, tuple(beat for beat in beats if row[min(int(beat * FRAME_RATE), len(row) - 1)] > 0.5))


def analyse(accompanist: Accompanist, recording: Waveform) -> tuple[Analysis, Rhythm | None]:
    """Hear a recording as the accompanist does before it plays. A model without a listener has no rhythm."""
    impression = accompanist.first_impression(recording)
    rhythm = Rhythm.of(impression) if accompanist.listens else None
    heard = Beats((), ()) if rhythm is None else rhythm.beats(Told())
    features = impression.features[0].numpy()
    pitch = tuple(
        round(60 + 12 * float(height), 2) if voiced > 0 else None
        for height, voiced in zip(features[_HEIGHT], features[VOICING], strict=True)
    )
    chords = sheet_of(impression.plan, heard.beats, recording.seconds)
    return Analysis(heard.beats, heard.downbeats, FRAME_RATE, pitch, chords), rhythm
