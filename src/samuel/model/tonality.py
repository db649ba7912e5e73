"""Stretches of a song that follow each other mostly share a key: what is heard in one steadies the chords of the next.

A stretch of 47 s may say so little that its chords lean to the key a fifth away, and the band would change key there
and back. Symbols: l the log odds that a pitch class sounds in a chord, k a key, P_i(k) what is heard of the key in
stretch i, Q_i(k) the geometric mean of P in i and its neighbours (one at an end), normalised. The log odds of a stretch
move by what is expected of them under the shared distribution less what is expected under its own:

    l_i <- l_i + sum over k of (Q_i(k) - P_i(k)) * l(k)

Where a song changes key, the stretches on either side of the change are drawn to each other; all others are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from samuel.model.listener import KEYS, PITCH_CLASSES, ListenerLogits

# share of the time in which a pitch class, 0 to 11 semitones above the tonic, sounds in the chord: 288 composed songs
# and lead sheets of the training corpus, 2.7 hours in major and 1.1 in minor
IN_MAJOR = (0.709, 0.021, 0.337, 0.031, 0.542, 0.341, 0.040, 0.641, 0.044, 0.380, 0.056, 0.254)
IN_MINOR = (0.659, 0.007, 0.333, 0.628, 0.005, 0.375, 0.013, 0.647, 0.269, 0.099, 0.328, 0.119)


def chord_log_odds() -> Float[Tensor, "24 12"]:
    """l(k) for each key, in the order of the listener's."""
    shares = torch.tensor((IN_MAJOR, IN_MINOR))
    return torch.stack([shares[key // PITCH_CLASSES].logit().roll(key % PITCH_CLASSES) for key in range(KEYS)])


def steadied(stretches: Sequence[ListenerLogits]) -> list[ListenerLogits]:
    """What is heard in the stretches of a song, in their order, each with its neighbours' word on the key.

    A song of one stretch stays as it is, bit for bit.
    """
    keys, log_odds = torch.stack([each.key for each in stretches]), chord_log_odds()
    steady = []
    for index, heard in enumerate(stretches):
        together = keys[max(0, index - 1) : index + 2].mean(dim=0).softmax(dim=-1)
        change = (together - heard.key.softmax(dim=-1)) @ log_odds.to(heard.key)
        steady.append(replace(heard, chord=heard.chord + rearrange(change, "b p -> b p 1")))
    return steady
