"""What a song is, before anyone plays or sings it. Times are seconds; pitches are MIDI note numbers (60 = C4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Stem = Literal["drums", "bass", "chords", "other"]
STEMS: tuple[Stem, ...] = ("drums", "bass", "chords", "other")

# intervals above the root, in semitones; the names are Harte et al. (2005), as in mir_eval
QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "minmaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "min9": (0, 3, 7, 10, 14),
}


@dataclass(frozen=True)
class Chord:
    """A chord from start to end (s); root and bass are pitch classes 0 (C) to 11 (B), quality a key of QUALITIES."""

    start: float
    end: float
    root: int
    quality: str
    bass: int

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Sounding pitch classes, root first; the bass is added where it is not a chord tone."""
        tones = [(self.root + interval) % 12 for interval in QUALITIES[self.quality]]
        return tuple(dict.fromkeys([*tones, self.bass]))


@dataclass(frozen=True)
class SungNote:
    """One note of the melody, sung from start to end (s) on a syllable such as 'ka', 'shi' or 'n'."""

    start: float
    end: float
    pitch: int
    syllable: str


@dataclass(frozen=True)
class Note:
    """One note of an instrument; velocity 1 to 127."""

    start: float
    end: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Section:
    """A part of the form (intro, verse, chorus, bridge, fill, outro) from start to end (s); energy 0 to 1."""

    start: float
    end: float
    name: str
    energy: float


@dataclass(frozen=True)
class Song:
    """A lead sheet laid out in time: everything that singer and band share."""

    identifier: str  # unique and stable: the split of the corpus hangs on it
    source: str  # "composer", "openewld", ...
    licence: str
    tonic: int  # pitch class of the key
    mode: Literal["major", "minor"]
    beats_per_bar: int
    tempo: float  # mean beats per minute
    swing: float  # 0.5 = straight eighths, 0.67 = triplet swing
    beats: tuple[float, ...]  # times of all beats, from 0 to the end
    downbeats: tuple[float, ...]
    chords: tuple[Chord, ...]  # contiguous, from 0 to duration
    melody: tuple[SungNote, ...]
    sections: tuple[Section, ...]
    duration: float


@dataclass(frozen=True)
class Part:
    """One instrument of the band: a General MIDI program (0 to 127) or the drum kit."""

    name: str
    stem: Stem
    program: int
    is_drum: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Arrangement:
    """A song played in one style."""

    style: str
    parts: tuple[Part, ...]


def is_known(truth: dict[str, Any]) -> bool:
    """Whether a pair's truth.json tells beats, chords and melody: for a real recording they are null."""
    return truth.get("beats") is not None


def song_from_dict(fields: dict[str, Any]) -> Song:
    """A Song from its nested dict, as dataclasses.asdict and JSON make it; keys that Song lacks are ignored."""
    plain = {name: fields[name] for name in Song.__dataclass_fields__}
    plain["beats"], plain["downbeats"] = tuple(plain["beats"]), tuple(plain["downbeats"])
    for name, kind in (("chords", Chord), ("melody", SungNote), ("sections", Section)):
        plain[name] = tuple(kind(**item) for item in plain[name])
    return Song(**plain)
