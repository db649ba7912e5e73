"""That the shape checks of tests/conftest.py really bite."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Float, TypeCheckError, jaxtyped
from torch import Tensor
from typechecker import checked

from samuel.autoencoder.oobleck import OobleckAutoencoder, OobleckConfig
from samuel.config import require_range
from samuel.model.attention import rotary


def test_a_wrong_shape_into_samuel_is_an_error_while_testing() -> None:
    pytest.importorskip("diffusers", reason="comes with the extra oobleck")
    with pytest.raises(TypeCheckError, match="audio"):
        OobleckAutoencoder(OobleckConfig(channel_multiples=(1,) * 5)).encode(torch.zeros(1, 3, 2048))


@jaxtyped(typechecker=checked)
def both(x: Float[Tensor, "b t"], factor: float) -> Float[Tensor, "b t"]:
    return x * factor if factor else x[:, :0]


def test_shapes_are_enforced_and_numbers_are_left_to_mypy() -> None:
    assert both(torch.ones(2, 3), 2).shape == (2, 3)
    with pytest.raises(TypeCheckError):
        both(torch.ones(2, 3), 0)


def test_a_function_of_samuel_is_wrapped_if_it_takes_arrays_and_otherwise_left_as_fast_as_it_is() -> None:
    assert hasattr(rotary, "__wrapped__")
    with pytest.raises(TypeCheckError, match="x"):
        rotary(torch.zeros(2, 3, 4))
    assert not hasattr(require_range, "__wrapped__")
