"""Classifier-free guidance."""

from typing import Any

import numpy as np
import pytest

from samuel.diffusion import guide, guided, guided_together
from samuel.errors import ConfigError

RNG = np.random.default_rng(0)
X, COND, NULL = RNG.normal(size=(3, 2, 4, 5))


def conditional(x: Any, t: float) -> Any:
    return COND + 0 * x


def null(x: Any, t: float) -> Any:
    return NULL + 0 * x


def forbidden(x: Any, t: float) -> Any:
    raise AssertionError("the null denoiser ran")


def test_scale_one_is_the_conditional_and_zero_the_null() -> None:
    np.testing.assert_allclose(guide(COND, NULL, 1.0), COND, atol=1e-15)
    np.testing.assert_array_equal(guide(COND, NULL, 0.0), NULL)
    np.testing.assert_array_equal(guided(conditional, null, 0.0)(X, 5.0), NULL)


def test_scale_one_never_runs_the_null() -> None:
    np.testing.assert_array_equal(guided(conditional, forbidden, 1.0)(X, 5.0), COND)


def test_guidance_acts_inside_its_interval_only() -> None:
    denoiser = guided(conditional, null, 3.0, interval=(100.0, 600.0))
    for t, expected in ((99.0, COND), (100.0, NULL + 3 * (COND - NULL)), (601.0, COND)):
        np.testing.assert_allclose(denoiser(X, t), expected)


def test_one_double_batch_gives_what_two_calls_give() -> None:
    together = guided_together(conditional, lambda x, t: (COND, NULL), 2.5, rescale=0.4)
    np.testing.assert_array_equal(together(X, 5.0), guided(conditional, null, 2.5, rescale=0.4)(X, 5.0))


def test_full_rescale_keeps_the_deviation_of_each_conditional_item() -> None:
    out = guide(COND, NULL, 4.0, rescale=1.0)
    np.testing.assert_allclose(out.std(axis=(1, 2)), COND.std(axis=(1, 2)), rtol=1e-6)
    assert not np.allclose(guide(COND, NULL, 4.0).std(axis=(1, 2)), COND.std(axis=(1, 2)), rtol=0.1)


def test_rescale_is_linear_between_its_ends() -> None:
    ends = [guide(COND, NULL, 4.0, rescale=rescale) for rescale in (0.0, 1.0)]
    np.testing.assert_allclose(guide(COND, NULL, 4.0, rescale=0.25), 0.75 * ends[0] + 0.25 * ends[1])


@pytest.mark.parametrize(("scale", "rescale"), [(-1.0, 0.0), (21.0, 0.0), (2.0, 1.5)])
def test_settings_out_of_range_are_refused(scale: float, rescale: float) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        guided(conditional, null, scale, rescale=rescale)
