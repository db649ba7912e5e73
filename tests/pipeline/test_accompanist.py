"""The Python interface: lengths, levels, repeatability, and what it refuses."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny import sung, tiny_accompanist

from samuel.audio import Waveform, integrated_loudness, true_peak
from samuel.checkpoint.settings import settings_from_dict, settings_to_dict
from samuel.config import SamplerConfig, Sampling
from samuel.errors import AudioError, ConfigError
from samuel.pipeline import Accompanist, Progress
from samuel.pipeline.sampling import Windowing


@pytest.fixture(scope="module")
def accompanist() -> Accompanist:
    return tiny_accompanist()


@pytest.mark.parametrize("samples", [44_100, 44_101, 60_000, 2048 * 40, 2048 * 40 + 1])
def test_the_output_has_exactly_the_vocals_length(accompanist: Accompanist, samples: int) -> None:
    vocal = Waveform(sung(3).samples[:, :samples], 44_100)
    take = accompanist(vocal)
    assert take.audio.shape == take.mix.shape == (2, samples)
    assert take.sample_rate == 44_100


@pytest.mark.parametrize("rate", [8_000, 48_000, 192_000])
def test_at_another_rate_the_length_is_that_of_the_resampled_vocal(accompanist: Accompanist, rate: int) -> None:
    take = accompanist(sung(1.5, rate, channels=2))
    assert take.audio.shape == (2, round(1.5 * 44_100))


def test_audio_and_mix_are_within_level_and_unclipped(accompanist: Accompanist) -> None:
    take = accompanist(sung())
    for samples in (take.audio, take.mix):
        waveform = Waveform(samples, take.sample_rate)
        assert -24 <= integrated_loudness(waveform) <= -12
        assert true_peak(waveform) <= 10 ** (-1 / 20) + 1e-6


def test_the_same_seed_gives_the_same_take_and_another_seed_another(accompanist: Accompanist) -> None:
    first, again, other = (accompanist(sung(), seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.audio, again.audio)
    assert np.abs(first.audio - other.audio).max() > 0.01


def test_a_band_alone_is_that_of_a_call_whatever_was_played_to_the_same_vocal_before(accompanist: Accompanist) -> None:
    hearing = accompanist.hear(sung(1.5, 48_000))
    for seed, guidance in ((0, 3.0), (5, 1.0), (5, 3.0)):
        take = accompanist(sung(1.5, 48_000), seed=seed, guidance=guidance, steps=2)
        band = accompanist.band(hearing, seed=seed, guidance=guidance, steps=2)
        np.testing.assert_array_equal(band.samples, take.audio)
        assert band.sample_rate == take.sample_rate


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm++"])
def test_batch_size_and_number_of_variations_change_nothing(sampler: str) -> None:
    one_by_one, together = tiny_accompanist(Windowing(32, 8, 1)), tiny_accompanist(Windowing(32, 8, 4))
    alone = one_by_one(sung(), seed=8, sampler=sampler)
    among_others = together.vary(sung(), seeds=[7, 8, 9], sampler=sampler)[1]
    np.testing.assert_allclose(among_others.audio, alone.audio, atol=1e-4)
    assert among_others.settings == alone.settings


def test_the_vocal_is_heard_at_one_level_however_loud_it_was_recorded(
    accompanist: Accompanist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samuel.pipeline.sampling.autocast", nullcontext)  # bfloat16 would magnify the last bit
    soft = Waveform(sung().samples * np.float32(0.1), 44_100)
    np.testing.assert_allclose(accompanist(soft).audio, accompanist(sung()).audio, atol=2e-3)


def test_what_is_sung_decides_what_is_played(accompanist: Accompanist) -> None:
    backwards = Waveform(np.ascontiguousarray(sung().samples[:, ::-1]), 44_100)
    assert np.abs(accompanist(backwards).audio - accompanist(sung()).audio).max() > 0.01


def test_guidance_one_zero_and_three_differ(accompanist: Accompanist) -> None:
    takes = [accompanist(sung(), guidance=guidance).audio for guidance in (0, 1, 3)]
    assert np.abs(takes[0] - takes[1]).max() > 1e-3
    assert np.abs(takes[1] - takes[2]).max() > 1e-3


@pytest.mark.parametrize(("listener", "plan_channels"), [(False, 26), (False, 0), (True, 0)])
def test_models_without_listener_or_plan_play_as_well(listener: bool, plan_channels: int) -> None:
    take = tiny_accompanist(with_listener=listener, plan_channels=plan_channels)(sung())
    assert np.isfinite(take.audio).all()
    assert take.beats == ()


def test_vocal_gain_moves_the_vocal_against_the_band(accompanist: Accompanist) -> None:
    loud, soft = (accompanist(sung(), vocal_gain_db=gain) for gain in (12.0, -40.0))
    band = loud.audio - loud.audio.mean()

    def likeness(mix: np.ndarray) -> float:
        return float(np.corrcoef(mix[0], band[0])[0, 1])

    assert likeness(soft.mix) > 0.99 > likeness(loud.mix)
    np.testing.assert_array_equal(loud.audio, soft.audio)


def test_an_array_with_its_rate_is_as_good_as_a_waveform(accompanist: Accompanist) -> None:
    array = accompanist(sung().samples[0], 44_100).audio
    np.testing.assert_array_equal(array, accompanist(sung()).audio)


def test_progress_rises_from_zero_to_one_through_all_stages(accompanist: Accompanist) -> None:
    seen: list[Progress] = []
    accompanist(sung(), progress=seen.append)
    fractions = [each.fraction for each in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(each.stage for each in seen)) == ["listening", "playing", "mixing"]


def test_all_that_decides_how_latents_are_drawn_can_be_given_as_a_keyword(accompanist: Accompanist) -> None:
    assert Sampling.__annotations__.keys() == SamplerConfig.__annotations__.keys()
    chosen: Sampling = {"sampler": "ddim", "steps": 2, "guidance": 1.5, "guidance_interval": (0.1, 0.9),
                        "guidance_rescale": 0.5, "style": "rock", "style_guidance": 3.0,
                        "loudest_frame": 1.5}  # fmt: skip
    assert chosen.keys() == Sampling.__annotations__.keys()
    assert accompanist(sung(), **chosen).settings.sampling == SamplerConfig(**chosen)
    assert accompanist.sampler_config(**dict.fromkeys(chosen)) == accompanist.denoiser.sampler


def test_numbers_of_any_kind_make_settings_that_are_written_and_read_back_as_they_are(accompanist: Accompanist) -> None:
    chosen: Any = {"steps": np.int64(2), "guidance": np.float32(1.5), "style_guidance": 3, "guidance_interval": [0, 1]}
    config = accompanist.sampler_config(**chosen)
    assert settings_from_dict(SamplerConfig, json.loads(json.dumps(settings_to_dict(config)))) == config
    assert json.dumps(settings_to_dict(config)) == json.dumps(
        settings_to_dict(accompanist.sampler_config(steps=2, guidance=1.5, style_guidance=3.0))
    )


@pytest.mark.parametrize(
    ("chosen", "passes"),
    [({}, 2), ({"guidance": 1.0}, 1), ({"style": "rock"}, 3), ({"style": "rock", "style_guidance": 1.0}, 2)],
)
def test_every_guidance_takes_a_pass(accompanist: Accompanist, chosen: Sampling, passes: int) -> None:
    assert accompanist.sampler_config(**chosen).passes == passes


def test_an_unknown_keyword_is_an_error(accompanist: Accompanist) -> None:
    with pytest.raises(TypeError, match="setps"):
        accompanist(sung(), setps=3)  # type: ignore[call-arg]


def test_settings_name_model_weights_and_sampling(accompanist: Accompanist) -> None:
    settings = accompanist(sung(), seed=3, steps=2, vocal_gain_db=1.5).settings
    assert (settings.seed, settings.sampling) == (3, SamplerConfig("dpm++", 2, 2.0))
    assert (settings.model, settings.model_fingerprint, settings.autoencoder) == ("tiny", "1" * 64, "blocks")
    assert (settings.listener, settings.listener_fingerprint) == ("ear", "2" * 64)
    assert settings == replace(settings)


@pytest.mark.parametrize(("listener", "plan_channels"), [(False, 26), (True, 0)])
def test_settings_name_no_listener_where_none_is_used(listener: bool, plan_channels: int) -> None:
    accompanist = tiny_accompanist(with_listener=listener, plan_channels=plan_channels)
    assert accompanist.settings(0, accompanist.sampler_config()).listener is None


def silence(seconds: float) -> np.ndarray:
    return np.zeros((1, round(seconds * 44_100)), np.float32)


@pytest.mark.parametrize(
    ("samples", "complaint"),
    [
        (silence(2), "is silent"),
        (sung(0.1).samples, r"lasts 0\.10 s"),
        (np.zeros((1, 0), np.float32), "0 samples"),
        (np.full((1, 88_200), np.nan, np.float32), "NaN"),
        (np.concatenate([sung().samples, -sung().samples]), "cancel out"),
        (sung(2).samples.T, "shape"),
    ],
)
def test_a_vocal_that_cannot_be_used_is_refused(accompanist: Accompanist, samples: np.ndarray, complaint: str) -> None:
    with pytest.raises(AudioError, match=complaint):
        accompanist(samples, 44_100)


def test_an_array_without_a_rate_is_refused(accompanist: Accompanist) -> None:
    with pytest.raises(AudioError, match="sample_rate"):
        accompanist(sung().samples)


@pytest.mark.parametrize(
    "setting", [{"seed": -1}, {"steps": 0}, {"guidance": float("nan")}, {"sampler": "euler"}, {"vocal_gain_db": 99.0}]
)
def test_settings_out_of_range_are_refused(accompanist: Accompanist, setting: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        accompanist(sung(), **setting)  # type: ignore[arg-type]
