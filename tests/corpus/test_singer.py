"""The singer, on a bank of two synthetic syllables: a buzz with formants, behind hiss."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from samuel.config import SAMPLE_RATE
from samuel.corpus import units
from samuel.corpus.diction import lay_out
from samuel.corpus.errors import CorpusError
from samuel.corpus.singer import sing
from samuel.corpus.song import SungNote
from samuel.corpus.speech import Recording
from samuel.corpus.syllables import MORAE
from samuel.corpus.units import load_bank, make_bank
from samuel.corpus.voices import VOICES, Voice, shift_to_voice
from samuel.corpus.world import RATE

pytestmark = pytest.mark.skipif(find_spec("pyworld") is None, reason="the corpus extra is not installed")

NOTES = tuple(SungNote(0.5 + 0.6 * i, 1.1 + 0.6 * i, pitch, "ka") for i, pitch in enumerate((57, 60, 64, 57)))
VOICE = Voice("robot", "flite", "robot", 1.0, 60)


def buzz(seconds: float = 0.5, pitch: float = 150.0) -> np.ndarray:
    """Pulses through two resonances at 700 and 1,200 Hz."""
    samples = np.zeros(round(seconds * RATE))
    samples[:: round(RATE / pitch)] = 1
    for formant in (700, 1200):
        pole = 0.98 * np.exp(2j * np.pi * formant / RATE)
        samples = lfilter([1.0], [1, -2 * pole.real, abs(pole) ** 2], samples)
    return samples / np.abs(samples).max()


def syllable(mora: str) -> Recording:
    """Half a second of vowel after 50 ms of hiss where there is a consonant."""
    hiss = 0.02 * np.random.default_rng(0).standard_normal(round(0.05 * RATE)) * (len(mora) > 1)
    quiet = np.zeros(RATE // 10)
    return Recording(np.concatenate([quiet, hiss, buzz(), quiet]), onset=0.15, pitch=150.0)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache whose speakers all know 'ka', 'a' and 'ha' only."""
    spoken = {"ka", "a", "ha"}
    monkeypatch.setitem(units.SPEAK, "flite", lambda _, mora: iter([syllable(mora)] if mora in spoken else []))
    load_bank.cache_clear()
    return tmp_path


def pitch_at(samples: np.ndarray, time: float) -> float:
    """MIDI pitch of 80 ms by autocorrelation, between 100 and 500 Hz."""
    part = samples[round((time - 0.04) * SAMPLE_RATE) : round((time + 0.04) * SAMPLE_RATE)]
    similarity = np.correlate(part, part, "full")[len(part) - 1 :]
    low, high = SAMPLE_RATE // 500, SAMPLE_RATE // 100
    return float(69 + 12 * np.log2(SAMPLE_RATE / (low + np.argmax(similarity[low:high])) / 440))


