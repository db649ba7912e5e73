"""Neighbouring stretches of a song agree on the key, and nothing else changes."""

from __future__ import annotations

import torch
from torch import Tensor

from samuel.model import ListenerLogits
from samuel.model.tonality import chord_log_odds, steadied

C, G, A_MINOR, F_SHARP = 0, 7, 21, 6
F_NATURAL, F_SHARP_NOTE = 5, 6


def heard(key: int, frames: int = 5) -> ListenerLogits:
    """A stretch in which nothing but a key is heard."""
    keys = torch.zeros(1, 24)
    keys[0, key] = 6.0
    nothing = torch.zeros(1, 12, frames)
    return ListenerLogits(nothing, nothing.clone(), torch.zeros(1, frames), torch.zeros(1, frames), keys)


def change_of(stretches: list[ListenerLogits], index: int) -> Tensor:
    """(12,): by how much the log odds of the pitch classes rise in one of the stretches, in which they are 0."""
    chord = steadied(stretches)[index].chord[0]
    assert (chord == chord[:, :1]).all()
    return chord[:, 0]


def test_one_stretch_stays_as_it_is_bit_for_bit() -> None:
    torch.manual_seed(0)
    alone = ListenerLogits(*(torch.randn(2, *shape) for shape in ((12, 9), (12, 9), (9,), (9,), (24,))))
    assert torch.equal(steadied([alone])[0].chord, alone.chord)


def test_stretches_that_agree_stay_as_they_are() -> None:
    assert change_of([heard(C)] * 3, 1).abs().max() < 1e-6


def test_a_stretch_that_leans_a_fifth_up_is_brought_back_by_its_neighbours() -> None:
    leaning = heard(G)
    leaning.key[0, C] = 5.0
    change = change_of([heard(C), leaning, heard(C)], 1)
    assert change[F_NATURAL] > 1.0
    assert change[F_SHARP_NOTE] < -1.0
    assert set(change.abs().topk(2).indices.tolist()) == {F_NATURAL, F_SHARP_NOTE}


def test_a_new_key_that_its_own_neighbours_share_is_kept() -> None:
    song = [heard(C), heard(C), heard(F_SHARP), heard(F_SHARP), heard(F_SHARP)]
    at_the_change = change_of(song, 2)
    for index in (3, 4):
        assert change_of(song, index).abs().max() < at_the_change.abs().max() / 20


def test_only_chords_change() -> None:
    before = [heard(C), heard(G)]
    for one, other in zip(before, steadied(before), strict=True):
        for part in ("bass", "beat", "downbeat", "key"):
            assert torch.equal(getattr(one, part), getattr(other, part))


def test_a_key_and_its_transposition_are_alike_and_every_tonic_is_likely() -> None:
    table = chord_log_odds()
    for key in range(24):
        tonic, mode = key % 12, 12 * (key // 12)
        torch.testing.assert_close(table[key], table[mode].roll(tonic))
        assert table[key, tonic] > 0.5
    assert (table[C] - table[A_MINOR]).abs().max() < (table[C] - table[F_SHARP]).abs().max()
