"""What is heard in one trial: excerpts of one moment, equally loud, the anchor, and the singer where there is one.

Conventions: stimuli are stereo at 44.1 kHz and of one length. Source: ITU-R BS.1534-3, "Method for the subjective
assessment of intermediate quality level of audio systems", 2015.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.signal import firwin, kaiserord, oaconvolve

from samuel.audio import Waveform, integrated_loudness, match_loudness, true_peak
from samuel.config import SAMPLE_RATE
from samuel.errors import AudioError

LOUDNESS = -23.0  # LUFS: music keeps its peaks below full scale there, so that nothing need be limited
PEAK = 10 ** (-1 / 20)  # of full scale: what true peaks stay under, by turning a whole trial down
FADE = 0.02  # s, at either end of an excerpt: no click where it is repeated
PASS, STOP = 3_500.0, 4_000.0  # Hz: the low anchor passes up to the one, and stops from the other
STOP_DB = 60.0  # BS.1534-3 asks for 25 dB at 4 kHz and 50 dB at 4.5 kHz, within 0.1 dB in the pass band
STEP = 0.5  # s: the grid on which the beginning of an excerpt is sought


def anchor(audio: Waveform) -> Waveform:
    """The audio low-passed at 3.5 kHz, without delay: the low anchor of BS.1534-3."""
    taps, beta = kaiserord(STOP_DB, (STOP - PASS) / (audio.sample_rate / 2))
    kernel = firwin(taps | 1, (PASS + STOP) / 2, window=("kaiser", beta), fs=audio.sample_rate)
    samples = oaconvolve(audio.samples, kernel[None], mode="full", axes=-1)
    delay = len(kernel) // 2
    return Waveform.from_array(samples[:, delay : delay + audio.length], audio.sample_rate)


def busiest_start(audio: Waveform, seconds: float) -> float:
    """Where (s, on a grid of half seconds) the excerpt of most energy begins; 0 where the audio is no longer."""
    power = np.concatenate([[0.0], np.cumsum((audio.samples.astype(np.float64) ** 2).mean(axis=0))])
    length, step = round(seconds * audio.sample_rate), round(STEP * audio.sample_rate)
    starts = np.arange(0, max(audio.length - length, 0) + 1, step)
    energy = power[np.minimum(starts + length, audio.length)] - power[starts]
    return float(starts[int(energy.argmax())] / audio.sample_rate)


def excerpt(audio: Waveform, start: float, seconds: float) -> Waveform:
    """Stereo at 44.1 kHz from `start` (s) for `seconds`, faded at both ends; AudioError where the audio ends before."""
    if audio.seconds < start + seconds - 0.05:
        raise AudioError(
            f"Audio of {audio.seconds:.1f} s has no {seconds:g} s from {start:g} s: give longer recordings."
        )
    first, count = round(start * audio.sample_rate), round((seconds + 0.05) * audio.sample_rate)
    piece = Waveform(np.ascontiguousarray(audio.samples[:, first : first + count]), audio.sample_rate)
    samples = piece.to_stereo().resample(SAMPLE_RATE).samples
    whole = np.zeros((2, round(seconds * SAMPLE_RATE)), dtype=np.float32)
    kept = min(whole.shape[1], samples.shape[1])
    whole[:, :kept] = samples[:, :kept]
    return Waveform(whole * _fades(whole.shape[1]), SAMPLE_RATE)


def with_vocal(band: Waveform, vocal: Waveform) -> Waveform:
    """The singer over the band, both equally loud, by gain alone: every condition has the same balance."""
    parts = [match_loudness(part, LOUDNESS) for part in (vocal, band)]
    return Waveform(parts[0].samples + parts[1].samples, band.sample_rate)


def levelled(stimuli: Mapping[str, Waveform]) -> dict[str, Waveform]:
    """All at -23 LUFS, by gain alone; where a peak would pass -1 dBTP, all of them as much softer. Silence stays."""
    matched = {name: match_loudness(audio, LOUDNESS) for name, audio in stimuli.items()}
    room = min(1.0, PEAK / max(1e-9, *(true_peak(audio) for audio in matched.values())))
    return {name: Waveform(audio.samples * np.float32(room), audio.sample_rate) for name, audio in matched.items()}


def is_silent(audio: Waveform) -> bool:
    """Whether the audio lies below the gate of the loudness meter, so that it cannot be matched."""
    return not np.isfinite(integrated_loudness(audio))


def _fades(length: int) -> np.ndarray:
    """(length,) raised-cosine ramps at both ends, 1 between."""
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(round(FADE * SAMPLE_RATE)) / round(FADE * SAMPLE_RATE))
    gain = np.ones(length, dtype=np.float32)
    gain[: len(ramp)], gain[length - len(ramp) :] = ramp, ramp[::-1]
    return gain
