"""What the model knows of a vocal: latents, melodic features and, from a listener, a plan of chords and beats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.signal import find_peaks
from torch import Tensor

from samuel.audio import Waveform
from samuel.audio.scratch import let_go
from samuel.autoencoder.base import Autoencoder
from samuel.checkpoint.load import LoadedDenoiser
from samuel.config import FRAME_RATE, PLAN_CHANNELS, SAMPLE_RATE
from samuel.errors import ConfigError
from samuel.features import melodic_features
from samuel.features.beats import AS_HEARD, Told
from samuel.model.condition import Condition
from samuel.model.listener import Listener
from samuel.model.rhythm import BEAT, with_tracked_beats
from samuel.model.shapes import Plan
from samuel.model.tonality import steadied
from samuel.segments import OVERLAP, join_windows, windows_of

_BEAT_THRESHOLD = 0.3
_MIN_BEAT_GAP = 0.25  # s: 240 beats a minute


@dataclass(frozen=True, eq=False)
class Hearing:
    """A vocal as heard, b = 1, and how many samples at 44.1 kHz its band lasts."""

    condition: Condition
    length: int


@torch.inference_mode()
def listen(
    vocal: Waveform, loaded: LoadedDenoiser, autoencoder: Autoencoder, window: int, told: Told | None = None
) -> Condition:
    """The condition of a whole song, b = 1, from a mono vocal at 44.1 kHz. Without a listener the plan is zeros.

    told: what the singer tells of the beats. Raises ConfigError where a model without a listener is told a tempo or a
    downbeat.
    """
    told = told or Told()
    if not can_listen(loaded):
        for name, given in (("tempo", told.tempo != AS_HEARD), ("downbeat", told.downbeat is not None)):
            if given:
                raise ConfigError(f"a {name} cannot be told to this model, which has no listener: leave it out.")
        return first_impression(vocal, loaded, autoencoder, window)
    impression = first_impression(vocal, loaded, autoencoder, window)
    return replace(impression, plan=with_tracked_beats(impression.plan, impression.features, told))


def can_listen(loaded: LoadedDenoiser) -> bool:
    """Whether a listener tells this denoiser what to play."""
    return loaded.model.config.plan_channels > 0 and loaded.listener is not None


@torch.inference_mode()
def first_impression(vocal: Waveform, loaded: LoadedDenoiser, autoencoder: Autoencoder, window: int) -> Condition:
    """As listen, with the beat channels of the plan as the network leans: no beat is tracked yet."""
    audio = torch.from_numpy(vocal.samples)[None].expand(1, 2, -1)  # stereo without a second copy of a long song
    latents = loaded.statistics.vocal.normalise(autoencoder.encode(audio).float())
    features = torch.from_numpy(melodic_features(vocal.samples[0], SAMPLE_RATE))[None]
    let_go()  # the voice is heard: while the band is drawn nobody looks at it
    if loaded.model.config.plan_channels == 0:
        return Condition.without_plan(latents, features)
    if loaded.listener is None:
        return Condition(latents, features, torch.zeros(1, PLAN_CHANNELS, latents.shape[-1]))
    return Condition(latents, features, untracked_plan_of(loaded.listener.model, latents, features, window))


def beats_of(plan: Plan) -> tuple[float, ...]:
    """Times (s) of the beats in a plan, b = 1: peaks of its beat channel. None in one of no channels."""
    if plan.shape[1] <= BEAT:
        return ()
    probability = np.pad(plan[0, BEAT].numpy(), 1)  # so that a beat at either end is a peak as well
    peaks, _ = find_peaks(probability, height=_BEAT_THRESHOLD, distance=max(1, round(_MIN_BEAT_GAP * FRAME_RATE)))
    return tuple(float(peak - 1 + 0.5) / FRAME_RATE for peak in peaks)


def plan_of(
    listener: Listener, latents: Tensor, features: Tensor, length: int, told: Told | None = None
) -> Float[Tensor, "1 p t"]:
    """The plan of a whole song, its beats tracked over all of it: a seam between windows must not shift them."""
    return with_tracked_beats(untracked_plan_of(listener, latents, features, length), features, told)


def untracked_plan_of(listener: Listener, latents: Tensor, features: Tensor, length: int) -> Float[Tensor, "1 p t"]:
    """The plan in windows as long as the listener's training crops, each told of its neighbours' key, cross-faded."""
    windows = windows_of(latents.shape[-1], length, min(OVERLAP, length // 2))
    heard = [listener.hear(window.of(latents), window.of(features)) for window in windows]
    pieces = [each.plan()[0].float() for each in steadied(heard)]
    return join_windows(pieces, windows, min(OVERLAP, length // 2))[None]
