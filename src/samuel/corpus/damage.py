"""Damaged pairs: named in one sentence each, left out and counted, so that one of thousands does not end the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from samuel.corpus.errors import CorpusError
from samuel.errors import AudioError

Report = Callable[[str], None]
Outcome = tuple[str, str | None]  # a pair, and why it was left out


@contextmanager
def naming_damage(pair: Path) -> Iterator[None]:
    """Turn what reading a damaged file of a pair raises into a CorpusError.

    Only reading belongs inside: a full disk or a mistake in what is computed shall end the work.
    """
    try:
        yield
    except AudioError as error:  # names the file
        raise CorpusError(str(error)) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError) as error:
        raise CorpusError(
            f"{pair} is damaged ({type(error).__name__}: {error}): delete it and build it again."
        ) from error
    except FileNotFoundError as error:
        raise CorpusError(f"{error.filename} is missing: delete the pair and build it again.") from error


class LeftOut:
    """Collects the pairs that were left out, and reports each once."""

    def __init__(self, report: Report) -> None:
        self.names: set[str] = set()
        self._report = report
        self._first = ""

    def note(self, name: str, reason: str | None) -> None:
        """Report a pair if there is a reason."""
        if reason is not None and name not in self.names:
            self._first = self._first or reason
            self.names.add(name)
            self._report(f"left out {name}: {reason}")

    def count(self, of: int, what: str) -> None:
        """Report how many were left out, if any. Raises CorpusError if that is all of them."""
        if self.names and len(self.names) == of:
            raise CorpusError(f"all {of} {what} are damaged; {self._first}")
        if self.names:
            self._report(f"{len(self.names)} of {of} {what} left out")
