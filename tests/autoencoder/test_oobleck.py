"""Oobleck at random weights and narrow layers; the strides, latents and hop are Stable Audio Open's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch

from samuel.autoencoder import oobleck, oobleck_weights
from samuel.autoencoder.oobleck import OobleckAutoencoder, OobleckConfig
from samuel.errors import CheckpointError, ConfigError, MissingExtraError

NARROW = OobleckConfig(decoder_channels=4, channel_multiples=(1, 1, 1, 1, 1))
HOP = 2048


@pytest.fixture(scope="module")
def model() -> OobleckAutoencoder:
    torch.manual_seed(0)
    return OobleckAutoencoder(NARROW).eval()


def noise(*shape: int) -> torch.Tensor:
    return 0.3 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


def test_the_default_is_stable_audio_open_s_configuration() -> None:
    config = OobleckConfig()
    assert config.channel_multiples == (1, 2, 4, 8, 16)
    assert config.downsampling_ratios == (2, 4, 4, 8, 8)
    assert (config.encoder_hidden_size, config.decoder_channels, config.decoder_input_channels) == (128, 128, 64)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (HOP, 1), (HOP + 1, 2), (3 * HOP - 1, 3)])
def test_lengths_are_those_of_the_interface(model: OobleckAutoencoder, samples: int, frames: int) -> None:
    latents = model.encode(noise(2, 2, samples))
    assert latents.shape == (2, 64, frames)
    assert model.decode(latents).shape == (2, 2, frames * HOP)


def test_encoding_gives_the_posterior_s_mean(model: OobleckAutoencoder) -> None:
    audio = noise(1, 2, 2 * HOP)
    mean = model.vae.encoder(audio)[:, :64]
    torch.testing.assert_close(model.encode(audio), mean)


def test_encoder_and_decoder_are_the_whole_of_it(model: OobleckAutoencoder) -> None:
    halves = [sum(each.numel() for each in half.parameters()) for half in (model.encoder, model.decoder)]
    assert sum(halves) == sum(each.numel() for each in model.parameters())


def test_the_end_is_padded_with_silence(model: OobleckAutoencoder) -> None:
    audio = noise(1, 2, HOP + 100)
    padded = torch.nn.functional.pad(audio, (0, HOP - 100))
    torch.testing.assert_close(model.encode(audio), model.encode(padded))


def test_no_tanh_the_output_passes_one_and_scales_with_the_last_layer(model: OobleckAutoencoder) -> None:
    latents = noise(1, 64, 2)
    quiet = model.decode(latents)
    last = model.vae.decoder.conv2
    before = last.weight_g.detach().clone()
    last.weight_g.data.mul_(1e4)
    loud = model.decode(latents)
    last.weight_g.data.copy_(before)
    assert loud.abs().max() > 1
    torch.testing.assert_close(loud, 1e4 * quiet, rtol=1e-3, atol=1e-4 * loud.abs().max().item())


def test_chunks_give_what_one_pass_gives(model: OobleckAutoencoder, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = noise(1, 2, 26 * HOP)
    whole = model.encode(audio)
    whole_audio = model.decode(whole)
    monkeypatch.setattr(oobleck, "CHUNK", 13)
    torch.testing.assert_close(model.encode(audio), whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.decode(whole), whole_audio, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("subfolder", ["", "vae"])
def test_saved_and_loaded_it_is_the_same_model(model: OobleckAutoencoder, tmp_path: Path, subfolder: str) -> None:
    model.save_pretrained(tmp_path / subfolder)
    loaded = OobleckAutoencoder.from_pretrained(tmp_path)
    audio = noise(1, 2, 2 * HOP)
    latents = model.encode(audio)
    assert torch.equal(loaded.encode(audio), latents)
    assert torch.equal(loaded.decode(latents), model.decode(latents))
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


@pytest.mark.slow
def test_the_full_architecture_has_156_million_parameters_and_survives_saving(tmp_path: Path) -> None:
    torch.manual_seed(0)
    full = OobleckAutoencoder().eval()
    assert sum(p.numel() for p in full.parameters()) == pytest.approx(156e6, rel=0.01)
    full.save_pretrained(tmp_path)
    loaded = OobleckAutoencoder.from_pretrained(tmp_path)
    audio = noise(1, 2, HOP)
    assert torch.equal(loaded.encode(audio), full.encode(audio))
    assert loaded.decode(loaded.encode(audio)).shape == audio.shape


def test_an_oobleck_at_48_khz_is_refused_with_its_figures() -> None:
    with pytest.raises(ConfigError, match="48000 Hz, a hop of 1920"):
        OobleckConfig(sampling_rate=48_000, downsampling_ratios=(2, 4, 4, 6, 10))


def edit_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def test_a_folder_of_another_sample_rate_is_refused(model: OobleckAutoencoder, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    edit_config(tmp_path, sampling_rate=48_000)
    with pytest.raises(CheckpointError, match="48000 Hz"):
        OobleckAutoencoder.from_pretrained(tmp_path)


def test_loading_is_strict_about_missing_parameters(model: OobleckAutoencoder, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    model.save_pretrained(tmp_path)
    file = tmp_path / oobleck_weights.WEIGHTS
    tensors = load_file(file)
    tensors.pop("decoder.conv2.weight_v")
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"decoder\.conv2\.weight_v"):
        OobleckAutoencoder.from_pretrained(tmp_path)


def test_damaged_weights_are_one_clear_error(model: OobleckAutoencoder, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    file = tmp_path / oobleck_weights.WEIGHTS
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        OobleckAutoencoder.from_pretrained(tmp_path)


def test_without_diffusers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(MissingExtraError, match=r"'\.\[oobleck\]'"):
        OobleckAutoencoder(NARROW)
