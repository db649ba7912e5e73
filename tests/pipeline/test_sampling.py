"""Long songs: all windows denoised together, a few at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny import tiny_accompanist
from torch import Tensor

from samuel.config import SamplerConfig
from samuel.errors import ConfigError
from samuel.model import Condition, Denoiser
from samuel.pipeline.sampling import Known, Windowing, sample_songs
from samuel.segments import Window

LOADED = tiny_accompanist().denoiser
DRAWN = SamplerConfig("dpm++", 3, 2.0)


def condition(frames: int, seed: int = 0) -> Condition:
    x = torch.randn(1, 110, frames, generator=torch.Generator().manual_seed(seed))
    return Condition(x[:, :64], x[:, 64:84], x[:, 84:])


def played(whole: Condition, config: SamplerConfig = DRAWN, batch_size: int = 1, known: Known | None = None) -> Tensor:
    return sample_songs(LOADED, whole, [3], config, Windowing(32, 8, batch_size), known=known)[0]


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm++"])
def test_the_batch_changes_nothing(sampler: str) -> None:
    config = replace(DRAWN, sampler=sampler)
    one, two, all_at_once = (played(condition(100), config, size) for size in (1, 2, 16))
    torch.testing.assert_close(two, one, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(all_at_once, one, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("steps", "heard"), [(1, False), (3, True)])
def test_after_a_step_a_window_hears_of_its_neighbour_by_what_they_share(steps: int, heard: bool) -> None:
    # the windows are 0-32, 23-55 and so on; what is sung from frame 40 on is no part of the first
    plain, other = condition(100), condition(100, seed=1)
    changed = Condition(
        *(torch.cat((getattr(plain, name)[..., :40], getattr(other, name)[..., 40:]), -1) for name in
          ("latents", "features", "plan"))
    )  # fmt: skip
    one, two = (played(each, replace(DRAWN, steps=steps))[:, :8] for each in (plain, changed))
    assert bool((one - two).abs().max() > 1e-4) == heard


def test_no_more_windows_than_a_batch_are_in_the_network_and_each_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    predict = Denoiser.predict

    def watched(self: Denoiser, noisy: Tensor, *rest: object) -> Tensor:
        sizes.append(noisy.shape[0])
        return predict(self, noisy, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Denoiser, "predict", watched)
    played(condition(100), replace(DRAWN, guidance=1.0), batch_size=2)
    assert sizes == [2, 2] * 3


def test_progress_ends_at_one_after_every_window_of_every_step() -> None:
    seen: list[float] = []
    sample_songs(LOADED, condition(100), [1, 2], DRAWN, Windowing(32, 8), seen.append)
    assert seen == pytest.approx([(i + 1) / 24 for i in range(24)])


def test_only_the_frames_to_draw_anew_change() -> None:
    before = torch.randn(64, 100, generator=torch.Generator().manual_seed(5))
    after = played(condition(100), known=Known(before, Window(30, 60)))
    assert torch.equal(after[:, :30], before[:, :30])
    assert torch.equal(after[:, 60:], before[:, 60:])
    assert ((after - before)[:, 30:60].abs().amax(dim=0) > 1e-3).all()


def test_a_section_is_drawn_to_fit_what_surrounds_it() -> None:
    before = torch.randn(64, 100, generator=torch.Generator().manual_seed(5))
    one, two = (played(condition(100), known=Known(known, Window(30, 60))) for known in (before, before + 1))
    assert (one - two)[:, 30:60].abs().max() > 1e-2


def test_outside_the_guidance_interval_there_is_no_guidance() -> None:
    # three steps are t = 799, 532 and 266: none within noise levels 0.4 to 0.6
    unguided = played(condition(24), replace(DRAWN, guidance=1.0))
    assert torch.equal(played(condition(24), replace(DRAWN, guidance_interval=(0.4, 0.6))), unguided)
    assert not torch.equal(played(condition(24), replace(DRAWN, guidance_interval=(0.6, 0.7))), unguided)


def test_guidance_rescale_brings_the_spread_down() -> None:
    config = replace(DRAWN, guidance=8.0, steps=1)
    plain, rescaled = (played(condition(24), replace(config, guidance_rescale=rescale)) for rescale in (0.0, 1.0))
    assert rescaled.std() < plain.std()


def test_the_style_is_that_of_the_whole_song_whatever_the_windows() -> None:
    pop, rock, whatever = (played(condition(100), replace(DRAWN, style=style)) for style in ("pop", "rock", ""))
    for one, other in ((pop, rock), (rock, whatever), (pop, whatever)):
        assert ((one - other).abs().amax(dim=0) > 1e-4).all()
    torch.testing.assert_close(played(condition(100), replace(DRAWN, style="pop"), 16), pop, atol=1e-4, rtol=1e-4)


def test_a_style_is_guided_to_away_from_the_same_vocal_in_any_style() -> None:
    # v is linear in the guidance, and so is x0 after one step where no frame is too loud
    config = replace(DRAWN, style="pop", guidance=1.0, steps=1, loudest_frame=1e6)
    drawn = {}
    for strength in (0.0, 1.0, 2.0):
        drawn[strength] = played(condition(24), replace(config, style_guidance=strength))
    torch.testing.assert_close(drawn[0.0], played(condition(24), replace(config, style="")), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(drawn[2.0] - drawn[1.0], drawn[1.0] - drawn[0.0], atol=1e-3, rtol=1e-3)
    assert (drawn[2.0] - drawn[1.0]).abs().max() > 1e-2


def test_a_section_may_be_drawn_in_another_style() -> None:
    before = torch.randn(64, 100, generator=torch.Generator().manual_seed(5))
    known = Known(before, Window(30, 60))
    pop, rock = (played(condition(100), replace(DRAWN, style=style), known=known) for style in ("pop", "rock"))
    assert ((pop - rock).abs().amax(dim=0) > 1e-4).nonzero()[:, 0].tolist() == [*range(30, 60)]


def test_a_batch_of_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="batch size 0"):
        Windowing(32, 8, 0)
