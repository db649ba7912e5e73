"""Does the model listen? Its output for a vocal, against the truth of that vocal's song and of the other songs.

G is the output for the matching vocal, R the real band, S the outputs for other songs' vocals judged against this
song. The scores (G - S) / (R - S) are 0 for a model that plays anything to anyone and 1 for one as right as the real
band. The vocal itself is judged too: a model must beat a mere copy of the tune.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from samuel.audio.files import write_audio
from samuel.audio.waveform import Waveform
from samuel.config import SAMPLE_RATE, require_choice
from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation import diversity, judging, key
from samuel.evaluation.headline import headline
from samuel.evaluation.judging import Sound
from samuel.evaluation.pairs import Pair, for_each_pair, require_songs
from samuel.evaluation.rhythm import Tracker
from samuel.evaluation.shuffle import Heard, Match, hear, match, match_table, own_and_shuffled
from samuel.evaluation.statistics import Interval, bootstrap, normalised_gain
from samuel.evaluation.table import Table, require_writable
from samuel.evaluation.transposition import Movement, Transposer, movement, pooled_movements, transposed
from samuel.features.beats import FASTEST, SLOWEST
from samuel.pipeline.chords import sheet_of_song

Keep = Callable[[str, Pair, Waveform], None]
MEASURES = ("harmony", "beat_f1", "beat_amlt")  # the columns of a match table


class Accompanies(Protocol):
    """What is judged: samuel.pipeline.Accompanist, or anything that answers a vocal with a band."""

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> Any:
        """(channels, n) -> an object with `audio`, (channels, n) or a Waveform, and `sample_rate`."""
        ...


@dataclass(frozen=True)
class KeepIn:
    """Writes each output as FOLDER/<kind>/<pair>.flac, kinds such as 'guidance-1/seed-0' and 'guidance-1/moved-3'.

    ConfigError, at once, where the folder cannot be written.
    """

    folder: Path

    def __post_init__(self) -> None:
        require_writable(self.folder)

    def __call__(self, kind: str, pair: Pair, audio: Waveform) -> None:
        """Write one output; ConfigError where the folder cannot be written."""
        place = self.folder / kind
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{place} cannot be written ({error.strerror}): name another folder.") from error
        write_audio(place / f"{pair.identifier}.flac", audio)


@dataclass(frozen=True)
class ListeningConfig:
    """What to generate for each pair: one output per guidance and seed, and per transposition with the first seed."""

    seeds: tuple[int, ...] = (0,)
    steps: int | None = None  # None: the model's own default
    guidance: tuple[float, ...] = (1.0, 3.0)
    transpositions: tuple[int, ...] = (3, 5)  # semitones
    tracker: Tracker = "librosa"
    chords: Literal["heard", "true"] = "heard"  # what the band is told: nothing, or what a singer's chord sheet says
    tempo: Literal["heard", "true"] = "heard"  # likewise nothing, or the song's, kept within 50 to 210
    downbeat: Literal["heard", "true"] = "heard"  # likewise nothing, or the first after the singer's entry

    def __post_init__(self) -> None:
        for name in ("chords", "tempo", "downbeat"):
            require_choice(name, getattr(self, name), ("heard", "true"))


@dataclass(frozen=True)
class Take:
    """The model's outputs for one vocal at one guidance: by seed, and how they moved with the vocal."""

    outputs: tuple[Sound, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True)
class Clip:
    """One pair as heard: real band, bare vocal, and one take per guidance."""

    pair: Pair
    real: Heard
    vocal: Heard
    takes: tuple[Take, ...]


def evaluate_listening(
    accompanist: Accompanies,
    pairs: Sequence[Pair],
    config: ListeningConfig | None = None,
    *,
    transpose: Transposer = transposed,
    keep: Keep | None = None,
    workers: int = 1,
    on_step: Callable[[], None] | None = None,
) -> Table:
    """Rows per clip and guidance, and a summary with 95 % intervals; `on_step` is called after each pair.

    `keep` receives each output, to write it: KeepIn makes folders that `evaluate_set` judges. With several workers all
    that plays and writes is pickled: give a Pretrained.

    Raises ConfigError unless the pairs come from two songs or more. A pair that cannot be read or generated is
    skipped and counted.
    """
    config = config or ListeningConfig()
    require_songs(pairs)
    if workers > 1:
        _compile(config.tracker)
    clips, skipped = for_each_pair(pairs, partial(listen, accompanist, config, transpose, keep), on_step, workers)
    table = Table("listening", {"clips": len(clips), **asdict(config)}, skipped=tuple(skipped))
    for index, guidance in enumerate(config.guidance):
        takes = [clip.takes[index] for clip in clips]
        setting = f"guidance {guidance:g}"
        rows, summary = judge_clips(clips, takes, setting)
        table = table.extended(
            rows,
            {f"{setting}: {name}": interval for name, interval in summary.items()},
            sections={f"Headline, {setting}": tuple(headline(summary))},
        )
    return table


def listen(
    accompanist: Accompanies, config: ListeningConfig, transpose: Transposer, keep: Keep | None, pair: Pair
) -> Clip:
    """Everything that is generated for one pair, as heard."""
    vocal = pair.vocal()
    moved = [(shift, transpose(pair, shift)) for shift in config.transpositions]

    def play(sung: Waveform, seed: int, guidance: float, name: str, shift: int = 0) -> Waveform:
        told = _told(config, pair.song, shift)
        answer = accompanist(sung.samples, sung.sample_rate, seed=seed, steps=config.steps, guidance=guidance, **told)
        audio = as_waveform(answer.audio, answer.sample_rate)
        if keep is not None:
            keep(f"guidance-{guidance:g}/{name}", pair, audio)
        return audio

    def take(guidance: float) -> Take:
        outputs = tuple(
            judging.listen(play(vocal, seed, guidance, f"seed-{seed}"), config.tracker) for seed in config.seeds
        )
        afters = [
            (shift, hear(play(sung, config.seeds[0], guidance, f"moved-{shift}", shift), None)) for shift, sung in moved
        ]
        return Take(outputs, tuple(movement(outputs[0].heard, after, pair.song, shift) for shift, after in afters))

    real, bare = hear(pair.accompaniment(), config.tracker), hear(vocal, config.tracker)
    return Clip(pair, real, bare, tuple(take(guidance) for guidance in config.guidance))


