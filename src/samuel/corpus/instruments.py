"""What the workers of a build share: imported by their server alone, see workers.mapped, it loads the soundfonts."""

from __future__ import annotations

from samuel.corpus.band import load_soundfonts

load_soundfonts()
