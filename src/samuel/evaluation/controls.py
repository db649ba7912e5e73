"""Do the metrics deserve belief? They judge what no one would mistake: the real band, its round trip through the
autoencoder, another song's band, the bare vocal, a metronome, pink noise, silence and a held chord.

Conventions: all controls are stereo at 44.1 kHz, as long as the real band, and the made ones as loud as it, as far as
the limiter lets them. A metric enters the headline only if every claim of its order (samuel.evaluation.metrics) holds:
over the clips, the better control scores better than the worse one with a 95 % interval that leaves out 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from samuel.audio import Waveform, integrated_loudness, normalise_loudness
from samuel.autoencoder.base import Autoencoder
from samuel.config import SAMPLE_RATE
from samuel.corpus.song import Song
from samuel.evaluation.fingerprints import of_files, of_model
from samuel.evaluation.judging import NO_FAMILIES, Case, Families, Judged, Voice, judge_case, listen
from samuel.evaluation.metrics import BY_NAME, CONTROLS, METRICS, Control, Metric, claims
from samuel.evaluation.pairs import Pair, for_each_pair, require_songs
from samuel.evaluation.parts import Parts
from samuel.evaluation.reconstruction import reconstruct
from samuel.evaluation.rhythm import Tracker
from samuel.evaluation.sets import assemble
from samuel.evaluation.statistics import Interval, paired_difference
from samuel.evaluation.table import Table

CLICK = 0.03  # s
CLICK_PITCHES = (1_500.0, 1_000.0)  # Hz, of downbeats and other beats
CHORD_OCTAVE = 48  # MIDI number of C3
TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7)}
OVERTONES = 6


@dataclass(frozen=True)
class Verdict:
    """Whether a metric ranks the controls rightly: its failed claims, and those that too few clips leave open."""

    metric: str
    wrong: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    claimed: int = 0

    @property
    def headline(self) -> bool:
        """Whether the metric may stand in a headline table."""
        return self.claimed > 0 and not self.wrong and not self.unsure

    def __str__(self) -> str:
        if not self.claimed:
            return "describes only"
        parts = [f"wrong: {', '.join(self.wrong)}"] if self.wrong else []
        parts += [f"unsure: {', '.join(self.unsure)}"] if self.unsure else []
        return "; ".join(parts) or f"right ({self.claimed})"


def evaluate_controls(
    pairs: Sequence[Pair],
    autoencoder: Autoencoder,
    *,
    extra: Families = NO_FAMILIES,
    tracker: Tracker = "librosa",
    parts: Parts | None = None,
    on_step: Callable[[], None] | None = None,
) -> Table:
    """Rows per clip and control, the mean of every metric for every control, and the verdict on every metric.

    With `parts` what is judged is kept there pair by pair, and found again by the next call on the same contents.

    ConfigError unless the pairs come from two songs or more; a pair that cannot be read is skipped and counted.
    """
    require_songs(pairs)
    if parts is not None:
        parts.require(extra)
    weights = of_model(autoencoder) if parts is not None else ""

    def judge_pair(pair: Pair) -> dict[str, Judged]:
        other = _another(pair, pairs)
        if parts is None:
            return judge_anew(pair, other)
        depends = {
            "sounds": of_files(pair.accompaniment_file, pair.vocal_file, other.accompaniment_file),
            "truth": asdict(pair.song),
            "autoencoder": weights,
            "tracker": tracker,
        }
        return parts.get(pair.song, pair.identifier, depends, lambda: judge_anew(pair, other))

    def judge_anew(pair: Pair, other: Pair) -> dict[str, Judged]:
        made = make_controls(pair, other, autoencoder)
        vocal, real = Voice(made["vocal"]), listen(made["real"], tracker)
        cases = {
            name: Case(pair.identifier, audio, pair.song, made["real"], vocal, tracker) for name, audio in made.items()
        }
        return {name: judge_case(case, real, extra) for name, case in cases.items()}

    judged, skipped = for_each_pair(pairs, judge_pair, on_step)
    require_songs([pair for pair in pairs if pair.identifier not in {item.identifier for item in skipped}])
    results = {control: assemble([clip[control] for clip in judged]) for control in CONTROLS}
    rows = [{**row, "control": control} for control, (found, _) in results.items() for row in found]
    summaries = {control: summary for control, (_, summary) in results.items()}
    measured = {name for summary in summaries.values() for name in summary}
    verdicts = [judge_metric(metric, rows, summaries) for metric in METRICS if metric.name in measured]
    settings = {"clips": len(judged), "autoencoder": autoencoder.name, "tracker": tracker}
    flat = {f"{control}: {name}": value for control, found in summaries.items() for name, value in found.items()}
    sections = {"Controls": tuple(_overview(verdicts, summaries))}
    return Table("controls", settings, tuple(rows), flat, tuple(skipped), sections)


def make_controls(pair: Pair, other: Pair, autoencoder: Autoencoder) -> dict[Control, Waveform]:
    """The eight controls of a pair; `other` is a pair of another song."""
    real = pair.accompaniment().to_stereo().resample(SAMPLE_RATE)
    length, seed = real.length, sum(pair.identifier.encode())
    made: dict[Control, Waveform] = {
        "metronome": metronome(pair.song, length),
        "noise": pink_noise(length, np.random.default_rng(seed)),
        "held chord": held_chord(pair.song, length),
    }
    loudness = integrated_loudness(real)
    return {
        "real": real,
        "round trip": reconstruct(autoencoder, real),
        "other song": fitted(other.accompaniment(), length),
        "vocal": fitted(pair.vocal(), length),
        **{name: normalise_loudness(audio, loudness) for name, audio in made.items()},
        "silence": _stereo(np.zeros(length)),
    }


def metronome(song: Song, length: int) -> Waveform:
    """A short tone on every beat, higher on downbeats."""
    samples = np.zeros(length)
    time = np.arange(round(CLICK * SAMPLE_RATE)) / SAMPLE_RATE
    for beat in song.beats:
        is_downbeat = any(abs(beat - bar) < 1e-3 for bar in song.downbeats)
        start = round(beat * SAMPLE_RATE)
        click = np.sin(2 * np.pi * CLICK_PITCHES[0 if is_downbeat else 1] * time) * np.exp(-time / (CLICK / 5))
        room = max(length - start, 0)
        samples[start : start + len(click)] += click[:room]
    return _stereo(samples)


def pink_noise(length: int, rng: np.random.Generator) -> Waveform:
    """Two independent channels whose power falls by 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal((2, length)), axis=-1)
    bins = np.maximum(np.arange(spectrum.shape[-1]), 1)
    samples = np.fft.irfft(spectrum / np.sqrt(bins), n=length, axis=-1)
    return Waveform.from_array(samples / np.abs(samples).max(), SAMPLE_RATE)


