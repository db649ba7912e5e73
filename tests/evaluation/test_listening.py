from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from chord_song import hum
from tiny import tiny_accompanist

from samuel.audio import Waveform, read_audio, write_audio
from samuel.config import DEFAULT_MODEL
from samuel.errors import AudioError, CheckpointError, ConfigError, MissingExtraError
from samuel.evaluation import pretrained
from samuel.evaluation.listening import KeepIn, ListeningConfig, evaluate_listening
from samuel.evaluation.pairs import Pair
from samuel.evaluation.pretrained import Pretrained
from samuel.evaluation.sets import evaluate_set
from samuel.evaluation.table import Table, to_json, to_markdown
from samuel.pipeline.chords import Sheet, sheet_of_song
from samuel.pipeline.listening import Hearing

RATE = 44_100
QUICK = ListeningConfig(guidance=(1.0,), transpositions=())


class Copyist:
    """Answers with the vocal itself."""

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        return SimpleNamespace(audio=np.repeat(vocal, 2, axis=0), sample_rate=sample_rate)


class RealBand:
    """Knows every vocal's band by heart."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.answers = [(pair.vocal().samples, pair.accompaniment()) for pair in pairs]

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        band = next(band for known, band in self.answers if np.array_equal(known, vocal))
        return SimpleNamespace(audio=band, sample_rate=band.sample_rate)


class Deaf:
    """Plays the same to everyone."""

    def __init__(self, band: Waveform) -> None:
        self.band = band

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        return SimpleNamespace(audio=self.band.samples, sample_rate=self.band.sample_rate)


def value(table: Table, name: str) -> float:
    return table.summary[f"guidance 1: {name}"].value


def hummed(pair: Pair, semitones: int) -> Waveform:
    """The pair's melody in sines, some semitones higher."""
    return Waveform.from_array(hum(pair.song, semitones), RATE)


def test_the_real_band_scores_1(pairs: list[Pair]) -> None:
    table = evaluate_listening(RealBand(pairs), pairs, QUICK)
    assert value(table, "harmony score") == pytest.approx(1.0)
    assert value(table, "harmony") == value(table, "harmony_real")
    assert value(table, "beat_f1") == value(table, "beat_f1_real") > 0.9


def test_a_band_that_does_not_listen_scores_0(pairs: list[Pair]) -> None:
    table = evaluate_listening(Deaf(pairs[0].accompaniment()), pairs, QUICK)
    assert value(table, "harmony score") == pytest.approx(0.0, abs=1e-6)


def test_a_copy_of_the_vocal_scores_what_the_bare_vocal_scores(pairs: list[Pair]) -> None:
    table = evaluate_listening(Copyist(), pairs, QUICK)
    assert value(table, "harmony score") == pytest.approx(value(table, "harmony score of the bare vocal"), abs=1e-3)
    assert 0.1 < value(table, "harmony score") < 0.9


def test_a_copy_of_the_vocal_moves_with_it_and_a_deaf_band_does_not(pairs: list[Pair]) -> None:
    config = ListeningConfig(guidance=(1.0,), transpositions=(3, 5))
    follows = evaluate_listening(Copyist(), pairs, config, transpose=hummed)
    stays = evaluate_listening(Deaf(pairs[0].accompaniment()), pairs, config, transpose=hummed)
    assert value(follows, "transposition followed") == 1.0
    assert value(follows, "key followed") == 1.0
    assert value(stays, "transposition followed") == 0.0


def test_the_key_of_the_real_band_is_right_and_that_of_another_song_is_not(pairs: list[Pair]) -> None:
    real = evaluate_listening(RealBand(pairs), pairs, QUICK)
    assert [value(real, name) for name in ("key", "key_right", "scale_right", "key_right_real")] == [1.0] * 4
    deaf = evaluate_listening(Deaf(pairs[0].accompaniment()), pairs, QUICK)
    assert value(deaf, "key_right") == pytest.approx(1 / 3)  # the first song's key is its own
    assert value(deaf, "key_right_real") == 1.0
    assert deaf.summary["guidance 1: key_right where the real band's is"].count == len(pairs)


