"""Errors that a user can mend: each message is one sentence with the value at fault and the remedy."""

from __future__ import annotations


class SamuelError(Exception):
    """Base of every expected error; the command line prints it as one line and exits with status 1."""


class AudioError(SamuelError):
    """An audio file or signal that cannot be used."""


class CheckpointError(SamuelError):
    """Weights that are missing, damaged or do not fit the model or autoencoder at hand."""


class ConfigError(SamuelError):
    """A setting outside what the program supports."""


# these ask for what is not used here, PyAudio (no wheel for Linux) or torchaudio; so no extra can name them
_WITHOUT_THEIR_NEEDS = ("tinysoundfont", "BeatNet", "audiobox_aesthetics")


class MissingExtraError(SamuelError):
    """An optional package is absent; the message says how to install it, as a rule by the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: run {install_command(package, extra)}.")
        self.package, self.extra = package, extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        """For another process: by default it would be made anew from its message alone, and fail."""
        return type(self), (self.package, self.extra)


def install_command(package: str, extra: str) -> str:
    """The command that installs an optional package."""
    if package in _WITHOUT_THEIR_NEEDS:
        return f"pip install --no-deps {package}"
    return f"pip install '.[{extra}]' in this project's folder"  # the index holds another project of the name samuel
