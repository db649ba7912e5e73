"""The models: a denoiser that plays the band, and a listener that hears chords and beats in the vocal."""

from samuel.model.binding import BoundDenoiser
from samuel.model.condition import Condition, with_styles
from samuel.model.config import DENOISER_PRESETS, DenoiserConfig
from samuel.model.denoiser import Denoiser
from samuel.model.listener import LISTENER_PRESETS, Listener, ListenerConfig, ListenerLogits
from samuel.model.listener_loss import ListenerTargets, listener_loss, listener_losses
from samuel.model.rhythm import with_tracked_beats

__all__ = [
    "DENOISER_PRESETS",
    "LISTENER_PRESETS",
    "BoundDenoiser",
    "Condition",
    "Denoiser",
    "DenoiserConfig",
    "Listener",
    "ListenerConfig",
    "ListenerLogits",
    "ListenerTargets",
    "listener_loss",
    "listener_losses",
    "with_styles",
    "with_tracked_beats",
]
