"""The figures to look at first: one short table for a set of takes, with intervals and the real bands beside them.

What ranks the controls wrongly (docs/experiments/013-controls.md), such as the mean distance of timbres, is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from samuel.evaluation.statistics import Interval

ENTRIES = {  # by the names of a summary; a figure that a summary lacks is left out
    "harmony score": "harmony: 0 other songs' outputs, 1 the real bands",
    "beat_f1 score": "beats: 0 other songs' outputs, 1 the real bands",
    "key_right": "share in the right key",
    "key_right where the real band's is": "the same, of clips whose real band sounds in it",
    "scale_right": "share in the right scale: relative keys count",
    "key_kostka_payne": "key, weighted after MIREX",
    "key": "key, weighted after MIREX",
    "vocal_key": "key against the vocal's, weighted after MIREX",
    "transposition followed": "share that moved with the vocal",
    "adherence": "accompaniment prompt adherence: 0 other songs' bands, 1 the real ones",
    "frechet": "Fréchet distance, dB²",
    "frechet_infinity": "the same for endless samples, dB²",
    "attack_db": "percussion: attack, dB",
    "crest_db": "percussion: crest, dB",
    "take_vendi": "different timbres among the takes of a vocal",
    "vendi": "different timbres among the clips",
    "take_chroma": "notes over seeds: 0 the same, 1 unrelated",
    "chroma_distance": "notes over vocals",
    "chroma: vocals beyond seeds": "notes: vocals beyond seeds",
}


def headline(summary: Mapping[str, Interval]) -> list[dict[str, Any]]:
    """A row per figure: what it is, its value with 95 % interval, over how many clips, and the real bands' value."""
    return [
        {
            "figure": label,
            "value": summary[name].value,
            "95 % interval": f"{summary[name].low:.3f} to {summary[name].high:.3f}",
            "clips": summary[name].count,
            "real bands": summary[f"{name}_real"].value if f"{name}_real" in summary else None,
        }
        for name, label in ENTRIES.items()
        if name in summary
    ]
