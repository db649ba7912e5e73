"""Errors that a user can mend: each message is one sentence with the value at fault and the remedy."""


class SamuelError(Exception):
    """Base of every expected error; the command line prints it as one line and exits with status 1."""


class AudioError(SamuelError):
    """An audio file or signal that cannot be used."""


class CheckpointError(SamuelError):
    """Weights that are missing, damaged or do not fit the model or autoencoder at hand."""


class ConfigError(SamuelError):
    """A setting outside what the program supports."""


class MissingExtraError(SamuelError):
    """An optional package is absent; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: run pip install 'samuel[{extra}]'.")
