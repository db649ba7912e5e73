"""Chord progressions by genre and mode, in the notation of harmony.py; all of them common property."""

from __future__ import annotations

from samuel.corpus.harmony import Mode

GENRES = ("pop", "rock", "soul", "folk", "jazz", "blues")

PROGRESSIONS: dict[tuple[str, Mode], tuple[str, ...]] = {
    ("pop", "major"): (
        "I | V | vi | IV",
        "vi | IV | I | V",
        "I | vi | IV | V",
        "IV | V | iii | vi",
        "I | V/3 | vi | IV",
        "I | iii | IV | iv",
        "IVmaj7 | V | iii7 | vi7",
        "I V/3 | vi I/5 | IV I/3 | ii V",
        "I | III7 | vi | IV V",
        "I | IV | vi | Vsus4 V",
        "I V | vi iii | IV I | IV V",
        "I | Iaug | I6 | I7 | IV | iv | I/5 | V7",
        "I | bVII | IV | I",
        "IV | I/3 | ii | V | IV | I/3 | bVII | Vsus4",
        "I | ii/b7 | IV/5 | I",
        "I | VIIdim | III7 | vi",
    ),
    ("pop", "minor"): (
        "i | bVI | bIII | bVII",
        "i | bVII | bVI | bVII",
        "i | iv | bVI | V",
        "bVI | bVII | i | i",
        "i | v | bVI | bVII",
        "i | bVII/3 | bIII | iv | bVI | bIII/5 | iv | Vsus4 V",
        "i | bIII | bVII | IV",
        "bVImaj7 | bVII | v7 | i",
    ),
    ("rock", "major"): (
        "I | IV | V | IV",
        "I | bVII | IV | IV",
        "I | bIII | IV | bVI",
        "I | IV | I | V",
        "vi | V | IV | V",
        "I | I/7 | vi | IV",
        "IV | I | V | II7",
        "I | II | IV | I",
    ),
    ("rock", "minor"): (
        "i | bVII | bVI | V",
        "i | bIII | IV | bVI",
        "i | i | bVI | bVII",
        "i bVII | bVI V | i bVII | bVI V7",
        "i | bVII | iv | bVI",
        "i | bII | bVII | i",
    ),
    ("soul", "major"): (
        "Imaj7 | ii7 | iii7 | IVmaj7",
        "Imaj7 | iii7 | vi7 | ii7 V7",
        "IVmaj7 | iii7 | ii7 | Imaj7",
        "Imaj7 | bVII9 | Imaj7 | V9",
        "I | vi7 | ii7 | Vsus4 V7",
        "I I7/3 | IV #ivdim7 | I/5 VI7 | ii7 V7",
        "ii9 | V9 | Imaj9 | VI7",
        "IVmaj7 | III7 | vi7 | v7 I7",
        "I | I7/b7 | IV/3 | iv/b3",
    ),
    ("soul", "minor"): (
        "i9 | iv9 | i9 | V7",
        "i7 | IV9 | i7 | IV9",
        "bVImaj7 | V7 | i7 | v7 I7",
        "i7 | bIIImaj7 | bVImaj7 | V7",
        "i | iminmaj7 | i7 | i6",
        "iv7 | bVII9 | bIIImaj7 | bVImaj7",
    ),
    ("folk", "major"): (
        "I | I | IV | I | I | I | V7 | I",
        "I | V | IV | I | I | V | IV V | I",
        "I | vi | ii | V7",
        "I | IV/5 | I | V",
        "I | iii | vi | V | IV | I/3 | II7 | V",
        "I | Isus4 | I | V | I | IV I/3 | ii V | I",
        "I | bVII | I | bVII V",
    ),
    ("folk", "minor"): (
        "i | bVII | i | V",
        "i | bVII | i | v | bIII | bVII | i v | i",
        "i | IV | bVII | i",
        "i | IIdim/b3 | V | i",
        "i IIdim | V7/3 i | iv IIdim/b5 | V i",
        "i | iv | i | V7 | i | iv | V7 | i",
        "i | bIII | bVII | i | bVI | bIII | bVII v | i",
    ),
    ("jazz", "major"): (
        "Imaj7 vi7 | ii7 V7 | iii7 VI7 | ii7 V7",
        "ii7 | V7 | Imaj7 | Imaj7",
        "Imaj7 | #idim7 | ii7 | #iidim7 | iii7 | VI7 | ii7 | V7",
        "I6 | VI7 | II9 | II9 | ii7 | V7 | I6 | V7",
        "Imaj7 | iv7 bVII9 | Imaj7 | VI7 | II7 | ii7 V7 | iii7 biii7 | ii7 V7",
        "III7 | III7 | VI7 | VI7 | II9 | II9 | V7 | V7",
        "IVmaj7 | #ivdim7 | Imaj7/5 | VI9 | ii7 | bII7 | I6 | ii7 V7",
        "I6 I7/3 | IV6 iv6 | I6/5 V7 | I6",
    ),
    ("jazz", "minor"): (
        "i6 | iihdim7 V7 | i6 | iihdim7 V7",
        "iv7 | bVII7 | bIIImaj7 | bVImaj7 | iihdim7 | V7 | i6 | i6",
        "i iminmaj7 | i7 i6 | bVImaj7 | iihdim7 V7",
        "i7 | i7 | iv9 | iv9 | bVI7 | V7 | i6 | V7",
        "i6 | bVI7 | iihdim7 | V7",
    ),
    ("blues", "major"): (
        "I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7",
        "I7 | IV7 | I7 | I7 | IV7 | #ivdim7 | I7/5 | VI7 | ii7 | V7 | I7 VI7 | ii7 V7",
        "I6 | IV9 | I6 | I9 | IV9 | iv6 | iii7 | VI7 | II9 | V9 | I6 VI7 | II9 V7",
    ),
    ("blues", "minor"): (
        "i7 | i7 | i7 | i7 | iv7 | iv7 | i7 | i7 | bVI7 | V7 | i7 | V7",
        "i7 | iv7 | i7 | i7 | iv7 | iv7 | i7 | i7 | iihdim7 | V7 | i7 iv7 | iihdim7 V7",
    ),
}
TURNAROUNDS: dict[Mode, tuple[str, ...]] = {
    "major": ("I | V7", "I vi | ii V", "IV | Vsus4 V7", "I VI7 | II7 V7", "bVII | IV", "bVI | bVII", "I | IV"),
    "minor": ("i | V7", "bVI | bVII", "iv | V7", "i bVII | bVI V7", "i | iv", "bVI bVII | i"),
}
BRIDGES: dict[Mode, tuple[str, ...]] = {
    "major": (
        "IV | V | vi | I | IV | V | II7 | V",
        "vi | iii | IV | I | vi | iii | II7 | Vsus4",
        "bVI | bVII | I | I",
        "vi | vi/b7 | II7/3 | IV",
        "ii | V | I | vi | ii | II7 | Vsus4 | V7",
        "iv | bVII | bIII | bVI | iv | I/5 | V7 | V7",
    ),
    "minor": (
        "iv | i | V7 | i | iv | i | bVI | V7",
        "bIII | bVII | iv | bVI | bIII | bVII | V7 | V7",
        "bVI | bVII | bIII | V7/3",
        "bVImaj7 | bVII | bVImaj7 | Vsus4 V",
    ),
}
