import json
from pathlib import Path

import numpy as np
import pytest
import torch

from samuel.autoencoder.spectral import SpectralAutoencoder, SpectralConfig
from samuel.checkpoint import (
    ChannelStatistics,
    LatentStatistics,
    bundled_names,
    find_checkpoint,
    load_autoencoder,
    load_denoiser,
    save_checkpoint,
)
from samuel.checkpoint.files import with_prefix, write_text, write_whole
from samuel.checkpoint.folder import CONFIG, WEIGHTS, narrowed, reference
from samuel.checkpoint.settings import settings_from_dict, settings_to_dict
from samuel.checkpoint.statistics import measure_statistics
from samuel.config import SamplerConfig
from samuel.errors import CheckpointError, ConfigError
from samuel.model import DENOISER_PRESETS, Condition, Denoiser, DenoiserConfig

TINY = SpectralConfig(width=16, encoder_depth=1, decoder_depth=1)
STATISTICS = LatentStatistics(
    ChannelStatistics(torch.arange(64.0), torch.full((64,), 2.0)), ChannelStatistics(torch.zeros(64), torch.ones(64))
)


def save_autoencoder(folder: Path, seed: int = 0) -> SpectralAutoencoder:
    torch.manual_seed(seed)
    model = SpectralAutoencoder(TINY)
    tensors = with_prefix("model", narrowed(model.state_dict()))
    save_checkpoint(folder, "autoencoder", {"model": settings_to_dict(TINY)}, tensors)
    return model


def save_denoiser(folder: Path, autoencoder: Path) -> Denoiser:
    torch.manual_seed(1)
    model = Denoiser(DENOISER_PRESETS["debug"])
    torch.nn.init.normal_(model.leave.weight, std=0.1)
    tensors = {
        **with_prefix("model", narrowed(model.state_dict())),
        **with_prefix("statistics", STATISTICS.tensors()),
    }
    config = {
        "model": settings_to_dict(model.config),
        "sampler": settings_to_dict(SamplerConfig(steps=5)),
        "autoencoder": reference(autoencoder),
    }
    save_checkpoint(folder, "denoiser", config, tensors)
    return model.eval()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    save_autoencoder(tmp_path / "spectral-tiny")
    save_denoiser(tmp_path / "tiny", tmp_path / "spectral-tiny")
    return tmp_path


def test_a_denoiser_comes_back_with_its_weights_statistics_and_settings(tmp_path: Path) -> None:
    save_autoencoder(tmp_path / "spectral-tiny")
    model = save_denoiser(tmp_path / "tiny", tmp_path / "spectral-tiny")
    loaded = load_denoiser(tmp_path / "tiny")
    draw = torch.Generator().manual_seed(0)
    shapes = ((1, 64, 8), (1, 64, 8), (1, 20, 8), (1, 26, 8))
    noisy, latents, features, plan = (torch.randn(shape, generator=draw) for shape in shapes)
    expected = model(noisy, 400.0, Condition(latents, features, plan))
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(
        loaded.model(noisy, 400.0, Condition(latents, features, plan)), expected, atol=0.01, rtol=0.01
    )
    assert torch.equal(loaded.statistics.vocal.mean, torch.arange(64.0))
    assert (loaded.sampler, loaded.schedule.steps, loaded.listener) == (SamplerConfig(steps=5), 800, None)
    assert loaded.autoencoder == tmp_path / "spectral-tiny"
    assert not loaded.model.training


def test_an_autoencoder_comes_back_with_its_weights(tmp_path: Path) -> None:
    model = save_autoencoder(tmp_path / "spectral-tiny").eval()
    audio = 0.1 * torch.randn(1, 2, 8192, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        load_autoencoder(tmp_path / "spectral-tiny").encode(audio), model.encode(audio), atol=0.02, rtol=0.02
    )


@pytest.mark.parametrize("name", ["samuel-v99", "spectral-v3"])
def test_the_names_to_choose_from_are_those_of_the_kind(name: str) -> None:
    """Neither autoencoders nor listeners are models to accompany with."""
    assert set(bundled_names("denoiser")) < set(bundled_names())
    known = ", ".join(bundled_names("denoiser"))
    with pytest.raises(CheckpointError, match=rf"{name}.*: give .* a bundled name \({known}\)\.$"):
        load_denoiser(name)


def test_a_neighbour_is_found_before_a_bundled_name(models: Path) -> None:
    assert find_checkpoint("spectral-tiny", beside=models / "tiny") == models / "spectral-tiny"


