"""WORLD, the vocoder that re-pitches the singers (Morise et al., 2016, doi:10.1587/transinf.2015EDP7457)."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from functools import cache
from typing import Any

from samuel.errors import MissingExtraError

RATE = 24_000  # Hz: the rate of Kokoro; flite and espeak-ng have less
FRAME_PERIOD = 5.0  # ms
FRAMES_PER_SECOND = 200
HOP = 120  # samples per frame
ANALYSIS_FFT = 1_024  # the shortest that resolves 71 Hz
SYNTHESIS_FFT = 512  # envelopes are smooth: half the bins sound alike and are made in half the time
BINS = SYNTHESIS_FFT // 2 + 1


@cache
def world() -> Any:
    """The compiled module inside pyworld, whose own __init__ needs pkg_resources, which setuptools 81 dropped."""
    package = importlib.util.find_spec("pyworld")
    if package is None:
        raise MissingExtraError("pyworld", "corpus")
    spec = importlib.machinery.PathFinder.find_spec("pyworld", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        raise MissingExtraError("pyworld", "corpus")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
