"""What a peer is: a public architecture at random weights, and how long it takes for some seconds of audio.

Speed does not depend on the values of the weights, so none are downloaded. A network too large to be built whole is
built at two depths, its layers being alike, and its time and parameters are extrapolated along a line; a long loop of
equal steps is timed by a few of them. Every figure says which of the two it rests on.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from samuel.errors import MissingExtraError

WHOLE_UP_TO = 1_100_000_000  # parameters: 4.4 GB in float32; larger ones are built at two depths

Build = Callable[[int], nn.Module]  # from a number of layers


@dataclass(frozen=True)
class PeerCost:
    """A peer's parameters and its seconds for `audio` seconds, and in words how they came about."""

    name: str
    parameters: int
    audio: float
    seconds: float
    how: str
    source: str


@dataclass(frozen=True)
class Line:
    """Values at some depth, on the line through two measured depths; exact where the whole was measured."""

    parameters: int
    times: tuple[float, ...]  # s
    whole: bool


def by_depth(
    build: Build, layers: int, times: Callable[[nn.Module], tuple[float, ...]], probes: tuple[int, int]
) -> Line:
    """Time a network of `layers` layers: whole if it is small enough, else at the two depths of `probes`."""
    with torch.device("meta"):
        parameters = count(build(layers))
    if parameters <= WHOLE_UP_TO or layers <= probes[1]:
        return Line(parameters, times(ready(build, layers)), True)
    few, more = (times(ready(build, depth)) for depth in probes)
    far = (layers - probes[0]) / (probes[1] - probes[0])
    return Line(parameters, tuple(a + far * (b - a) for a, b in zip(few, more, strict=True)), False)


def ready(build: Build, layers: int) -> nn.Module:
    """The network on the CPU in float32, evaluation mode, with small random weights."""
    model = build(layers).eval().requires_grad_(False)
    for values in (*model.parameters(), *model.buffers()):
        if values.is_floating_point():
            values.normal_(0, 0.02)
    return model


def count(model: nn.Module) -> int:
    """Parameters of a network."""
    return sum(parameter.numel() for parameter in model.parameters())


def import_peer(package: str, remedy: str) -> Any:
    """A module of a peer's package. Raises MissingExtraError where it is absent; `remedy` says what brings it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtraError(package.partition(".")[0], remedy) from error


def depth_note(line: Line, probes: tuple[int, int], layers: int) -> str:
    """How a line came about, in words."""
    return "whole network" if line.whole else f"extrapolated to {layers} layers from {probes[0]} and {probes[1]}"
