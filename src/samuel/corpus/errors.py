"""Errors of corpus material that a user can mend."""

from __future__ import annotations

from samuel.errors import SamuelError


class CorpusError(SamuelError):
    """A score, archive or recording that the corpus cannot use."""
