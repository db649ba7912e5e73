"""samuel accompany --from: an earlier run repeated, mended in a section, or given an outro."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from samuel.audio import read_audio, read_tags
from samuel.cli.main import main
from samuel.pipeline import run
from samuel.pipeline.sections import FADE

AUDIO = ("accompaniment", "mix")


@pytest.fixture
def band(workplace: Path, model: Path) -> Path:
    """A first run of take.wav, 1.2 s, in take-band; returns its settings."""
    assert main(["accompany", "--model", str(model), "take.wav", "--seed", "3", "--no-picture"]) == 0
    return workplace / "take-band" / "settings.json"


def go_on(settings: Path, *arguments: str) -> int:
    return main(["accompany", "--from", str(settings), *arguments])


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_regenerated_section_leaves_the_rest_sample_for_sample(band: Path, suffix: str) -> None:
    assert go_on(band, "--regenerate", "0.4-0.8", "-o", "new", "--format", suffix) == 0
    start, stop = round(0.4 * 44_100), round(0.8 * 44_100)
    for name in AUDIO:
        before, after = (read_audio(path).samples for path in (band.parent / f"{name}.wav", f"new/{name}.{suffix}"))
        np.testing.assert_array_equal(after[:, : start - FADE], before[:, : start - FADE])
        np.testing.assert_array_equal(after[:, stop + FADE :], before[:, stop + FADE :])
        assert np.abs((after - before)[:, start:stop]).max() > 1e-3


def test_a_run_with_edits_is_repeated_bit_for_bit(workplace: Path, band: Path) -> None:
    assert go_on(band, "--regenerate", "0.4-0.8", "--steps", "3", "-o", "new") == 0
    assert go_on(workplace / "new/settings.json", "--extend", "0.5", "-o", "long") == 0
    assert go_on(workplace / "long/settings.json", "-o", "again") == 0
    for name in (*(f"{name}.wav" for name in AUDIO), "latents.safetensors", "settings.json"):
        assert (workplace / "again" / name).read_bytes() == (workplace / "long" / name).read_bytes()
    edits = json.loads((workplace / "long/settings.json").read_text())["generation"]["edits"]
    assert [(edit["seed"], edit["sampling"]["steps"]) for edit in edits] == [(4, 3), (5, 2)]
    assert read_audio("long/mix.wav").length == round(1.7 * 44_100)


@pytest.mark.parametrize("kept", [["--format", "mp3"], ["--mix-only"]])
def test_a_take_kept_as_mp3_or_as_a_mix_is_made_again_to_be_changed(
    workplace: Path, model: Path, band: Path, capsys: pytest.CaptureFixture[str], kept: list[str]
) -> None:
    """The section is the same as in a take that was kept whole, and so is the rest."""
    made = ["--model", str(model), "take.wav", "--seed", "2", "--variations", "2", "--no-picture", "-o", "small", *kept]
    assert main(["accompany", *made]) == 0
    change = ("--regenerate", "0.4-0.8", "--format", "wav", "--no-mix-only")
    assert go_on(workplace / "small/settings.json", "--take", "2", *change, "-o", "new") == 0
    assert "note: the earlier take was made again first" in capsys.readouterr().out
    assert go_on(band, *change, "-o", "expected") == 0  # of seed 3 as well
    for name in (*(f"{name}.wav" for name in AUDIO), "settings.json"):
        assert (workplace / "new" / name).read_bytes() == (workplace / "expected" / name).read_bytes()


def test_a_run_is_gone_on_from_by_its_folder_too(
    workplace: Path, band: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go_on(band.parent, "-o", "again") == 0
    assert (workplace / "again/settings.json").read_bytes() == band.read_bytes()
    assert go_on(band.parent, "--regenerate", "0.4-0.8", "-o", "song.wav") == 0
    assert go_on(workplace, "--extend", "0.3", "-o", "long") == 0  # song-settings.json lies there
    assert json.loads((workplace / "long/settings.json").read_text())["generation"]["edits"][-1]["seed"] == 5
    capsys.readouterr()
    (workplace / "other-settings.json").touch()
    assert go_on(workplace) == 1
    assert "settings of 2 runs: give one of other-settings.json, song-settings.json" in capsys.readouterr().err
    (workplace / "nothing").mkdir()
    assert go_on(workplace / "nothing") == 1
    assert "nothing holds no settings.json: give the folder" in capsys.readouterr().err


def test_a_recording_that_was_moved_is_asked_for_and_taken(
    workplace: Path, band: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "take.wav").rename(workplace / "moved.wav")
    assert go_on(band, "-o", "again") == 1
    assert "take.wav, the recording of that run, is gone: give the unchanged file as VOCAL." in capsys.readouterr().err
    assert main(["accompany", "moved.wav", "--from", str(band), "-o", "again"]) == 0


def test_several_takes_of_a_section_differ_and_one_of_them_can_be_gone_on_from(workplace: Path, band: Path) -> None:
    assert go_on(band, "--regenerate", "0.4-0.8", "--variations", "2", "--seed", "20", "-o", "two") == 0
    one, other = (read_audio(f"two/accompaniment-{number}.wav").samples for number in (1, 2))
    assert np.abs(one - other).max() > 1e-3
    assert go_on(workplace / "two/settings.json", "--take", "2", "--extend", "0.3", "-o", "on") == 0
    length = other.shape[1] - FADE
    np.testing.assert_array_equal(read_audio("on/accompaniment.wav").samples[:, :length], other[:, :length])
    edits = json.loads((workplace / "on/settings.json").read_text())["generation"]["edits"]
    assert [edit["seed"] for edit in edits] == [21, 22]


def test_a_new_accompaniment_with_an_outro_is_repeated_by_its_settings(workplace: Path, model: Path) -> None:
    assert main(["accompany", "--model", str(model), "take.wav", "--extend", "0.5", "-o", "out"]) == 0
    assert read_audio("out/accompaniment.wav").length == round(1.7 * 44_100)
    assert go_on(workplace / "out/settings.json", "-o", "again") == 0
    assert (workplace / "again/mix.wav").read_bytes() == (workplace / "out/mix.wav").read_bytes()


def test_options_given_win_over_those_of_the_earlier_run(workplace: Path, band: Path) -> None:
    options = ("--guidance", "1.2", "--guidance-interval", "0.1-0.9", "--guidance-rescale", "0.5", "--seed", "8")
    assert go_on(band, *options, "-o", "out") == 0
    generation = json.loads((workplace / "out/settings.json").read_text())["generation"]
    sampling = generation["sampling"]
    assert (sampling["guidance"], sampling["guidance_interval"]) == (1.2, [0.1, 0.9])
    assert (sampling["guidance_rescale"], generation["seed"], sampling["steps"]) == (0.5, 8, 2)


def test_a_style_is_kept_until_another_is_asked_for_and_a_section_may_have_its_own(
    workplace: Path, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["accompany", "--model", str(model), "take.wav", "--style", "pop", "--no-picture", "-o", "pop"]) == 0
    again = {"same": (), "rock": ("--style", "rock"), "any": ("--style", "any")}
    for name, options in again.items():
        assert go_on(workplace / "pop/settings.json", *options, "-o", name) == 0
    said = [
        json.loads((workplace / n / "settings.json").read_text())["generation"]["sampling"]["style"]
        for n in ("pop", *again)
    ]
    assert said == ["pop", "pop", "rock", ""]
    sound = {name: read_audio(f"{name}/accompaniment.wav").samples for name in ("pop", *again)}
    np.testing.assert_array_equal(sound["same"], sound["pop"])
    assert min(np.abs(sound["pop"] - sound[name]).max() for name in ("rock", "any")) > 1e-3
    section = ("--regenerate", "0.4-0.8", "--style", "rock", "-o", "mixed")
    assert go_on(workplace / "pop/settings.json", *section) == 0
    generation = json.loads((workplace / "mixed/settings.json").read_text())["generation"]
    assert (generation["sampling"]["style"], generation["edits"][0]["sampling"]["style"]) == ("pop", "rock")
    seed = generation["edits"][0]["seed"]
    assert read_tags("mixed/mix.wav")["title"] == f"SAMUeL, pop, seed 0; 0.4-0.8 s rock, seed {seed}"
    assert f"rock, seed {seed}; " in capfd.readouterr().out
    capfd.readouterr()
    assert go_on(workplace / "pop/settings.json", "--style", "ska", "-o", "none") == 1
    assert capfd.readouterr().err.strip().endswith("style 'ska' is unknown: choose among any, pop, rock.")
    assert not (workplace / "none").exists()


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_audio_files_carry_seed_and_settings_as_tags(workplace: Path, model: Path, suffix: str) -> None:
    out = ("-o", "out", "--format", suffix, "--no-picture", "--seed", "6")
    assert main(["accompany", "--model", str(model), "take.wav", *out]) == 0
    written = json.loads((workplace / "out/settings.json").read_text())["generation"]
    for name in AUDIO:
        tags = read_tags(f"out/{name}.{suffix}")
        assert tags["title"] == "SAMUeL, seed 6"
        assert json.loads(tags["comment"]) == written


def test_settings_from_before_the_listener_was_named_are_gone_on_from(workplace: Path, band: Path) -> None:
    values = json.loads(band.read_text())
    del values["generation"]["listener"], values["generation"]["listener_fingerprint"]
    band.write_text(json.dumps(values))
    assert go_on(band, "--extend", "0.3", "-o", "long") == 0
    assert go_on(band, "-o", "again") == 0
    assert json.loads((workplace / "again/settings.json").read_text())["generation"]["listener"] == "tiny-listener"


def edited_settings(band: Path, **changes: object) -> None:
    values = json.loads(band.read_text())
    band.write_text(json.dumps(values | changes))


def made_by_another(part: str) -> Callable[[Path], object]:
    def spoil(band: Path) -> None:
        values = json.loads(band.read_text())
        values["generation"][f"{part}_fingerprint"] = "f" * 64
        band.write_text(json.dumps(values))

    return spoil


SPOILT: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "reversed": (lambda band: None, ["--regenerate", "0.8-0.4"], "0.8-0.4 s is no range"),
    "outside": (lambda band: None, ["--regenerate", "0.8-2"], "lies outside the take of 1.20 s"),
    "no range": (lambda band: None, ["--regenerate", "chorus"], "'chorus' is no range"),
    "negative": (lambda band: None, ["--extend", "-1"], "extend -1.0 is out of range"),
    "both": (lambda band: None, ["--regenerate", "0.4-0.8", "--extend", "1"], "one section is made at a time"),
    "take alone": (lambda band: None, ["--take", "1"], "--take chooses what to change"),
    "no such take": (lambda band: None, ["--extend", "1", "--take", "2"], "take 2 is none of the run"),
    "which take": (lambda band: edited_settings(band, variations=2), ["--extend", "1"], "choose one with --take"),
    "no latents": (lambda band: (band.parent / "latents.safetensors").unlink(), ["--extend", "1"], "is missing"),
    "no band": (lambda band: (band.parent / "accompaniment.wav").unlink(), ["--extend", "1"], "is missing"),
    "damaged": (lambda band: (band.parent / "latents.safetensors").write_bytes(b"x"), ["--extend", "1"], "is damaged"),
    "other model": (made_by_another("model"), ["--extend", "1"], "go on with the model that made it"),
    "other listener": (made_by_another("listener"), ["--extend", "1"], "go on with the model that made it"),
    "other listener, repeated": (made_by_another("listener"), [], "has not the weights of that run"),
    "bad interval": (lambda band: None, ["--guidance-interval", "0.9-0.1"], "guidance interval 0.9-0.1"),
    "bad rescale": (lambda band: None, ["--guidance-rescale", "2"], "guidance rescale 2.0"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_cannot_be_gone_on_from_is_one_sentence_and_nothing_written(
    workplace: Path, band: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    spoil, arguments, complaint = SPOILT[case]
    spoil(band)
    if not case.startswith("other"):  # weights are told apart by loading them
        monkeypatch.setattr(run.Accompanist, "from_pretrained", lambda _: pytest.fail("it loaded the model"))
    before = sorted(workplace.rglob("*"))
    capfd.readouterr()
    assert go_on(band, *arguments) == 1
    printed = capfd.readouterr()
    assert complaint in printed.err
    assert printed.err.count("\n") == 1
    assert (printed.out, sorted(workplace.rglob("*"))) == ("", before)


@pytest.mark.parametrize("option", [["--regenerate", "0-1"], ["--take", "1"]])
def test_editing_needs_an_earlier_run(
    workplace: Path, model: Path, capfd: pytest.CaptureFixture[str], option: list[str]
) -> None:
    assert main(["accompany", "--model", str(model), "take.wav", *option]) == 1
    assert "with --from" in capfd.readouterr().err


def test_chords_that_are_told_stay_with_the_run_until_it_is_told_others(
    workplace: Path, band: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "mine.txt").write_text("0 0.5 Am\n0.5 1.2 E7/G#\n", encoding="utf-8")
    assert go_on(band, "--chords", "mine.txt", "-o", "told") == 0
    told = workplace / "told"
    assert (told / "chords.txt").read_text(encoding="utf-8") == "0.000\t0.500\tAm\n0.500\t1.200\tE7/G#\n"
    assert go_on(told, "-o", "again") == 0
    assert go_on(told, "--chords", str(told / "chords.txt"), "-o", "from-its-own") == 0
    for again in ("again", "from-its-own"):
        assert (workplace / again / "mix.wav").read_bytes() == (told / "mix.wav").read_bytes()
    assert go_on(told, "--chords", "heard", "-o", "heard") == 0
    assert (workplace / "heard" / "mix.wav").read_bytes() == (band.parent / "mix.wav").read_bytes()
    assert (told / "mix.wav").read_bytes() != (band.parent / "mix.wav").read_bytes()
    assert go_on(told, "--regenerate", "0.6-0.9", "-o", "section") == 0
    edits = json.loads((workplace / "section/settings.json").read_text())["generation"]["edits"]
    assert [chord["name"] for chord in edits[0]["chords"]] == ["Am", "E7/G#"]
    assert go_on(workplace / "section", "--chords", "heard", "-o", "heard-again") == 0  # the section and the rest
    again = json.loads((workplace / "heard-again/settings.json").read_text())["generation"]
    assert (again["chords"], again["edits"][0]["chords"]) == ([], [])
    capsys.readouterr()
    (workplace / "late.txt").write_text("5 6 Am\n", encoding="utf-8")
    assert go_on(band, "--chords", "late.txt", "-o", "late") == 1
    assert "chord Am starts at 5 s, and the song ends at 1.2 s" in capsys.readouterr().err
    assert not (workplace / "late").exists()


def test_chords_that_a_section_does_not_play_are_noted(
    workplace: Path, band: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, sheet in (("inside", "0.3 0.7 Am\n"), ("outside", "0 0.3 Am\n")):
        (workplace / name).write_text(sheet, encoding="utf-8")
        assert go_on(band, "--regenerate", "0.6-0.9", "--chords", name, "-o", f"with-{name}") == 0
        assert ("none of these chords lies in the section" in capsys.readouterr().out) == (name == "outside")


def test_an_outro_with_chords_of_its_own_is_repeated_and_told_others(workplace: Path, band: Path) -> None:
    (workplace / "nine.txt").write_text("0 0.9 C\n0.9 1.5 F\n1.5 1.7 G\n", encoding="utf-8")
    assert go_on(band, "--extend", "0.5", "--chords", "nine.txt", "-o", "long") == 0
    assert go_on(workplace / "long", "-o", "again") == 0
    assert (workplace / "again/mix.wav").read_bytes() == (workplace / "long/mix.wav").read_bytes()
    assert (workplace / "long/chords.txt").read_text(encoding="utf-8").endswith("\t1.500\tF\n1.500\t1.700\tG\n")
    assert go_on(workplace / "long", "--chords", "long/chords.txt", "-o", "all") == 0
    settings = json.loads((workplace / "all/settings.json").read_text())["generation"]
    assert settings["chords"][-1]["start"] < 1.2  # before the outro began
    assert settings["edits"][0]["chords"][-1]["name"] == "G"


def test_a_downbeat_that_is_told_stays_with_the_run_until_it_is_told_another(
    workplace: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def downbeat_of(name: str) -> float | None:
        found: float | None = json.loads((workplace / name / "settings.json").read_text())["generation"]["downbeat"]
        return found

    made = ["accompany", "--model", str(model), "take.wav", "--no-picture"]
    assert main([*made, "--downbeat", "0.3", "-o", "told"]) == 0
    assert go_on(workplace / "told", "-o", "again") == 0
    assert go_on(workplace / "told", "--regenerate", "0.4-0.8", "-o", "section") == 0
    assert go_on(workplace / "section", "--downbeat", "heard", "-o", "heard") == 0
    assert go_on(workplace / "told", "--downbeat", "0:00,4", "-o", "minutes") == 0
    assert downbeat_of("minutes") == 0.4
    assert [downbeat_of(name) for name in ("told", "again", "section", "heard")] == [0.3, 0.3, 0.3, None]
    assert (workplace / "again/mix.wav").read_bytes() == (workplace / "told/mix.wav").read_bytes()
    capsys.readouterr()
    for arguments, sentence in (
        (("--downbeat", "one"), "downbeat 'one' is no number: give the seconds at which a bar begins"),
        (("--downbeat", "700"), "downbeat 700 is out of range, and the song ends at"),
        (("--downbeat", "0.5", "--regenerate", "0.4-0.8"), "a section or an outro keeps the downbeat of its take"),
        (("--downbeat", "heard", "--extend", "1"), "a section or an outro keeps the downbeat of its take"),
    ):
        assert go_on(workplace / "told", *arguments, "-o", "refused") == 1
        assert sentence in capsys.readouterr().err
        assert not (workplace / "refused").exists()


def test_a_tempo_that_is_told_stays_with_the_run_until_it_is_told_another(
    workplace: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tempo_of(name: str) -> float:
        return float(json.loads((workplace / name / "settings.json").read_text())["generation"]["tempo"])

    made = ["accompany", "--model", str(model), "take.wav", "--no-picture"]
    assert main([*made, "--tempo", "120,0", "-o", "told"]) == 0
    assert tempo_of("told") == 120
    assert go_on(workplace / "told", "-o", "again") == 0
    assert tempo_of("again") == 120
    assert (workplace / "again/mix.wav").read_bytes() == (workplace / "told/mix.wav").read_bytes()
    assert go_on(workplace / "told", "--regenerate", "0.4-0.8", "-o", "section") == 0
    assert go_on(workplace / "section", "--tempo", "Heard", "-o", "heard") == 0
    assert (tempo_of("section"), tempo_of("heard")) == (120, 0)
    capsys.readouterr()
    for name, arguments, sentence in (
        (
            "fast",
            ("--tempo", "fast"),
            "tempo 'fast' is no number: give beats per minute from 50 to 210",
        ),
        ("zero", ("--tempo", "0"), "tempo 0 is out of range: give beats per minute from 50 to 210, or leave it out"),
        ("nan", ("--tempo", "nan"), "tempo nan is out of range"),
        ("300", ("--tempo", "300"), "tempo 300 is out of range: give beats per minute from 50 to 210"),
        ("part", ("--tempo", "90", "--regenerate", "0.4-0.8"), "a section or an outro keeps the tempo of its take"),
    ):
        assert go_on(workplace / "told", *arguments, "-o", name) == 1
        assert sentence in capsys.readouterr().err
        assert not (workplace / name).exists()
