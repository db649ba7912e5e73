"""The parser of all commands: what argparse would answer with its usage is one sentence with the value and the remedy.

Python's own parser prints usage, then the error, and exits with status 2. Here wrong usage is a ConfigError like any
other, so that the entry point has one way of saying no. --help is argparse's.
"""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from samuel.errors import ConfigError

# argparse's own words, so that another release of Python may have others, -> ours; they follow what is at fault
_SAID = (
    (r"invalid choice: (.+) \(choose from (.+)\)", r"\1 is unknown: choose one of \2"),
    (r"expected (?:one argument|at least one argument)", "lacks its value: see {help}"),
    (r"expected .*", r"takes another number of values: see {help}"),
    (r"ignored explicit argument (.+)", r"takes no value, not \1: leave it out"),
    (r"not allowed with argument (.+)", r"and \1 exclude each other: leave one out"),
)
_ARGUMENT = re.compile(r"argument (.+?): (.*)", re.DOTALL)
_MISSING = re.compile(r"the following arguments are required: (.*)", re.DOTALL)
_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """Raises ConfigError for wrong usage. Its subcommands, being made by it, do so too."""

    def __init__(self, *arguments: object, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self.register("type", int, whole)  # what type=int and type=float stand for
        self.register("type", float, real)

    def parse_known_args(  # type: ignore[override]
        self, args: list[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does, but what a subcommand does not know is told by itself, with the way to its own help."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Raise ConfigError with the sentence that takes the place of argparse's message."""
        raise ConfigError(sentence(message, f"{self.prog} --help"))


def sentence(message: str, help_command: str) -> str:
    """An error message of argparse as one sentence; help_command is where it sends those whom it cannot tell more."""
    if found := _MISSING.fullmatch(message):
        return f"{found[1]} is missing: see {help_command}."
    if found := _UNKNOWN.fullmatch(message):
        return f"{found[1]} is not understood: see {help_command}."
    if not (found := _ARGUMENT.fullmatch(message)):
        return f"{message}: see {help_command}."
    name, fault = found.groups()
    for theirs, ours in _SAID:
        if said := re.fullmatch(theirs, fault, re.DOTALL):
            return f"{name} {said.expand(ours).replace('{help}', help_command)}."
    return f"{name} {fault}{'' if ': ' in fault else f': see {help_command}'}."


def whole(text: str) -> int:
    """A whole number. Raises ArgumentTypeError, with the text and the remedy, if it is none."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number: give one such as 7") from error


def real(text: str) -> float:
    """A number. Raises ArgumentTypeError, with the text and the remedy, if it is none."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number: give one such as 2.5") from error
