"""Audio as the bytes of a small mp3, to be carried inside a page."""

from __future__ import annotations

import io

import soundfile

from samuel.audio.waveform import Waveform

SMALL = 0.75  # libsndfile's scale from 0 (best) to 1 (smallest)


def mp3_bytes(waveform: Waveform, quality: float = SMALL) -> bytes:
    """The whole waveform as an mp3 of variable bit rate; peaks above full scale are cut, as any decoder would."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        waveform.samples.clip(-1, 1).T,
        waveform.sample_rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=quality,
        bitrate_mode="VARIABLE",
    )
    return buffer.getvalue()
