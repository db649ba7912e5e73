"""Imported by the server of a build's workers alone (see workers.mapped): it loads the soundfonts that they share."""

from __future__ import annotations

from samuel.corpus.band import load_soundfonts

load_soundfonts()