def test_outputs_that_are_kept_can_be_judged_as_a_set(pairs: list[Pair], tmp_path: Path) -> None:
    config = ListeningConfig(seeds=(0, 7), guidance=(1.0,), transpositions=(3,))
    folder = tmp_path / "outputs"
    listening = evaluate_listening(Copyist(), pairs, config, transpose=hummed, keep=KeepIn(folder))
    assert sorted(path.name for path in (folder / "guidance-1").iterdir()) == ["moved-3", "seed-0", "seed-7"]
    kinds = folder / "guidance-1"
    judged = evaluate_set(kinds / "seed-0", pairs, takes=[kinds / "seed-7"], moved={3: kinds / "moved-3"})
    for name in ("harmony score", "key_right", "transposition followed", "chroma_distance", "take_chroma"):
        assert judged.summary[name].value == pytest.approx(value(listening, name), abs=1e-3)


def test_a_pretrained_model_answers_as_a_call_would_and_hears_each_vocal_once(
    short_pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    accompanist, heard = tiny_accompanist(), []

    class Counted:
        def hear(self, vocal: np.ndarray, sample_rate: int, *told: Any) -> Hearing:
            heard.append(vocal.shape)
            return accompanist.hear(vocal, sample_rate, *told)

        band = staticmethod(accompanist.band)

    pretrained._hearing.cache_clear()
    monkeypatch.setattr(pretrained, "_loaded", lambda name: Counted())
    config = ListeningConfig(steps=2, transpositions=(3,))
    thrifty = evaluate_listening(Pretrained("tiny"), short_pairs, config, transpose=hummed)
    assert len(heard) == 2 * 2  # two vocals of two pairs, each for two guidances
    assert to_json(thrifty) == to_json(evaluate_listening(accompanist, short_pairs, config, transpose=hummed))


@pytest.mark.parametrize("what", ["chords", "tempo", "downbeat"])
def test_a_band_is_told_what_is_true_of_the_song_and_chords_as_high_as_the_voice(
    short_pairs: list[Pair], what: str
) -> None:
    told: list[Sheet | float | None] = []

    class Told(Copyist):
        def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
            told.append(settings.get(what))
            return super().__call__(vocal, sample_rate)

    for value in ("heard", "true"):
        config = ListeningConfig(guidance=(1.0,), transpositions=(3,), **{what: value})  # type: ignore[arg-type]
        evaluate_listening(Told(), short_pairs, config, transpose=hummed)
    true: dict[str, list[Sheet | float]] = {
        "chords": [sheet_of_song(pair.song, up) for pair in short_pairs for up in (0, 3)],
        "tempo": [min(max(pair.song.tempo, 50), 210) for pair in short_pairs for _ in (0, 3)],
        "downbeat": [
            min(time for time in pair.song.downbeats if time >= pair.song.melody[0].start)
            for pair in short_pairs
            for _ in (0, 3)
        ],
    }
    assert told == [None] * 4 + true[what]
    with pytest.raises(ConfigError, match=what):
        ListeningConfig(**{what: "mine"})  # type: ignore[arg-type]


@pytest.mark.slow
def test_two_processes_find_what_one_finds_and_a_model_that_is_missing_is_said_at_once(pairs: list[Pair]) -> None:
    with pytest.raises(CheckpointError, match="nowhere"):
        Pretrained("nowhere")
    config = ListeningConfig(steps=1, guidance=(1.0,), transpositions=())
    (pairs[2].folder / "vocal.flac").write_text("no audio")
    one, two = (evaluate_listening(Pretrained(DEFAULT_MODEL), pairs, config, workers=workers) for workers in (1, 2))
    assert [row["clip"] for row in two.rows] == [row["clip"] for row in one.rows] == ["song-0", "song-3"]
    assert [item.identifier for item in two.skipped] == ["song-6"]
    for name, interval in one.summary.items():
        assert two.summary[name].value == pytest.approx(interval.value, abs=1e-3, nan_ok=True)


class Restless:
    """Takes of one vocal differ by what is asked: by nothing, by timbre alone, or by notes."""

    def __init__(self, band: RealBand, change: Callable[[np.ndarray, int], np.ndarray]) -> None:
        self.band, self.change = band, change

    def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
        answer = self.band(vocal, sample_rate).audio
        return SimpleNamespace(audio=self.change(answer.samples, settings["seed"]), sample_rate=answer.sample_rate)


def brighter(samples: np.ndarray, seed: int) -> np.ndarray:
    """The same with its differences from sample to sample raised, more for each seed."""
    return samples + 20 * seed * np.diff(samples, prepend=0.0)


@pytest.mark.parametrize("change", [lambda samples, seed: samples, brighter])
def test_seeds_differ_by_what_they_change_and_vocals_differ_more(
    pairs: list[Pair], change: Callable[[np.ndarray, int], np.ndarray]
) -> None:
    config = ListeningConfig(seeds=(0, 1), guidance=(1.0,), transpositions=())
    table = evaluate_listening(Restless(RealBand(pairs), change), pairs, config)
    apart = value(table, "take_distance")
    assert apart == 0.0 if change is not brighter else apart > 5.0
    assert value(table, "take_chroma") < 0.05 < value(table, "chroma_distance")
    beyond = table.summary["guidance 1: chroma: vocals beyond seeds"]
    assert beyond.low > 0.3
    assert beyond.value == pytest.approx(value(table, "chroma_distance") - value(table, "take_chroma"))


def test_of_one_seed_nothing_is_said_of_takes(pairs: list[Pair]) -> None:
    names = {name.removeprefix("guidance 1: ") for name in evaluate_listening(Copyist(), pairs, QUICK).summary}
    assert {"timbre_distance", "chroma_distance"} < names
    assert not {"take_distance", "take_chroma", "chroma: vocals beyond seeds"} & names


def test_every_guidance_and_seed_is_asked_for(pairs: list[Pair]) -> None:
    asked = []

    class Clerk(Copyist):
        def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
            asked.append((settings["guidance"], settings["seed"], settings["steps"]))
            return super().__call__(vocal, sample_rate)

    config = ListeningConfig(seeds=(0, 1), steps=4, guidance=(1.0, 3.0), transpositions=())
    table = evaluate_listening(Clerk(), pairs[:2], config)
    assert sorted(asked) == sorted([(g, s, 4) for g in (1.0, 3.0) for s in (0, 1)] * 2)
    assert [row["setting"] for row in table.rows] == ["guidance 1"] * 2 + ["guidance 3"] * 2


def test_a_pair_that_fails_is_skipped_counted_and_named(pairs: list[Pair]) -> None:
    class Choosy(Copyist):
        def __call__(self, vocal: np.ndarray, sample_rate: int, **settings: Any) -> SimpleNamespace:
            if np.array_equal(vocal, pairs[2].vocal().samples):
                raise AudioError("I do not like it.")
            return super().__call__(vocal, sample_rate)

    table = evaluate_listening(Choosy(), pairs, QUICK)
    assert len(table.rows) == 2
    assert "## Skipped (1)\n\n- song-6: I do not like it." in to_markdown(table)


def test_excerpts_of_one_song_alone_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(ConfigError, match="2 different songs"):
        evaluate_listening(Copyist(), [pairs[0], pairs[0]], QUICK)


@pytest.mark.parametrize("name", ["vocal.flac", "accompaniment.flac"])
def test_a_file_that_is_broken_is_skipped_counted_and_named(pairs: list[Pair], name: str) -> None:
    (pairs[0].folder / name).write_text("no audio")
    table = evaluate_listening(Copyist(), pairs, QUICK)
    assert [row["clip"] for row in table.rows] == ["song-3", "song-6"]
    assert [(item.identifier, name in item.reason) for item in table.skipped] == [("song-0", True)]
    assert table.settings["clips"] == table.summary["guidance 1: harmony"].count == 2


def test_vocals_and_bands_may_differ_in_rate_and_channels(pairs: list[Pair]) -> None:
    changes = (lambda audio: audio.resample(32_000), lambda audio: audio.to_mono(), lambda audio: audio.to_stereo())
    plain = evaluate_listening(Copyist(), pairs, QUICK)
    for pair, change in zip(pairs, changes, strict=True):
        for path in (pair.vocal_file, pair.accompaniment_file):
            write_audio(path, change(read_audio(path)))
    mixed = evaluate_listening(Copyist(), pairs, QUICK)
    for name in ("harmony", "harmony_real", "beat_f1_real", "key_right_real"):
        assert value(mixed, name) == pytest.approx(value(plain, name), abs=0.02)


def test_a_package_that_is_absent_ends_the_evaluation_with_the_command_that_installs_it(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(package: str, extra: str = "eval") -> None:
        raise MissingExtraError(package, extra)

    monkeypatch.setattr("samuel.evaluation.harmony.require", absent)
    with pytest.raises(MissingExtraError, match=r"librosa is not installed: run pip install '\.\[eval\]'"):
        evaluate_listening(Copyist(), pairs, QUICK)
