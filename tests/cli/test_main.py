"""The command line as a whole: instant help, info and doctor, exit codes."""

from __future__ import annotations

import os
import re
import sys
import time
import tomllib
from pathlib import Path

import pytest
from programs import finished
from torch import nn
from training_folder import make_training_folder

from samuel import __version__
from samuel.cli import entry
from samuel.cli.main import main
from samuel.pipeline import Accompanist, doctor
from samuel.pipeline.describe import describe_model


def test_help_is_instant() -> None:
    """Best of three, for the machine may be busy; importing PyTorch alone would take a second and more."""

    def once() -> float:
        before = time.perf_counter()
        assert finished([sys.executable, "-m", "samuel", "--help"]).returncode == 0
        return time.perf_counter() - before

    assert min(once() for _ in range(3)) < 0.5


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert __version__ in capsys.readouterr().out


WRONG = {
    "": "COMMAND is missing: see samuel --help.",
    "sing": "COMMAND 'sing' is unknown: choose one of",
    "accompany --seed x": "--seed 'x' is no whole number: give one such as 7.",
    "accompany --seed 1.5": "--seed '1.5' is no whole number",
    "accompany --guidance much": "--guidance 'much' is no number: give one such as 2.5.",
    "accompany --threads two": "--threads 'two' is no whole number",
    "accompany --seed": "--seed lacks its value: see samuel accompany --help.",
    "accompany --example=x": "--example takes no value, not 'x': leave it out.",
    "accompany take.wav --metronome 90": "--metronome 90 is not understood: see samuel accompany --help.",
    "accompany --sampler euler": "--sampler 'euler' is unknown: choose one of",
    "accompany --format ogg": "--format 'ogg' is unknown: choose one of",
    "accompany --m x": "ambiguous option: --m could match",
    "studio --port http": "--port 'http' is no whole number",
    "studio --max-queue 0": "--max-queue 0 is too small: give 1 or more.",
    "corpus": "is missing: see samuel corpus --help.",
    "corpus build corpus --workers 0": "--workers 0 is too small: give 1 or more.",
    "corpus imagine data --songs -1": "--songs -1 is too small",
    "evaluate listening corpus --clips 0": "--clips 0 is too small",
    "evaluate listening corpus --clips x": "--clips 'x' is no whole number",
    "evaluate set bands --truth corpus --vocals takes": "--vocals and --truth exclude each other: leave one out.",
    "evaluate report": "RESULTS is missing: see samuel evaluate report --help.",
}


@pytest.mark.parametrize("command", WRONG)
def test_wrong_usage_is_one_sentence_and_exit_code_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 1
    printed = capsys.readouterr()
    assert WRONG[command] in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert printed.err.startswith("samuel: ")
    assert printed.err.rstrip().endswith(".")


def test_info_shows_parts_parameters_arithmetic_weights_and_licence(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", "--model", str(model)]) == 0
    printed = capsys.readouterr().out
    for word in ("encoding", "decoding", "denoiser", "listener", "GFLOP", "model.safetensors", "Apache-2.0"):
        assert word in printed


def test_info_counts_every_parameter_once(model: Path) -> None:
    accompanist = Accompanist.from_pretrained(model)
    autoencoder, listener = accompanist.autoencoder, accompanist.denoiser.listener
    assert isinstance(autoencoder, nn.Module)
    assert listener is not None
    networks = (autoencoder, accompanist.denoiser.model, listener.model)
    whole = sum(each.numel() for network in networks for each in network.parameters())
    assert sum(part.parameters for part in describe_model(model).parts) == whole


def test_info_on_an_unknown_model_fails_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--model", "no-such-model"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_doctor_names_packages_extras_and_remedies(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(doctor._EXTRAS, "studio", ("no_such_package",))
    main(["doctor"])
    printed = capsys.readouterr().out
    for word in ("Python", "torch", "threads", "bfloat16", "soundfonts", "example vocal", ".[studio]"):
        assert word in printed


# what to import where it is not what to install
IMPORTED = {"pyworld-prebuilt": "pyworld", "import-linter": "importlinter", "pytest-xdist": "xdist"}
UNNAMED = {"tinysoundfont", "BeatNet", "audiobox_aesthetics"}  # no extra can name them


def test_doctor_looks_for_every_package_of_every_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {
        extra: {IMPORTED.get(name, name.replace("-", "_")) for name in map(distribution, packages)}
        for extra, packages in project["optional-dependencies"].items()
    }
    assert {extra: set(packages) - UNNAMED for extra, packages in doctor._EXTRAS.items()} == needed
    assert set(doctor._CORE) == set(map(distribution, project["dependencies"]))


def distribution(requirement: str) -> str:
    return re.split("[<>=]", requirement)[0]


def test_doctor_says_how_to_mend_every_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None)
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    for extra, packages in doctor._EXTRAS.items():
        (line,) = [line for line in lines if f"extra {extra} " in line]
        assert f" lacks {', '.join(packages)}  -> pip install '.[{extra}]' in this project's folder" in line


