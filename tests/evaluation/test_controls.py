from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import Perfect
from torch import Tensor

from samuel.audio import Waveform, integrated_loudness, read_audio, write_audio
from samuel.corpus.song import Song
from samuel.errors import ConfigError
from samuel.evaluation import controls, evaluate_controls, key, rhythm
from samuel.evaluation import parts as parts_module
from samuel.evaluation.controls import Verdict, judge_metric
from samuel.evaluation.headline import ENTRIES
from samuel.evaluation.judging import Case, Families, Judged, Sound
from samuel.evaluation.metrics import CONTROLS, METRICS, Metric, claims
from samuel.evaluation.pairs import Pair, read_pairs
from samuel.evaluation.parts import Parts
from samuel.evaluation.statistics import Interval
from samuel.evaluation.table import to_json

RATE = 44_100


def test_a_metronome_keeps_the_beats(song: Song) -> None:
    audio = controls.metronome(song, round(song.duration * RATE))
    assert rhythm.evaluate(audio.samples, RATE, np.asarray(song.beats))["beat_f1"] > 0.9


def test_a_held_chord_is_in_the_key(song: Song) -> None:
    audio = controls.held_chord(song, RATE * 4)
    assert key.estimate_key(audio.samples, RATE) == (song.tonic, song.mode)


def test_pink_noise_falls_by_3_db_an_octave() -> None:
    noise = controls.pink_noise(RATE * 4, np.random.default_rng(0)).samples[0]
    power = np.abs(np.fft.rfft(noise)) ** 2 / len(noise)
    low, high = power[400 * 4 : 800 * 4].mean(), power[800 * 4 : 1_600 * 4].mean()
    assert 10 * np.log10(low / high) == pytest.approx(3.0, abs=0.3)


def test_all_controls_last_as_long_as_the_band_and_the_made_ones_are_about_as_loud(pairs: list[Pair]) -> None:
    made = controls.make_controls(pairs[0], pairs[1], Perfect())
    assert tuple(sorted(made)) == tuple(sorted(CONTROLS))
    assert len({(audio.length, audio.channels, audio.sample_rate) for audio in made.values()}) == 1
    assert integrated_loudness(made["noise"]) == pytest.approx(integrated_loudness(made["real"]), abs=1.0)
    assert not made["silence"].samples.any()


def test_every_claim_names_the_better_first() -> None:
    metric = Metric("x", "", "", True, (("real",), ("vocal", "noise"), ("silence",)))
    assert claims(metric) == [
        ("real", "vocal"), ("real", "noise"), ("real", "silence"), ("vocal", "silence"), ("noise", "silence"),
    ]  # fmt: skip
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize(
    ("real", "noise", "higher", "said"),
    [
        ((0.9, 0.8, 0.9), (0.1, 0.2, 0.3), True, "right (1)"),
        ((0.9, 0.8, 0.9), (0.1, 0.2, 0.3), False, "wrong: real > noise"),
        ((0.9, 0.1, 0.9), (0.1, 0.9, 0.8), True, "unsure: real > noise"),
        ((0.9, 0.8, 0.9), (0.9, 0.8, 0.9), True, "wrong: real > noise"),
        ((0.9, 0.8, 0.9), (np.nan, np.nan, np.nan), True, "wrong: real > noise"),
    ],
)
def test_a_metric_is_believed_only_where_it_ranks_rightly_and_surely(
    real: tuple[float, ...], noise: tuple[float, ...], higher: bool, said: str
) -> None:
    rows = [{"control": name, "x": value} for name, values in (("real", real), ("noise", noise)) for value in values]
    verdict = judge_metric(Metric("x", "", "", higher, (("real",), ("noise",))), rows, {})
    assert str(verdict) == said
    assert verdict.headline == said.startswith("right")


def test_a_metric_of_sets_is_believed_where_the_intervals_do_not_touch() -> None:
    metric = Metric("x", "", "", True, (("real",), ("noise",)), of_set=True)
    real = {"x": Interval(5.0, 4.0, 6.0, 3)}
    assert judge_metric(metric, [], {"real": real, "noise": {"x": Interval(2, 1, 3, 3)}}).headline
    assert judge_metric(metric, [], {"real": real, "noise": {"x": Interval(4, 3, 5, 3)}}).unsure


def test_a_metric_that_claims_nothing_describes_only() -> None:
    assert str(Verdict("x")) == "describes only"
    assert not Verdict("x").headline


