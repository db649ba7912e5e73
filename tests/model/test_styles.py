"""Styles: channels of the condition that say what band is to play."""

from dataclasses import replace

import pytest
import torch

from samuel.errors import ConfigError
from samuel.model import DENOISER_PRESETS, BoundDenoiser, Condition, Denoiser, with_styles
from samuel.model.condition import resolve_style

PLAIN = DENOISER_PRESETS["debug"]
STYLED = replace(PLAIN, styles=("pop", "rock"))


def drawn(model: Denoiser) -> Denoiser:
    """The model with its zeroed parts drawn too, as training would have it."""
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def condition_of(style: int | None, frames: int = 24) -> Condition:
    x = torch.randn(1, 110, frames, generator=torch.Generator().manual_seed(1))
    asked = None if style is None else torch.eye(2)[style][None, :, None].expand(1, 2, frames)
    return Condition(x[:, :64], x[:, 64:84], x[:, 84:], asked)


def v_of(model: Denoiser, condition: Condition) -> torch.Tensor:
    noisy = torch.randn(1, 64, condition.shape[1], generator=torch.Generator().manual_seed(2))
    return BoundDenoiser(model, condition).conditional(noisy, 400.0)


def test_another_style_is_another_band_and_no_style_is_none_of_them() -> None:
    torch.manual_seed(0)
    model = drawn(Denoiser(STYLED))
    pop, rock, whatever = (v_of(model, condition_of(style)) for style in (0, 1, None))
    assert min((pop - rock).abs().max(), (pop - whatever).abs().max(), (rock - whatever).abs().max()) > 1e-3
    zeros = replace(condition_of(0), style=torch.zeros(1, 2, 24))
    assert torch.equal(v_of(model, zeros), whatever)


def test_a_style_counts_most_for_its_own_frames() -> None:
    torch.manual_seed(0)
    model = drawn(Denoiser(replace(STYLED, attention_mix="local", blocks=(1, 1, 1, 1))))
    condition = condition_of(0, 512)
    turned = torch.cat((condition.style[..., :256], condition.style[..., 256:].flip(1)), dim=-1)
    change = (v_of(model, replace(condition, style=turned)) - v_of(model, condition)).abs().amax(dim=(0, 1))
    assert change[320:].mean() > 2 * change[:64].mean()  # group norms look at the whole clip


def test_a_model_that_knew_none_is_the_same_until_it_is_trained_on() -> None:
    torch.manual_seed(0)
    plain = drawn(Denoiser(PLAIN))
    grown = Denoiser(STYLED).eval()
    grown.load_state_dict(with_styles(plain.state_dict(), STYLED))
    for style in (None, 0, 1):
        torch.testing.assert_close(v_of(grown, condition_of(style)), v_of(plain, condition_of(None)))


def test_cutting_a_condition_cuts_its_style() -> None:
    condition = condition_of(1)
    assert torch.equal(condition.cut(3, 9).style, condition.style[..., 3:9])


def test_a_style_named_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="twice"):
        replace(PLAIN, styles=("pop", "Pop"))


def test_a_style_that_stands_for_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="stands for no style"):
        replace(PLAIN, styles=("pop", "Any"))


def test_a_model_of_no_styles_refuses_one() -> None:
    with pytest.raises(ConfigError, match="112 channels and the denoiser expects 110"):
        v_of(Denoiser(PLAIN).eval(), condition_of(1))


def test_a_style_is_asked_for_by_name() -> None:
    asked = condition_of(None).in_style("rock", STYLED.styles)
    assert torch.equal(asked.style, condition_of(1).style)
    for whatever in ("", "any", " Any"):
        assert asked.in_style(whatever, STYLED.styles).style is None


def test_a_style_is_known_however_it_is_capitalised() -> None:
    assert [resolve_style(name, ("Hip-Hop", "rock")) for name in ("hip-hop", " ROCK ")] == ["Hip-Hop", "rock"]


@pytest.mark.parametrize(
    ("known", "message"), [(("pop", "rock"), "'ska' is unknown: choose among any, pop, rock"), ((), "leave it out")]
)
def test_a_style_that_the_model_does_not_know_is_refused(known: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        condition_of(None).in_style("ska", known)
