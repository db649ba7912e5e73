"""Sound as arrays and files: the only part that touches audio files."""

from samuel.audio.files import AUDIO_FORMATS, AudioFormat, AudioTag, as_written, read_audio, read_tags, write_audio
from samuel.audio.limiter import limit, true_peak
from samuel.audio.loudness import integrated_loudness, match_loudness, mix, normalise_loudness
from samuel.audio.waveform import Waveform

__all__ = [
    "AUDIO_FORMATS",
    "AudioFormat",
    "AudioTag",
    "Waveform",
    "as_written",
    "integrated_loudness",
    "limit",
    "match_loudness",
    "mix",
    "normalise_loudness",
    "read_audio",
    "read_tags",
    "true_peak",
    "write_audio",
]
