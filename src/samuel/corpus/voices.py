"""The singers: whose syllables they borrow, how large their throats are, and where they are at ease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from samuel.corpus.song import SungNote

Source = Literal["kokoro", "flite", "espeak"]
LICENCES: dict[Source, str] = {"kokoro": "Apache-2.0", "flite": "BSD-like (CMU)", "espeak": "GPL-3.0-or-later"}


@dataclass(frozen=True)
class Voice:
    """A singer; several voices may share the syllables of one speaker and differ in formants and range."""

    name: str
    source: Source
    speaker: str  # as the source names it
    formant: float  # scale of the formants: above 1 a shorter vocal tract
    centre: float  # MIDI note in the middle of the range
    held_out: bool = False  # kept for validation

    @property
    def bank(self) -> tuple[Source, str]:
        """What the syllables are cached under."""
        return self.source, self.speaker

    @property
    def licence(self) -> str:
        """Licence of the speech synthesiser."""
        return LICENCES[self.source]


_VOICES = (
    Voice("alpha", "kokoro", "jf_alpha", 1.0, 67),
    Voice("gongitsune", "kokoro", "jf_gongitsune", 0.98, 65),
    Voice("nezumi", "kokoro", "jf_nezumi", 1.03, 68),
    Voice("kumo", "kokoro", "jm_kumo", 1.0, 55),
    Voice("kumo_bass", "kokoro", "jm_kumo", 0.92, 50),
    Voice("tenor", "kokoro", "jm_kumo", 1.09, 60),
    Voice("alto", "kokoro", "jf_gongitsune", 0.91, 61),
    Voice("tebukuro", "kokoro", "jf_tebukuro", 1.0, 66, held_out=True),
    Voice("slt", "flite", "slt", 1.0, 65),
    Voice("slt_girl", "flite", "slt", 1.1, 69),
    Voice("rms", "flite", "rms", 1.0, 53),
    Voice("awb", "flite", "awb", 1.03, 56),
    Voice("espeak_man", "espeak", "en-us+m3", 1.0, 55),
    Voice("espeak_woman", "espeak", "en-us+f3", 1.0, 65),
)
VOICES: dict[str, Voice] = {voice.name: voice for voice in _VOICES}


def shift_to_voice(notes: Sequence[SungNote], voice: Voice) -> tuple[SungNote, ...]:
    """The melody moved by whole octaves until its median lies within half an octave of the voice's centre."""
    if not notes:
        return ()
    median = float(np.median([note.pitch for note in notes]))
    shift = 12 * round((voice.centre - median) / 12)
    return tuple(replace(note, pitch=note.pitch + shift) for note in notes)
