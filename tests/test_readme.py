"""The README's Python example runs, and its commands exist."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from programs import finished

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_example_runs_and_shows_stereo_of_the_vocal_s_length() -> None:
    (example,) = blocks("python")
    result = finished([sys.executable, "-c", example], cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split("\n")[0] == "(2, 88200) (2, 88200) 44100 7"


def commands(name: str) -> list[list[str]]:
    lines = [line.partition("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    return [words for words in lines if words[:1] == [name]]


@pytest.mark.parametrize("words", commands("samuel"), ids=" ".join)
def test_every_samuel_command_is_understood(words: list[str]) -> None:
    from samuel.cli.main import build_parser

    if "--help" in words:
        with pytest.raises(SystemExit, match="0"):
            build_parser().parse_args(words[1:])
        return
    assert callable(build_parser().parse_args(words[1:]).run)


def test_the_table_of_options_has_those_of_the_command_with_their_defaults() -> None:
    from samuel.cli.main import build_parser

    table = README.partition("| option | meaning | default |")[2].partition("\n\n")[0].replace(r"\|", "/")
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in table.splitlines()[2:]]
    told = {option: default for options, _, default in rows for option in re.findall(r"--[a-z-]+", options)}
    commands = next(action for action in build_parser()._actions if isinstance(action.choices, dict))
    assert isinstance(commands.choices, dict)
    actions = [each for each in commands.choices["accompany"]._actions if each.option_strings and each.dest != "help"]
    assert set(told) == {option for each in actions for option in each.option_strings if option.startswith("--")}
    for action in actions:
        if found := re.search(r"default: ([^)]+)", action.help or ""):
            assert told[action.option_strings[-1]].strip("`").startswith(found[1])


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_every_make_target_exists(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(words[1])}:", makefile, flags=re.MULTILINE)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("variables", "asks_for_the_example"),
    [([], True), (["ARGS=--from take-band --extend 4"], False), (["VOCAL=a"], False)],
)
def test_make_brings_the_example_only_where_nothing_else_is_named(
    variables: list[str], asks_for_the_example: bool
) -> None:
    shown = finished(["make", "-n", "accompany", *variables], cwd=ROOT)
    assert shown.returncode == 0, shown.stderr
    assert ("--example" in shown.stdout) == asks_for_the_example