def _told(config: ListeningConfig, song: Song, shift: int) -> dict[str, Any]:
    """What the band is told of a song, sung so many semitones higher."""
    told: dict[str, Any] = {"chords": sheet_of_song(song, shift)} if config.chords == "true" else {}
    if config.tempo == "true":
        told["tempo"] = float(np.clip(song.tempo, SLOWEST, FASTEST))
    if config.downbeat == "true":
        told["downbeat"] = first_sung_downbeat(song)
    return told


def first_sung_downbeat(song: Song) -> float | None:
    """The first downbeat (s) after the singer's entry, of which a singer can tell; None where there is none."""
    entry = min((note.start for note in song.melody), default=0.0)
    return next((downbeat for downbeat in song.downbeats if downbeat >= entry), None)


def _compile(tracker: Tracker) -> None:
    """Have one process write numba's cache of what librosa compiles: two at once may leave one that crashes."""
    hear(Waveform.from_array(np.random.default_rng(0).uniform(-0.1, 0.1, 2 * SAMPLE_RATE), SAMPLE_RATE), tracker)


def as_waveform(audio: Waveform | np.ndarray, sample_rate: int) -> Waveform:
    """The audio of an answer, whichever way it came."""
    return audio if isinstance(audio, Waveform) else Waveform.from_array(audio, sample_rate)


def judge_clips(
    clips: Sequence[Clip], takes: Sequence[Take], setting: str
) -> tuple[list[dict[str, Any]], dict[str, Interval]]:
    """Rows per clip, and the summary of one setting of the model."""
    require_songs([clip.pair for clip in clips])
    songs = [clip.pair.song for clip in clips]
    real = np.array([_as_array(match(clip.real, clip.pair.song)) for clip in clips])
    seeds = range(len(takes[0].outputs))
    outputs = [[take.outputs[s].heard for take in takes] for s in seeds]
    generated = [own_and_shuffled(match_table(each, songs), songs) for each in outputs]
    own, shuffled = (np.mean(part, axis=0) for part in zip(*generated, strict=True))
    vocal, vocal_shuffled = own_and_shuffled(match_table([clip.vocal for clip in clips], songs), songs)
    spread = diversity.evaluate([take.outputs for take in takes], [song.identifier for song in songs])
    rows = [
        {
            "clip": clip.pair.identifier,
            "setting": setting,
            **columns,
            **_keys(clip, take),
            **_movements(take),
            **{name: float(column[k]) for name, column in spread.items()},
        }
        for k, (clip, take, columns) in enumerate(zip(clips, takes, _columns(own, real, shuffled, vocal), strict=True))
    ]
    summary = {
        **_scores(own, real, shuffled, ""),
        **_scores(vocal, real, vocal_shuffled, " of the bare vocal"),
        **_means(rows),
        **diversity.beyond_seeds(spread),
    }
    return rows, summary


def _scores(own: np.ndarray, real: np.ndarray, shuffled: np.ndarray, suffix: str) -> dict[str, Interval]:
    """(G - S) / (R - S) of each measure."""
    triples = np.stack([own, real, shuffled], axis=-1)
    return {f"{name} score{suffix}": bootstrap(triples[:, k], normalised_gain) for k, name in enumerate(MEASURES)}


def _columns(*parts: np.ndarray) -> Iterator[dict[str, float]]:
    """For each clip the measures of output, real band, shuffled outputs and bare vocal."""
    names = ("", "_real", "_shuffled", "_vocal")
    for clip in np.stack(parts, axis=1):
        yield {
            f"{measure}{name}": float(clip[part, k])
            for k, measure in enumerate(MEASURES)
            for part, name in enumerate(names)
        }


def _keys(clip: Clip, take: Take) -> dict[str, float]:
    """Key score, and whether the key is right, of the outputs, of the real band and of the bare vocal."""
    song = clip.pair.song
    outputs = [key.compare(sound.heard.chroma, (song.tonic, song.mode)) for sound in take.outputs]
    heard = {
        "": {name: float(np.mean([one[name] for one in outputs])) for name in outputs[0]},
        "_real": key.compare(clip.real.chroma, (song.tonic, song.mode)),
        "_vocal": key.compare(clip.vocal.chroma, (song.tonic, song.mode)),
    }
    return {f"{name}{part}": value for part, values in heard.items() for name, value in values.items()}


def _movements(take: Take) -> dict[str, float]:
    """Whether the first output moved with the vocal, by its chroma and by its key."""
    return {name: value for one in take.movements for name, value in one.columns.items()}


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, Interval]:
    """The mean of each numeric column, and of all transpositions together."""
    names = [name for name, value in rows[0].items() if isinstance(value, float)]
    means = {name: bootstrap(np.array([row[name] for row in rows])) for name in names}
    known = [row["key_right"] for row in rows if row["key_right_real"]]
    if known:
        means["key_right where the real band's is"] = bootstrap(np.array(known))
    return {**means, **pooled_movements(rows)}


def _as_array(found: Match) -> tuple[float, float, float]:
    return found.chords, found.beat_f1, found.beat_amlt