def test_doctor_tells_how_to_install_what_no_extra_can_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None)
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    for extra, package in (("corpus", "tinysoundfont"), ("eval", "BeatNet")):
        (line,) = [line for line in lines if f"extra {extra}" in line]
        assert f"pip install '.[{extra}]' in this project's folder; pip install --no-deps {package}" in line


def test_an_error_of_the_system_is_one_sentence_with_its_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(arguments: object) -> None:
        raise OSError(28, "No space left on device", "big.wav")

    monkeypatch.setattr("samuel.cli.info.run", full)
    assert main(["info"]) == 1
    expected = "samuel: big.wav cannot be used (No space left on device): check its path, its permissions and the"
    assert capsys.readouterr().err.startswith(expected)


def test_plans_of_a_listener_are_written_into_the_training_folder(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_training_folder(tmp_path / "data")
    assert main(["train", "plans", str(model.parent / "tiny-listener"), "--data", str(data)]) == 0
    assert "plans written" in capsys.readouterr().out
    assert len(list((data / "latents").glob("*.plan.npy"))) == 4


def test_doctor_fails_if_something_needed_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_CORE", ("no-such-package",))
    assert main(["doctor"]) == 1
    assert "no-such-package" in capsys.readouterr().err


COMMANDS = [
    "accompany", "info", "doctor", "train autoencoder", "train denoiser", "train listener", "train plans",
    "train export", "train everything", "train join",
    "corpus build", "corpus prepare", "corpus encode", "corpus imagine", "corpus pop909",
    "corpus fetch", "corpus import", "corpus stats", "corpus listen",
    "evaluate listening", "evaluate reconstruction", "evaluate set", "evaluate controls", "evaluate report",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert f"usage: samuel {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "train denoiser --config debug-denoiser --data missing --out run",
        "train export missing name",
        "train plans missing --data data",
        "train listener --config debug-listener --data missing --out file/run",
        "corpus build corpus --hours 0",
        "corpus build file --hours 0.01",
        "corpus build corpus --midi missing",
        "corpus encode missing data --shards shards",
        "corpus prepare missing data",
        "corpus encode missing data",
        "corpus imagine file",
        "corpus pop909 missing eval-set",
        "corpus import missing --out corpus",
        "corpus import . --out corpus --min-sung 2",
        "corpus stats",
        "corpus stats missing",
        "corpus listen missing",
        "corpus fetch lieder --out scores --archive missing",
        "info --model file",
        "evaluate listening missing",
        "evaluate reconstruction missing",
    ],
)
def test_a_missing_folder_or_bad_setting_is_one_line_and_exit_code_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(command.split()) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.rstrip().endswith(".")


def test_ctrl_c_while_the_commands_are_imported_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "samuel.cli.main":
                raise KeyboardInterrupt

    monkeypatch.setitem(os.environ, "OMP_WAIT_POLICY", "")  # so that it is put back
    monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.delitem(sys.modules, "samuel.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert entry.main() == entry.INTERRUPTED == 130
    assert capsys.readouterr().err == "samuel: stopped; nothing was left half-written.\n"
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"  # set before PyTorch is imported


def test_info_names_the_weights_of_all_three_networks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    weights = [line for line in capsys.readouterr().out.splitlines() if line.startswith("weights: ")]
    assert [Path(line.split()[1]).parent.name.split("-")[0] for line in weights] == ["samuel", "spectral", "listener"]