def test_equal_seeds_give_equal_samples_and_other_seeds_others(cache: Path) -> None:
    first, second, other = (sing(NOTES, VOICE, 4.0, np.random.default_rng(seed), cache) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_the_vocal_has_the_asked_length_and_is_finite(cache: Path) -> None:
    vocal = sing(NOTES, VOICE, 3.217, np.random.default_rng(0), cache)
    assert vocal.shape == (round(3.217 * SAMPLE_RATE),)
    assert vocal.dtype == np.float32
    assert np.isfinite(vocal).all()
    assert 0.1 < np.abs(vocal).max() <= 0.95


def test_notes_sound_at_their_pitch(cache: Path) -> None:
    vocal = sing(NOTES, VOICE, 4.0, np.random.default_rng(3), cache)
    for note in NOTES:
        assert pitch_at(vocal, note.start + 0.3) == pytest.approx(note.pitch, abs=0.6)


def test_sound_starts_with_the_first_note_and_ends_after_the_last(cache: Path) -> None:
    vocal = np.abs(sing(NOTES, VOICE, 5.0, np.random.default_rng(4), cache))
    vowel = np.flatnonzero(vocal > 0.3 * vocal.max()) / SAMPLE_RATE
    assert vowel[0] == pytest.approx(NOTES[0].start, abs=0.08)
    assert vocal[round(3.2 * SAMPLE_RATE) :].max() < 1e-3


def test_no_notes_are_silence(cache: Path) -> None:
    assert not sing((), VOICE, 1.0, np.random.default_rng(0), cache).any()


def test_overlapping_notes_are_sung_one_after_the_other(cache: Path) -> None:
    chord = (SungNote(0.5, 2.5, 57, "a"), SungNote(1.5, 2.5, 64, "a"))
    vocal = sing(chord, VOICE, 3.0, np.random.default_rng(5), cache)
    assert pitch_at(vocal, 1.2) == pytest.approx(57, abs=0.8)
    assert pitch_at(vocal, 2.2) == pytest.approx(64, abs=0.8)


def test_a_cached_bank_is_the_bank_that_was_made(cache: Path) -> None:
    made = make_bank([(mora, [syllable(mora)]) for mora in MORAE if mora in ("ka", "a", "ha")])
    load_bank("flite", "robot", cache)
    load_bank.cache_clear()
    read = load_bank("flite", "robot", cache)
    assert read.units == made.units
    np.testing.assert_array_equal(read.voiced, made.voiced)
    np.testing.assert_allclose(read.envelope, made.envelope, atol=0.02)  # half precision, values to 37
    assert [path.suffix for path in cache.iterdir()] == [".npz"]


def test_a_missing_syllable_is_sung_on_its_vowel(cache: Path) -> None:
    unit = load_bank("flite", "robot", cache).find("la", 150.0)
    assert unit.syllable.endswith("a")
    assert unit.start == unit.vowel


def test_a_syllable_without_a_vowel_is_refused(cache: Path) -> None:
    with pytest.raises(CorpusError, match="'xyz' cannot be sung"):
        load_bank("flite", "robot", cache).find("xyz", 150.0)


def test_consonants_with_a_voice_keep_it_and_others_do_not() -> None:
    """So that the glide from note to note is heard through n and m, as people sing it."""
    samples = np.concatenate([np.zeros(RATE // 10), buzz(0.6), np.zeros(RATE // 10)])
    samples[: round(0.18 * RATE)] *= 0.3  # n, then a
    hum = Recording(samples, onset=0.18, pitch=150.0)
    bank = make_bank([("na", [hum]), ("ka", [syllable("ka")])])
    shares = {}
    for mora in ("na", "ka"):
        notes = [SungNote(0.5, 1.0, 57, mora), SungNote(1.0, 1.5, 60, mora)]
        diction = lay_out(notes, bank, 400, 0.0, np.random.default_rng(0))
        consonant = slice(round(0.96 * 200), round(1.0 * 200))  # of the second note
        assert diction.voiced[230:290].all(), "a vowel is voiced"
        shares[mora] = diction.voiced[consonant].mean()
    assert shares["na"] > 0.8
    assert shares["ka"] < 0.2


def test_a_whisper_is_left_out_of_the_bank() -> None:
    hiss = lfilter([1, -0.95], [1.0], np.random.default_rng(0).standard_normal(RATE))
    with pytest.raises(CorpusError, match="no syllable that can be sung"):
        make_bank([("su", [Recording(hiss, onset=0.1, pitch=150.0)])])


@pytest.mark.parametrize("name", sorted(VOICES))
def test_a_melody_moves_by_octaves_to_within_half_an_octave_of_the_voice(name: str) -> None:
    moved = shift_to_voice(NOTES, VOICES[name])
    shifts = {after.pitch - before.pitch for before, after in zip(NOTES, moved, strict=True)}
    assert len(shifts) == 1
    assert shifts.pop() % 12 == 0
    assert abs(np.median([note.pitch for note in moved]) - VOICES[name].centre) <= 6


def test_some_voice_is_held_out_and_shares_its_syllables_with_none() -> None:
    held_out = {voice.bank for voice in VOICES.values() if voice.held_out}
    assert held_out
    assert not held_out & {voice.bank for voice in VOICES.values() if not voice.held_out}
