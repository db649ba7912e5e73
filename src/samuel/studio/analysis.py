"""What the listener heard in a recording, as the page draws it: pitch line, chords, beats."""

from __future__ import annotations

from dataclasses import dataclass

from samuel.audio import Waveform
from samuel.config import FRAME_RATE
from samuel.model.condition import Condition
from samuel.model.rhythm import DOWNBEAT
from samuel.pipeline import Accompanist
from samuel.pipeline.chords import Sheet, sheet_of
from samuel.pipeline.listening import beats_of

_HEIGHT, _VOICING = 12, 13  # rows of the melodic features


@dataclass(frozen=True)
class Analysis:
    """rate: pitches per second; pitch in MIDI notes, None where nothing is sung; beats and downbeats in s."""

    rate: float
    pitch: tuple[float | None, ...]
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    chords: Sheet


def analyse(accompanist: Accompanist, recording: Waveform) -> Analysis:
    """Hear a recording as the accompanist does before it plays."""
    condition = accompanist.hear(recording).condition
    features = condition.features[0].numpy()
    pitch = tuple(
        round(60 + 12 * float(height), 2) if voiced > 0 else None
        for height, voiced in zip(features[_HEIGHT], features[_VOICING], strict=True)
    )
    beats = beats_of(condition)
    chords = sheet_of(condition.plan, beats, recording.seconds)
    return Analysis(FRAME_RATE, pitch, beats, _downbeats(condition, beats), chords)


def _downbeats(condition: Condition, beats: tuple[float, ...]) -> tuple[float, ...]:
    if condition.plan.shape[1] <= DOWNBEAT:
        return ()
    row = condition.plan[0, DOWNBEAT].numpy()
    return tuple(beat for beat in beats if row[min(int(beat * FRAME_RATE), len(row) - 1)] > 0.5)
