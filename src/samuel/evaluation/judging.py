"""One accompaniment, judged by every family that its company allows: the song's truth, the real band, the vocal."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from samuel.audio import Waveform
from samuel.corpus.song import Song
from samuel.errors import MissingExtraError
from samuel.evaluation import dissonance, fidelity, harmony, key, onsets, percussion, reconstruction, rhythm, timbre
from samuel.evaluation.coherence import Mixtures
from samuel.evaluation.shuffle import Heard, hear

Values = dict[str, float]


@dataclass(frozen=True, eq=False)
class Sound:
    """What is kept of an audio once it has been heard: it weighs a thousandth of the samples."""

    heard: Heard
    embedding: np.ndarray  # (windows, 40)


@dataclass(frozen=True, eq=False)
class Voice:
    """A vocal, and what is heard in it: once, however many outputs are judged beside it."""

    audio: Waveform

    @cached_property
    def profile(self) -> np.ndarray:
        """(12,) mean chroma."""
        return np.asarray(harmony.chroma(self.audio.samples, self.audio.sample_rate).mean(axis=1))

    @cached_property
    def partials(self) -> list[dissonance.Partials]:
        """Its strongest partials, twice a second."""
        return dissonance.partials(self.audio.samples, self.audio.sample_rate)


@dataclass(frozen=True, eq=False)
class Case:
    """An accompaniment, and what is known of its song; nothing of it need be known."""

    identifier: str
    output: Waveform
    song: Song | None = None
    reference: Waveform | None = None  # the real band
    vocal: Voice | None = None
    tracker: rhythm.Tracker = "librosa"

    @cached_property
    def sound(self) -> Sound:
        """Chroma, beats and timbre of the output: dear, and wanted by several families."""
        return listen(self.output, self.tracker)


Families = Mapping[str, Callable[[Case], Values]]
NO_FAMILIES: Families = {}


@dataclass(frozen=True, eq=False)
class Judged:
    """The metrics of a case by name, and why a family was left out; its sound and that of its real band, if known."""

    identifier: str
    song: Song | None
    values: Values
    left_out: Mapping[str, str]
    output: Sound | None = None
    real: Sound | None = None
    takes: tuple[Sound, ...] = ()  # of other seeds
    mixtures: Mixtures | None = None


def listen(audio: Waveform, tracker: rhythm.Tracker | None) -> Sound:
    """What is kept of an audio, without a tracker all but its beats. MissingExtraError without the extra 'eval'."""
    return Sound(hear(audio, tracker), timbre.embed(audio.samples, audio.sample_rate))


def judge_case(case: Case, real: Sound | None = None, extra: Families = NO_FAMILIES) -> Judged:
    """All metrics of one case; `real` is the sound of its reference where the caller has it already."""
    values, left_out = judge(case, extra)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if real is None and case.reference is not None:
                real = listen(case.reference, case.tracker)
            return Judged(case.identifier, case.song, values, left_out, case.sound, real)
        except MissingExtraError as error:
            return Judged(case.identifier, case.song, values, {**left_out, "timbre": str(error)})


def judge(case: Case, extra: Families = NO_FAMILIES) -> tuple[Values, dict[str, str]]:
    """Metrics by name, and, by family, why one was left out: a package that is absent. AudioError for bad audio.

    `extra` are families that a caller adds, such as one that needs weights from a hub.
    """
    values: Values = {}
    left_out: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a silent output is a low score here, not an accident
        for family, evaluate in {**FAMILIES, **extra}.items():
            try:
                values.update(evaluate(case))
            except MissingExtraError as error:
                left_out[family] = str(error)
    return values, left_out


def aesthetic_family(aesthetics: Callable[[np.ndarray, int], Values]) -> Families:
    """A family for `extra` of a samuel.evaluation.aesthetics.Aesthetics."""
    return {"aesthetics": lambda case: aesthetics(case.output.samples, case.output.sample_rate)}


def _fidelity(case: Case) -> Values:
    return fidelity.evaluate(case.output.samples, case.output.sample_rate)


def _distance(case: Case) -> Values:
    if case.reference is None:
        return {}
    rate = case.reference.sample_rate
    output = case.output.resample(rate)
    return {"log_mel_db": reconstruction.log_mel_distance(case.reference.samples, output.samples, rate)}


def _percussion(case: Case) -> Values:
    return percussion.evaluate(case.output.samples, case.output.sample_rate)


def _dissonance(case: Case) -> Values:
    against = case.vocal.partials if case.vocal else None
    return dissonance.compare(dissonance.partials(case.output.samples, case.output.sample_rate), against)


def _vocal_key(case: Case) -> Values:
    """How near the key of the output is to that of the vocal: all that can be said of harmony without a truth."""
    if case.vocal is None:
        return {}
    sung = case.vocal.profile
    played = case.sound.heard.chroma.mean(axis=1)
    if not sung.any() or not played.any():
        return {"vocal_key": 0.0}
    return {"vocal_key": key.key_score(key.key_of_profile(sung), key.key_of_profile(played))}


def _harmony(case: Case) -> Values:
    if case.song is None:
        return {}
    frames = case.sound.heard.chroma
    keys = key.evaluate_chroma(frames, (case.song.tonic, case.song.mode))
    return {"chord_match": harmony.chord_match(frames, case.song), **keys}


def _rhythm(case: Case) -> Values:
    if case.song is None:
        return {}
    end = min(case.song.duration, case.output.seconds)
    truth = np.asarray(case.song.beats, dtype=np.float64)
    truth, beats = truth[truth < end], case.sound.heard.beats[case.sound.heard.beats < end]
    return {
        "beat_f1": rhythm.f_measure(truth, beats),
        "beat_amlt": rhythm.continuity_any_level(truth, beats),
        "tempo_error": rhythm.tempo_error(truth, beats),
        **onsets.evaluate(case.output.samples, case.output.sample_rate, case.song),
    }


FAMILIES: Families = {
    "fidelity": _fidelity,
    "distance from the real band": _distance,
    "percussion": _percussion,
    "dissonance": _dissonance,
    "key of the vocal": _vocal_key,
    "harmony": _harmony,
    "rhythm": _rhythm,
}