@pytest.mark.filterwarnings("ignore:n_fft")
def test_harmony_and_beats_tell_the_real_band_from_everything_else(pairs: list[Pair]) -> None:
    (pairs[2].folder / "vocal.flac").write_text("no audio")
    table = evaluate_controls(pairs, Perfect())
    overview = {row["metric"]: row for row in table.sections["Controls"]}
    assert len(table.rows) == 2 * len(CONTROLS)
    assert [item.identifier for item in table.skipped] == ["song-6"]
    assert overview["chord_match"]["real"] > overview["chord_match"]["other song"]
    assert overview["log_mel_db"]["real"] == 0.0
    assert overview["beat_f1"]["silence"] == 0.0
    assert overview["loudness_lufs"]["headline"] == "no"


@pytest.mark.filterwarnings("ignore:n_fft")
def test_a_run_that_was_stopped_goes_on_and_ends_as_one_that_was_not(short_pairs: list[Pair], tmp_path: Path) -> None:
    encoded: list[int] = []

    class Counted(Perfect):
        def encode(self, audio: Tensor) -> Tensor:
            encoded.append(audio.shape[-1])
            return super().encode(audio)

    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    parts = Parts(tmp_path / "parts")
    with pytest.raises(Stopped):
        evaluate_controls(short_pairs, Counted(), parts=parts, on_step=stop)
    resumed = evaluate_controls(short_pairs, Counted(), parts=parts)
    assert len(encoded) == len(short_pairs)  # the first pair is judged once
    assert to_json(resumed) == to_json(evaluate_controls(short_pairs, Perfect()))
    (tmp_path / "parts" / "song-3.npz").write_bytes(b"damaged")
    evaluate_controls(short_pairs, Counted(), parts=parts)
    assert len(encoded) == len(short_pairs) + 1


def test_a_kept_part_is_used_only_while_all_that_it_depends_on_is_the_same(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judging itself is left out: whether it is asked for is what matters."""
    judged: list[str] = []

    class Scaled(torch.nn.Module):
        name = "scaled"

        def __init__(self, gain: float) -> None:
            super().__init__()
            self.gain = torch.nn.Parameter(torch.tensor(gain))

    def judge_case(case: Case, real: Sound, extra: Families) -> Judged:
        judged.append(case.identifier)
        return Judged(case.identifier, None, {}, {})

    monkeypatch.setattr(controls, "make_controls", lambda pair, other, autoencoder: dict.fromkeys(CONTROLS))
    monkeypatch.setattr(controls, "listen", lambda audio, tracker: None)
    monkeypatch.setattr(controls, "judge_case", judge_case)
    monkeypatch.setattr(controls, "assemble", lambda judged: ([], {}))

    def again(gain: float = 1.0, families: dict[str, str] | None = None, tracker: rhythm.Tracker = "librosa") -> int:
        """How many of the three pairs are judged anew."""
        judged.clear()
        parts = Parts(tmp_path / "parts", families or {})
        extra = dict.fromkeys(families or {}, lambda case: {})
        evaluate_controls(read_pairs(corpus), Scaled(gain), parts=parts, extra=extra, tracker=tracker)
        return len(set(judged))

    assert [again(), again()] == [3, 0]
    assert [again(gain=2.0), again(gain=2.0), again()] == [3, 0, 3]  # other weights under the same name
    assert [again(tracker="beatnet"), again(families={"aesthetics": "1"}), again(families={"aesthetics": "2"})] == [
        3
    ] * 3
    assert [again(), again()] == [3, 0]
    band = corpus / "pairs" / "song-3" / "accompaniment.flac"
    write_audio(band, Waveform(0.5 * read_audio(band).samples, RATE))
    assert [again(), again()] == [2, 0]  # also of the pair for which it is another song's band
    truth = corpus / "pairs" / "song-6" / "truth.json"
    truth.write_text(truth.read_text().replace('"tonic": 6', '"tonic": 5'))
    assert [again(), again()] == [1, 0]
    monkeypatch.setattr(parts_module, "of_code", lambda: "the code of tomorrow")
    assert [again(), again()] == [3, 0]


def test_metrics_of_which_nobody_says_what_they_depend_on_are_not_kept(pairs: list[Pair], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="aesthetics depend on is not known"):
        evaluate_controls(pairs, Perfect(), parts=Parts(tmp_path), extra={"aesthetics": lambda case: {}})


def test_one_song_alone_is_refused(pairs: list[Pair]) -> None:
    with pytest.raises(ConfigError, match="2 different songs"):
        evaluate_controls(pairs[:1], Perfect())


def test_no_metric_that_page_013_finds_unfit_stands_in_the_headline() -> None:
    page = (Path(__file__).parents[2] / "docs" / "experiments" / "013-controls.md").read_text()
    section = page.split("## Not fit")[1].split("\n## ")[0]
    unfit = {line.split("`")[1] for line in section.splitlines() if line.startswith("* `")}
    assert "vocal_roughness" in unfit
    assert not unfit & ENTRIES.keys()
