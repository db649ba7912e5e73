"""The catalogue: what every metric is called, which end is better, and how it must rank the controls to be believed.

Conventions: an order is a sequence of groups of controls from best to worst. Every control of a group must score better
than every control of all later groups; within a group nothing is claimed, nor of a control that is not named. A metric
without an order describes and does not judge: these controls cannot test it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Control = Literal["real", "round trip", "other song", "vocal", "metronome", "noise", "silence", "held chord"]
CONTROLS: tuple[Control, ...] = get_args(Control)
Order = tuple[tuple[Control, ...], ...]

_NO_MUSIC: tuple[Control, ...] = ("noise", "silence", "held chord")
_HIT_OR_NOT: Order = (("real", "round trip", "metronome"), ("noise", "silence", "held chord"))
_IN_TIME: Order = (("real", "round trip", "metronome"), ("other song", *_NO_MUSIC))
_IN_KEY: Order = (("real", "round trip", "held chord"), ("other song", "metronome", "noise", "silence"))
_NO_NOISE: Order = (("real", "other song"), ("noise", "silence"))
_LIKE_A_BAND: Order = (("real", "round trip", "other song"), ("vocal", "metronome", *_NO_MUSIC))


@dataclass(frozen=True)
class Metric:
    """One measure: its column, family and unit; which end is better (None: neither); and its order of controls."""

    name: str
    family: str
    unit: str
    higher_is_better: bool | None
    order: Order = ()
    of_set: bool = False  # one value for a whole set rather than one per clip


METRICS: tuple[Metric, ...] = (
    Metric("frechet_song", "fidelity", "dB²", False, _LIKE_A_BAND),
    Metric("frechet", "fidelity", "dB²", False, _LIKE_A_BAND, of_set=True),
    Metric("frechet_infinity", "fidelity", "dB²", False, _LIKE_A_BAND, of_set=True),
    Metric(
        "log_mel_db",
        "fidelity",
        "dB",
        False,
        (("real",), ("round trip",), ("other song", "vocal", "metronome", *_NO_MUSIC)),
    ),
    Metric("loudness_lufs", "fidelity", "LUFS", None),
    Metric("clipped_share", "fidelity", "", False),
    Metric("silent_share", "fidelity", "", False, (("real", "round trip", "other song", "noise"), ("silence",))),
    Metric(
        "stereo_width", "fidelity", "", True, (("real", "round trip"), ("vocal", "metronome", "held chord", "silence"))
    ),
    Metric("bandwidth_hz", "fidelity", "Hz", True, (("real", "round trip"), ("held chord", "silence"))),
    Metric("attack_db", "percussion", "dB", True, _HIT_OR_NOT),
    Metric("crest_db", "percussion", "dB", True, _HIT_OR_NOT),
    Metric("timbre_distance", "diversity", "dB", True, (("real", "other song"), ("metronome", *_NO_MUSIC))),
    Metric("vendi", "diversity", "clips", True, (("real", "other song"), ("metronome", *_NO_MUSIC)), of_set=True),
    Metric("take_distance", "diversity", "dB", True),
    Metric("take_vendi", "diversity", "takes", True),
    Metric("take_chroma", "diversity", "", True),
    Metric("chroma_distance", "diversity", "", True, (("real", "other song"), ("silence",))),
    Metric(
        "chord_match", "harmony", "", True, (("real", "round trip"), ("vocal", "other song", "metronome", *_NO_MUSIC))
    ),
    Metric("key_krumhansl", "harmony", "", True, _IN_KEY),
    Metric("key_temperley", "harmony", "", True, _IN_KEY),
    Metric("key_kostka_payne", "harmony", "", True, _IN_KEY),
    Metric("key_right", "harmony", "", True, _IN_KEY),
    Metric("scale_right", "harmony", "", True, _IN_KEY),
    Metric(
        "vocal_key", "harmony", "", True, (("real", "round trip", "held chord"), ("other song", "noise", "silence"))
    ),
    Metric("roughness", "harmony", "", False, (("real", "round trip", "held chord"), ("noise",))),
    Metric("vocal_roughness", "harmony", "", False, (("real", "round trip"), ("other song", "noise"))),
    Metric("beat_f1", "rhythm", "", True, _IN_TIME),
    Metric("beat_amlt", "rhythm", "", True, _IN_TIME),
    Metric("tempo_error", "rhythm", "octaves", False, _IN_TIME),
    Metric("onset_alignment", "rhythm", "", True, _IN_TIME),
    Metric("adherence", "coherence", "", True, of_set=True),
    Metric("CE", "aesthetics", "", True, _NO_NOISE),
    Metric("CU", "aesthetics", "", True, _NO_NOISE),
    Metric("PC", "aesthetics", "", None),
    Metric("PQ", "aesthetics", "", True, _NO_NOISE),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def claims(metric: Metric) -> list[tuple[Control, Control]]:
    """All (better, worse) pairs of controls that the metric's order implies."""
    return [
        (better, worse)
        for place, group in enumerate(metric.order)
        for later in metric.order[place + 1 :]
        for better in group
        for worse in later
    ]