def held_chord(song: Song, length: int) -> Waveform:
    """The tonic triad of the song's key in tones of six partials, unmoved from beginning to end."""
    time = np.arange(length) / SAMPLE_RATE
    pitches = [CHORD_OCTAVE + song.tonic + step for step in TRIADS[song.mode]]
    hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
    tones = [np.sin(2 * np.pi * k * f * time) / k for f in hertz for k in range(1, OVERTONES + 1)]
    return _stereo(np.sum(tones, axis=0) / len(tones))


def fitted(audio: Waveform, length: int) -> Waveform:
    """Stereo at 44.1 kHz, cut or begun again to have `length` samples."""
    samples = audio.to_stereo().resample(SAMPLE_RATE).samples
    return Waveform(np.ascontiguousarray(np.resize(samples.T, (length, 2)).T), SAMPLE_RATE)


def judge_metric(
    metric: Metric, rows: Sequence[dict[str, Any]], summaries: dict[Control, dict[str, Interval]]
) -> Verdict:
    """The verdict on a metric from all rows, or for a metric of whole sets from the summaries."""
    wrong, unsure = [], []
    for better, worse in claims(metric):
        low, value = (
            _of_sets(metric, better, worse, summaries) if metric.of_set else _of_clips(metric, better, worse, rows)
        )
        if not value > 0:  # NaN included
            wrong.append(f"{better} > {worse}")
        elif not low > 0:
            unsure.append(f"{better} > {worse}")
    return Verdict(metric.name, tuple(wrong), tuple(unsure), len(claims(metric)))


def _of_clips(metric: Metric, better: Control, worse: Control, rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Lower bound and mean of how much better the better control scores, clip by clip."""
    one, other = (
        np.array([row.get(metric.name, np.nan) for row in rows if row["control"] == control])
        for control in (better, worse)
    )
    difference = one - other if metric.higher_is_better else other - one
    if np.isnan(difference).all():
        return float("nan"), float("nan")
    interval = paired_difference(difference, np.zeros(len(difference)))
    return interval.low, interval.value


def _of_sets(
    metric: Metric, better: Control, worse: Control, summaries: dict[Control, dict[str, Interval]]
) -> tuple[float, float]:
    """Distance between the intervals, and between the values, of two sets."""
    if not all(metric.name in summaries[control] for control in (better, worse)):
        return float("nan"), float("nan")
    one, other = summaries[better][metric.name], summaries[worse][metric.name]
    if metric.higher_is_better:
        return one.low - other.high, one.value - other.value
    return other.low - one.high, other.value - one.value


def _overview(verdicts: Sequence[Verdict], summaries: dict[Control, dict[str, Interval]]) -> list[dict[str, Any]]:
    """A row per metric: its mean for every control, and what that says of it."""
    return [
        {
            "metric": metric.name,
            **{c: summaries[c][metric.name].value if metric.name in summaries[c] else None for c in CONTROLS},
            "better": {True: "higher", False: "lower", None: ""}[metric.higher_is_better],
            "headline": "yes" if verdict.headline else "no",
            "verdict": str(verdict),
        }
        for metric, verdict in ((BY_NAME[verdict.metric], verdict) for verdict in verdicts)
    ]


def _another(pair: Pair, pairs: Sequence[Pair]) -> Pair:
    """The next pair of another song, from the beginning again at the end."""
    start = pairs.index(pair)
    order = [*pairs[start + 1 :], *pairs[:start]]
    return next(each for each in order if each.song.identifier != pair.song.identifier)


def _stereo(samples: np.ndarray) -> Waveform:
    return Waveform.from_array(np.stack([samples, samples]), SAMPLE_RATE)
