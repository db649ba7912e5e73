from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from chord_song import make_song, play

from samuel.audio import Waveform, read_audio, write_audio
from samuel.errors import ConfigError, MissingExtraError
from samuel.evaluation import evaluate_set, harmony, timbre, write_report, write_table
from samuel.evaluation.headline import ENTRIES
from samuel.evaluation.pairs import Pair, read_pairs
from samuel.evaluation.sets import find_audio
from samuel.evaluation.table import to_markdown


@pytest.fixture
def outputs(tmp_path: Path, pairs: list[Pair]) -> Path:
    """The real bands once more, as samuel accompany would leave them: one at another rate, one mono."""
    folder = tmp_path / "outputs"
    for pair, change in zip(pairs, (lambda x: x, lambda x: x.resample(32_000), lambda x: x.to_mono()), strict=True):
        place = folder / f"{pair.identifier}-band"
        place.mkdir(parents=True)
        write_audio(place / "accompaniment.wav", change(pair.accompaniment()))
    return folder


def test_the_real_bands_are_as_good_as_themselves_at_any_rate_and_in_mono(outputs: Path, pairs: list[Pair]) -> None:
    table = evaluate_set(outputs, pairs)
    values = {name: interval.value for name, interval in table.summary.items()}
    assert values["harmony score"] == pytest.approx(1.0, abs=0.01)
    assert table.rows[0]["log_mel_db"] == 0.0
    assert values["key_temperley"] == 1.0
    assert values["frechet"] < values["frechet_song"]  # not 0: at 32 kHz the top octave is gone
    assert table.skipped == ()


def test_bands_of_other_songs_score_0_on_harmony(tmp_path: Path, pairs: list[Pair]) -> None:
    for index, pair in enumerate(pairs):
        write_audio(tmp_path / f"{pair.identifier}.flac", pairs[index - 1].accompaniment())
    table = evaluate_set(tmp_path_without(tmp_path), pairs)
    assert table.summary["harmony score"].value < 0.1


def test_a_broken_file_and_a_missing_one_are_skipped_and_counted(outputs: Path, pairs: list[Pair]) -> None:
    (outputs / "song-0-band" / "accompaniment.wav").write_text("no audio")
    (outputs / "song-3-band" / "accompaniment.wav").unlink()
    write_audio(outputs / "stranger.wav", pairs[0].accompaniment())
    table = evaluate_set(outputs, pairs)
    assert [(item.identifier, "generate it" in item.reason) for item in table.skipped] == [
        ("song-0", False),
        ("song-3", True),
    ]
    assert [row["clip"] for row in table.rows] == ["song-6"]
    assert table.settings["outputs without a pair"] == 1


