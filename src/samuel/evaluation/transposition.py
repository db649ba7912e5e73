"""Does the output move with the voice? A vocal some semitones higher should bring the same band that much higher."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from samuel.audio.waveform import Waveform
from samuel.config import SAMPLE_RATE
from samuel.corpus.song import Song
from samuel.corpus.voices import VOICES
from samuel.errors import ConfigError, SamuelError
from samuel.evaluation import harmony, key
from samuel.evaluation.optional import require
from samuel.evaluation.pairs import Pair
from samuel.evaluation.shuffle import Heard
from samuel.evaluation.statistics import Interval, bootstrap

Transposer = Callable[[Pair, int], Waveform]  # a pair's vocal, some semitones higher


@dataclass(frozen=True)
class Movement:
    """How far (semitones, -6 to 5) the output moved where the vocal moved by `asked`: by its chroma and by its key."""

    asked: int
    by_chroma: int
    by_key: int

    @property
    def followed(self) -> bool:
        """Whether the beat-wise chroma moved as the vocal did."""
        return self.by_chroma == key.signed_semitones(self.asked)

    @property
    def key_followed(self) -> bool:
        """Whether the best-fitting key moved as the vocal did."""
        return self.by_key == key.signed_semitones(self.asked)

    @property
    def columns(self) -> dict[str, float]:
        """Both as a table holds them: 'moved_by_3' and 'key_moved_by_3' for three semitones."""
        return {
            f"moved_by_{self.asked}": float(self.followed),
            f"key_moved_by_{self.asked}": float(self.key_followed),
        }


def pooled_movements(rows: Sequence[Mapping[str, Any]]) -> dict[str, Interval]:
    """'transposition followed' and 'key followed': the share over all transpositions that the rows' columns hold."""
    means = {}
    for kind, label in (("moved_by_", "transposition followed"), ("key_moved_by_", "key followed")):
        names = list(dict.fromkeys(name for row in rows for name in row if name.startswith(kind)))
        table = np.array([[row.get(name, np.nan) for name in names] for row in rows])
        if names and np.isfinite(table).all(axis=1).any():
            means[label] = bootstrap(table)
    return means


def transposed(pair: Pair, semitones: int) -> Waveform:
    """The vocal sung anew where the corpus's own singer sang it and is installed, else pitch-shifted."""
    try:
        return sung_anew(pair, semitones)
    except SamuelError:
        return pitch_shifted(pair, semitones)


def sung_anew(pair: Pair, semitones: int) -> Waveform:
    """The pair's melody, transposed, by the same voice: formants stay where the singer's are. Dry, without a room.

    ConfigError for a pair of another singer, CorpusError or MissingExtraError where the voice cannot be made here.
    """
    from samuel.corpus.singer import sing  # takes seconds to import

    voice = VOICES.get(pair.details.get("voice", ""))
    if voice is None:
        raise ConfigError(f"Pair {pair.identifier} was not sung by a voice of the corpus: shift its pitch instead.")
    notes = [replace(note, pitch=note.pitch + semitones) for note in pair.song.melody]
    samples = sing(notes, voice, pair.song.duration, np.random.default_rng(0))
    return Waveform.from_array(samples, SAMPLE_RATE)


def pitch_shifted(pair: Pair, semitones: int) -> Waveform:
    """The vocal with its pitch raised and its timing kept; formants rise with it, as from a smaller singer.

    Signalsmith Stretch through python-stretch; MissingExtraError where it is absent.
    """
    vocal = pair.vocal()
    stretch = require("python_stretch").Signalsmith.Stretch()
    stretch.preset(vocal.channels, vocal.sample_rate)
    stretch.setTransposeSemitones(float(semitones))
    moved = np.asarray(stretch.process(vocal.samples), dtype=np.float32)[:, : vocal.length]
    return Waveform.from_array(moved, vocal.sample_rate)


def movement(before: Heard, after: Heard, song: Song, asked: int) -> Movement:
    """How the output moved, beat by beat, from the vocal as it is to the vocal transposed."""
    beats, end = np.asarray(song.beats), min(before.duration, after.duration, song.duration)
    beats = beats[beats < end]
    vectors = [harmony.beat_vectors(heard.chroma, beats, end) for heard in (before, after)]
    keys = [key.key_of_profile(heard.chroma.mean(axis=1)) for heard in (before, after)]
    return Movement(asked, key.best_transposition(*vectors), key.key_shift(*keys))
