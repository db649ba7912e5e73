"""Voice leading: every chord is placed so that its notes move as little as possible from the chord before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

from samuel.corpus.song import Chord

REACH = 9  # semitones from the centre to the outermost note of a voicing
Voicing = tuple[int, ...]  # MIDI notes from below


def lead_voices(chords: Sequence[Chord], centre: int, voices: int) -> list[Voicing]:
    """A voicing for each chord around the MIDI note centre: all its pitch classes, at least ``voices`` notes."""
    voicings: list[Voicing] = []
    for chord in chords:
        before = voicings[-1] if voicings else None
        voicings.append(nearest_voicing(chord.pitch_classes, centre, voices, before))
    return voicings


@lru_cache(maxsize=65536)
def nearest_voicing(classes: tuple[int, ...], centre: int, voices: int, before: Voicing | None) -> Voicing:
    """The candidate that moves least from ``before``, lies near the centre and is not crowded."""
    return min(candidates(classes, centre, voices), key=lambda voicing: _cost(voicing, centre, before))


@lru_cache(maxsize=4096)
def candidates(classes: tuple[int, ...], centre: int, voices: int) -> tuple[Voicing, ...]:
    """All placements of the pitch classes within REACH of the centre; missing voices double root, then fifth."""
    doubled = tuple(classes[index] for index in (0, 2, 1)[: max(0, voices - len(classes))])
    places = [_places(pitch_class, centre) for pitch_class in (*classes, *doubled)]
    sets = {tuple(sorted(set(choice))) for choice in product(*places)}
    full = {notes for notes in sets if len(notes) == len(places)}
    return tuple(sorted(full or sets))


def motion(before: Voicing, after: Voicing) -> int:
    """Semitones moved in all: every note of one voicing to the nearest of the other, both ways."""
    forth = sum(min(abs(note - other) for other in before) for note in after)
    back = sum(min(abs(note - other) for other in after) for note in before)
    return forth + back


def _places(pitch_class: int, centre: int) -> list[int]:
    return [note for note in range(centre - REACH, centre + REACH + 1) if note % 12 == pitch_class]


def _cost(voicing: Voicing, centre: int, before: Voicing | None) -> tuple[float, Voicing]:
    middle = sum(voicing) / len(voicing)
    crowded = sum(high - low < 3 for low, high in pairwise(voicing))
    moved = motion(before, voicing) if before else 0
    return moved + 0.3 * abs(middle - centre) + 1.5 * crowded, voicing