def test_one_broken_file_among_fifty_of_mixed_rates_and_channels_is_skipped_and_named(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    for number in range(50):
        rate, channels = (44_100, 22_050, 48_000)[number % 3], number % 2 + 1
        samples = 0.1 * rng.standard_normal((channels, rate * 11 // 10)).astype(np.float32)
        write_audio(tmp_path / f"clip-{number:02}.wav", Waveform(samples, rate))
    (tmp_path / "clip-17.wav").write_bytes((tmp_path / "clip-17.wav").read_bytes()[:30])
    table = evaluate_set(tmp_path)
    assert [item.identifier for item in table.skipped] == ["clip-17"]
    assert len(table.rows) == table.settings["clips"] == table.summary["loudness_lufs"].count == 49
    assert "## Skipped (1)\n\n- clip-17: " in to_markdown(table)


def test_pairs_without_truth_or_with_a_damaged_one_are_refused_by_name(outputs: Path, corpus: Path) -> None:
    (corpus / "pairs" / "song-3" / "truth.json").unlink()
    with pytest.raises(ConfigError, match=r"song-3/truth\.json cannot be read"):
        read_pairs(corpus)


def test_an_output_of_half_the_length_is_skipped(outputs: Path, pairs: list[Pair]) -> None:
    place = outputs / "song-0-band" / "accompaniment.wav"
    whole = read_audio(place)
    write_audio(place, Waveform(np.ascontiguousarray(whole.samples[:, : whole.length // 2]), whole.sample_rate))
    assert "differ in length" in evaluate_set(outputs, pairs).skipped[0].reason


def test_silence_is_judged_and_scores_nothing(outputs: Path, pairs: list[Pair]) -> None:
    for place in outputs.glob("*/*.wav"):
        audio = read_audio(place)
        write_audio(place, Waveform(np.zeros_like(audio.samples), audio.sample_rate))
    values = {name: interval.value for name, interval in evaluate_set(outputs, pairs).summary.items()}
    assert (values["chord_match"], values["beat_f1"], values["silent_share"], values["vendi"]) == (0, 0, 1, 1)


def test_without_truth_there_is_no_chord_match_and_with_vocals_their_key(outputs: Path, corpus: Path) -> None:
    alone, with_vocals = evaluate_set(outputs), evaluate_set(outputs, vocals=corpus)
    assert not {"chord_match", "vocal_key", "frechet", "harmony score"} & alone.summary.keys()
    assert {"attack_db", "roughness", "vendi", "loudness_lufs"} <= alone.summary.keys()
    assert {"vocal_key", "vocal_roughness"} <= with_vocals.summary.keys()


def test_a_family_without_its_package_is_left_out_and_named(
    outputs: Path, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise MissingExtraError(name, "eval")

    for module in (harmony, timbre):
        monkeypatch.setattr(module, "require", absent)
    table = evaluate_set(outputs, pairs)
    assert "librosa is not installed" in table.settings["harmony"]
    assert "chord_match" not in table.summary
    assert table.summary["loudness_lufs"].count == 3


def test_takes_and_transposed_outputs_of_a_set_are_judged(outputs: Path, pairs: list[Pair], tmp_path: Path) -> None:
    for pair in pairs:
        moved = Waveform.from_array(play(make_song((pair.song.tonic + 3) % 12), 44_100), 44_100)
        for folder in ("take", "moved"):
            (tmp_path / folder).mkdir(exist_ok=True)
            write_audio(tmp_path / folder / f"{pair.identifier}.flac", moved)
    table = evaluate_set(outputs, pairs, takes=[outputs], moved={3: tmp_path / "moved", 5: tmp_path / "moved"})
    assert [table.summary[f"moved_by_{asked}"].value for asked in (3, 5)] == [1.0, 0.0]
    assert table.summary["transposition followed"].value == 0.5
    assert table.summary["take_distance"].value == pytest.approx(0.0)
    assert table.summary["take_chroma"].value == pytest.approx(0.0, abs=1e-6)
    other = evaluate_set(outputs, pairs, takes=[tmp_path / "take"])
    assert other.summary["take_chroma"].low > 0.5


def copies(pairs: list[Pair], folder: Path, lacking: str = "") -> Path:
    """The real bands as a folder of outputs, without that of one clip."""
    folder.mkdir()
    for pair in pairs:
        if pair.identifier != lacking:
            write_audio(folder / f"{pair.identifier}.flac", pair.accompaniment())
    return folder


def test_clips_that_lack_a_take_are_named_and_left_out_of_what_compares_takes(
    outputs: Path, pairs: list[Pair], tmp_path: Path
) -> None:
    second, third = copies(pairs, tmp_path / "second"), copies(pairs, tmp_path / "third", lacking="song-0")
    few, all_but_it = (evaluate_set(outputs, judged, takes=[second, third]) for judged in (pairs, pairs[1:]))
    assert few.sections["Incomplete"] == ({"clip": "song-0", "lacks": f"a take in {third}"},)
    assert all_but_it.sections["Incomplete"] == few.skipped == ()
    for name in ("take_chroma", "take_vendi", "chroma_distance", "timbre_distance", "chroma: vocals beyond seeds"):
        assert few.summary[name] == all_but_it.summary[name]
    assert (few.summary["chroma_distance"].count, few.summary["chord_match"].count) == (2, 3)
    assert np.isnan(few.rows[0]["chroma_distance"])
    assert f"| song-0 | a take in {third} |" in to_markdown(few)


def test_clips_that_lack_a_vocal_or_a_moved_output_are_named(outputs: Path, pairs: list[Pair], tmp_path: Path) -> None:
    moved = copies(pairs, tmp_path / "moved", lacking="song-3")
    table = evaluate_set(outputs, pairs, moved={3: moved})
    assert table.sections["Incomplete"] == ({"clip": "song-3", "lacks": f"an output moved by 3 in {moved}"},)
    assert table.summary["moved_by_3"].count == 2
    (pairs[1].folder / "vocal.flac").unlink()
    table = evaluate_set(outputs, vocals=pairs[0].folder.parent)
    assert [row["clip"] for row in table.sections["Incomplete"]] == ["song-3"]
    assert table.summary["vocal_key"].count == 2


def test_a_folder_of_other_clips_is_refused(outputs: Path, pairs: list[Pair], tmp_path: Path) -> None:
    others = copies(pairs[:1], tmp_path / "others")
    (others / "song-0.flac").rename(others / "stranger.flac")
    with pytest.raises(ConfigError, match=f"None of 3 clips has a take in {others}"):
        evaluate_set(outputs, pairs, takes=[others])


def test_the_headline_holds_the_figures_to_look_at_first_with_the_real_bands_beside(
    outputs: Path, pairs: list[Pair]
) -> None:
    table = evaluate_set(outputs, pairs, takes=[outputs])
    rows = {row["figure"]: row for row in table.sections["Headline"]}
    assert rows["share in the right key"]["value"] == rows["share in the right key"]["real bands"] == 1.0
    assert rows["percussion: attack, dB"]["real bands"] == table.summary["attack_db_real"].value > 3
    assert {
        ENTRIES[name] for name in ("harmony score", "beat_f1 score", "frechet", "take_vendi", "vendi")
    } < rows.keys()
    assert to_markdown(table).index("## Headline") < to_markdown(table).index("## All values")


def test_the_mix_beside_a_band_is_no_clip_of_its_own(tmp_path: Path) -> None:
    for name in ("one.wav", "one-mix.wav", "re-mix.wav"):
        (tmp_path / name).touch()
    assert list(find_audio(tmp_path)) == ["one", "re-mix"]


def test_nothing_that_can_be_judged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        find_audio(tmp_path / "none")
    with pytest.raises(ConfigError, match="holds no accompaniment"):
        find_audio(tmp_path)
    (tmp_path / "a.wav").write_text("no audio")
    with pytest.raises(ConfigError, match="None of 1 clips"):
        evaluate_set(tmp_path)


def test_a_report_is_one_page_that_carries_its_sound_and_compares_two_sets(
    outputs: Path, pairs: list[Pair], tmp_path: Path
) -> None:
    table = evaluate_set(outputs, pairs)
    for name in ("first", "second"):
        write_table(table, tmp_path / name)
    html, as_json, markdown = write_report([tmp_path / "first", tmp_path / "second"], tmp_path / "page.html", players=1)
    text = html.read_text()
    assert text.count("data:audio/mpeg;base64,") == 4  # output and real band of one clip of two sets
    assert text.count("data:image/png;base64,") == 2
    assert "http" not in text.replace("http://www.w3.org", "")
    assert [part["name"] for part in json.loads(as_json.read_text())] == ["comparison", "set", "set"]
    assert "## Pair by pair" in markdown.read_text()


def test_a_report_without_the_audio_says_so(outputs: Path, pairs: list[Pair], tmp_path: Path) -> None:
    write_table(evaluate_set(outputs, pairs[:2]), tmp_path / "results")
    for place in outputs.glob("*/*.wav"):
        place.unlink()
    html, *_ = write_report([tmp_path / "results"], tmp_path / "page.html")
    assert "no longer where it was" in html.read_text()


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ConfigError, match="holds no result"):
        write_report([tmp_path], tmp_path / "page.html")


def tmp_path_without(folder: Path) -> Path:
    """The flac files of a folder, moved to one of their own: the corpus lies beside them."""
    place = folder / "swapped"
    place.mkdir()
    for path in folder.glob("*.flac"):
        path.rename(place / path.name)
    return place
