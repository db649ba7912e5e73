"""Where a run's files go: all of them or none, and never over the files of another run."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from samuel.audio import AUDIO_FORMATS, AudioFormat
from samuel.errors import AudioError, ConfigError
from samuel.unwinding import undisturbed

_ENDING = re.compile("[a-z][a-z0-9]{1,3}")  # ogg, m4a, xyz: a file is meant; not out.d, No.5 or take.final


@dataclass(frozen=True)
class Target:
    """A folder for the run's files, or, with a stem, one named audio file and its companions beside it."""

    folder: Path
    stem: str = ""

    def name(self, part: str, suffix: str, variation: int = 0, main: bool = False) -> str:
        """File name of a part such as "mix"; variation counts from 1, 0 for the only one.

        In a folder "mix-2.wav"; beside song.wav "song-mix-2.wav". main is the part that bears the stem alone.
        """
        words = [self.stem] if self.stem else []
        words += [] if main and self.stem else [part]
        words += [str(variation)] if variation else []
        return "-".join(words) + suffix

    def numbered(self, number: int) -> Target:
        """The same target for the number-th run: out, out-2, out-3 ..."""
        if number == 1:
            return self
        if self.stem:
            return replace(self, stem=f"{self.stem}-{number}")
        return replace(self, folder=self.folder.with_name(f"{self.folder.name}-{number}"))


def choose_target(output: Path | None, vocal: Path, audio_format: AudioFormat | None) -> tuple[Target, AudioFormat]:
    """Read -o: None is the folder "<vocal's stem>-band" here; a name ending in .wav, .flac or .mp3 is a file.

    Any other name is a folder. Raises ConfigError where it ends as a file's does and is no folder yet.
    """
    if output is None:
        return Target(Path(f"{vocal.stem}-band")), audio_format or "wav"
    suffix = output.suffix.lower().lstrip(".")
    if os.path.isdir(output):  # unlike is_dir, never an OSError
        return Target(output), audio_format or "wav"
    if suffix not in AUDIO_FORMATS:
        if _ENDING.fullmatch(suffix):
            raise ConfigError(
                f"output {output} ends in .{suffix}, which is not written: end it in .wav, .flac or .mp3, or make a"
                " folder of that name first."
            )
        return Target(output), audio_format or "wav"
    if audio_format not in (None, suffix):
        raise ConfigError(f"output {output} and format {audio_format!r} contradict each other: leave one out.")
    return Target(output.parent, output.stem), suffix


def free_target(target: Target, names_of: Callable[[Target], Sequence[str]], settings: str) -> Target:
    """The first numbered target that holds no file of another run; the very same run may be written again.

    names_of gives the run's files, the last of which holds its settings. Raises AudioError for a name that is too long.
    """
    for number in itertools.count(1):
        candidate = target.numbered(number)
        files = [candidate.folder / name for name in names_of(candidate)]
        try:
            if not any(_exists(file) for file in files) or _holds(files[-1], settings):
                return candidate
        except OSError as error:
            raise _unwritable(candidate.folder, error) from error
    raise AssertionError  # unreachable: count never ends


@contextmanager
def staged(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """A hidden folder to write names into; at the end they move into folder, on any exception all is removed.

    Ctrl-C waits while it is made, moved from or removed. Entering already tries the place. Raises AudioError if it
    cannot be written.
    """
    stage: Path | None = None
    try:
        with undisturbed():
            stage = Path(tempfile.mkdtemp(prefix=".samuel-", dir=_nearest_folder(folder)))
        yield stage
        with undisturbed():
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                (stage / name).replace(folder / name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        if stage is not None:
            with undisturbed():
                shutil.rmtree(stage, ignore_errors=True)


def _nearest_folder(folder: Path) -> Path:
    """The folder itself or the first of its parents that exists: on the same disk, so that moving is atomic.

    A link to nowhere counts as existing, so that it is refused before the work rather than after it.
    """
    return next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))


def _unwritable(folder: Path, error: OSError) -> AudioError:
    return AudioError(f"{folder} cannot be written ({error.strerror or error}): choose another folder with -o.")


def _exists(path: Path) -> bool:
    """Whether anything is there. Unlike Path.exists it raises OSError for a name that could never be written."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