def test_an_autoencoder_other_than_the_one_trained_with_is_refused(models: Path) -> None:
    save_autoencoder(models / "spectral-tiny", seed=5)
    with pytest.raises(CheckpointError, match="was trained with spectral-tiny of fingerprint"):
        load_denoiser(models / "tiny")


def test_an_autoencoder_that_was_cut_off_is_damaged_not_another(models: Path) -> None:
    weights = models / "spectral-tiny" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=r"spectral-tiny/model\.safetensors is damaged"):
        load_denoiser(models / "tiny")


def test_weights_of_another_kind_are_refused(models: Path) -> None:
    with pytest.raises(
        CheckpointError, match="holds weights of kind 'autoencoder': give the folder of one of kind 'denoiser'"
    ):
        load_denoiser(models / "spectral-tiny")


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_missing_file_is_named(models: Path, name: str) -> None:
    (models / "tiny" / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing: the folder is not a complete checkpoint"):
        load_denoiser(models / "tiny")


def test_weights_cut_short_are_damaged(models: Path) -> None:
    path = models / "tiny" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged"):
        load_denoiser(models / "tiny")


def test_a_single_wrong_bit_is_noticed(models: Path) -> None:
    path = models / "tiny" / WEIGHTS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is not what config\.json describes: it is damaged"):
        load_denoiser(models / "tiny")


def test_a_config_that_is_no_json_is_damaged(models: Path) -> None:
    (models / "tiny" / CONFIG).write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json is not JSON"):
        load_denoiser(models / "tiny")


def test_weights_of_another_size_are_refused(models: Path) -> None:
    config = json.loads((models / "tiny" / CONFIG).read_text())
    config["model"]["time_width"] = 32
    (models / "tiny" / CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"of shape .*: it was made for another model"):
        load_denoiser(models / "tiny")


def test_a_setting_from_another_version_is_named(models: Path) -> None:
    config = json.loads((models / "tiny" / CONFIG).read_text())
    config["model"]["flavour"] = "salty"
    (models / "tiny" / CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"does not fit this program: setting 'model\.flavour' is unknown"):
        load_denoiser(models / "tiny")


def test_weights_beyond_half_precision_are_refused() -> None:
    with pytest.raises(CheckpointError, match="weight 'gain' is not finite in fp16"):
        narrowed({"gain": torch.tensor([1e6])})


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(CheckpointError, match="cannot be written"):
        write_whole(tmp_path / "file", fail)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]


def test_weights_can_be_read_by_every_user(models: Path) -> None:
    assert (models / "tiny" / WEIGHTS).stat().st_mode & 0o777 == 0o644


def test_settings_come_back_from_json() -> None:
    config = DENOISER_PRESETS["debug"]
    assert settings_from_dict(DenoiserConfig, json.loads(json.dumps(settings_to_dict(config)))) == config


def test_a_setting_of_the_wrong_type_is_named() -> None:
    with pytest.raises(ConfigError, match=r"setting 'sampler\.steps' is True: give a value of type int"):
        settings_from_dict(SamplerConfig, {"steps": True}, "sampler")


def test_statistics_measured_in_pieces_are_those_of_the_whole() -> None:
    values = np.random.default_rng(0).normal(3, 2, (64, 90)).astype(np.float32)
    whole, pieces = measure_statistics([values]), measure_statistics([values[:, :30], values[:, 30:]])
    torch.testing.assert_close(whole.mean, pieces.mean)
    torch.testing.assert_close(whole.deviation, torch.from_numpy(values).std(dim=1, correction=0), rtol=1e-4, atol=0)


def test_normalised_latents_come_back() -> None:
    latents = torch.randn(2, 64, 5, generator=torch.Generator().manual_seed(0))
    statistics = ChannelStatistics(torch.linspace(-3, 3, 64), torch.linspace(0.1, 4, 64))
    torch.testing.assert_close(statistics.denormalise(statistics.normalise(latents)), latents)


def test_a_dead_channel_stays_finite() -> None:
    statistics = measure_statistics([np.zeros((64, 9), dtype=np.float32)])
    assert torch.isfinite(statistics.normalise(torch.zeros(1, 64, 3))).all()


def test_a_corpus_without_frames_has_no_statistics() -> None:
    with pytest.raises(ConfigError, match="0 latent frames"):
        measure_statistics([])
