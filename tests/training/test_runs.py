import json
from pathlib import Path

import numpy as np
import pytest
import torch
from training_folder import make_training_folder

from samuel.checkpoint import load_autoencoder, load_denoiser, load_listener
from samuel.checkpoint.files import fingerprint, read_tensors, without_prefix
from samuel.checkpoint.folder import WEIGHTS, reference
from samuel.errors import CheckpointError, ConfigError
from samuel.training import (
    export_checkpoint,
    parse_override,
    preset_names,
    train_autoencoder,
    train_denoiser,
    train_listener,
)
from samuel.training.plans import write_plans
from samuel.training.recipes import AutoencoderRecipe, DenoiserRecipe, ListenerRecipe, read_recipe
from samuel.training.runs import STATISTICS
from samuel.training.state import STATE


def test_every_preset_reads() -> None:
    kinds = {"autoencoder": AutoencoderRecipe, "denoiser": DenoiserRecipe, "listener": ListenerRecipe}
    assert {"autoencoder", "denoiser", "listener", "denoiser-published"} <= set(preset_names())
    for name in preset_names():
        kind = next(kind for kind in kinds if kind in name.split("-"))
        read_recipe(kinds[kind], name)


def test_overrides_replace_single_settings() -> None:
    pairs = (parse_override(text) for text in ("loop.steps=7", "objective.loss.weighting=snr", "optimiser.clip=2"))
    recipe = read_recipe(DenoiserRecipe, "denoiser", dict(pairs))
    assert (recipe.loop.steps, recipe.objective.loss.weighting, recipe.optimiser.clip) == (7, "snr", 2.0)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"loop.stepz": 1}, r"setting 'loop\.stepz' is unknown"),
        ({"loop.steps": "many"}, r"setting 'loop\.steps' is 'many': give a value of type int"),
        ({"loop.batch_size": 0}, "batch_size 0 is out of range|accumulate 1 is out of range"),
        ({"objective.loss.weighting": "loud"}, "loss weighting 'loud' is unknown"),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_named(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_recipe(DenoiserRecipe, "denoiser", overrides)


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="config 'better' is unknown: give a file or one of autoencoder, "):
        read_recipe(DenoiserRecipe, "better")


def test_three_networks_are_trained_exported_and_loaded_in_their_order(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_autoencoder("debug-autoencoder", data, tmp_path / "runs" / "a")
    autoencoder = export_checkpoint(tmp_path / "runs" / "a", tmp_path / "models" / "spectral-tiny")
    assert load_autoencoder(autoencoder).name == "spectral"

    made_by = {"name": "spectral-tiny", "fingerprint": fingerprint(autoencoder / WEIGHTS)}
    (data / "autoencoder.json").write_text(json.dumps(made_by))
    train_listener("debug-listener", data, tmp_path / "runs" / "l")
    listener = export_checkpoint(tmp_path / "runs" / "l", tmp_path / "models" / "listener-tiny")
    assert write_plans(listener, data) == 4
    plan = np.load(data / "latents" / "held.plan.npy")
    assert plan.shape == (26, 30)
    vocal, features = (
        torch.from_numpy(np.load(data / "latents" / f"held.{n}.npy")).float() for n in ("vocal", "features")
    )
    np.testing.assert_allclose(load_listener(listener).plan(vocal[None], features[None])[0], plan, atol=1e-3)

    lines: list[str] = []
    train_denoiser("debug-denoiser", data, tmp_path / "runs" / "d", report=lines.append)
    assert lines[0] == "plan: truth and the listener, mixed"
    denoiser = export_checkpoint(tmp_path / "runs" / "d", tmp_path / "models" / "tiny", autoencoder, listener)
    loaded = load_denoiser(denoiser)
    assert (loaded.name, loaded.autoencoder, loaded.listener is None) == ("tiny", autoencoder, False)
    assert loaded.fingerprint == fingerprint(denoiser / WEIGHTS)
    assert loaded.autoencoder_fingerprint == made_by["fingerprint"]
    card = (denoiser / "MODEL_CARD.md").read_text()
    assert "6 steps, 24 crops of 16 latent frames" in card
    assert "Data: 3 songs (0.0 hours)" in card

    other = export_checkpoint(tmp_path / "runs" / "l", tmp_path / "models" / "other")
    assert fingerprint(other / WEIGHTS) == fingerprint(
        listener / WEIGHTS
    )  # the same weights under another name are fine
    (data / "listener.json").write_text(json.dumps({"name": "deaf", "fingerprint": "0" * 64}))
    train_denoiser("debug-denoiser", data, tmp_path / "runs" / "d2", overrides={"loop.steps": 1})
    with pytest.raises(CheckpointError, match="was trained with deaf of fingerprint 000000000000"):
        export_checkpoint(tmp_path / "runs" / "d2", tmp_path / "models" / "tiny2", autoencoder, listener)


def test_what_is_exported_is_the_averaged_weights(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_listener("debug-listener", data, tmp_path / "run")
    folder = export_checkpoint(tmp_path / "run", tmp_path / "listener")
    state, exported = read_tensors(tmp_path / "run" / STATE)[0], read_tensors(folder / WEIGHTS)[0]
    for name, average in without_prefix("ema", state).items():
        assert torch.equal(exported[f"model.{name}"], average.half())
    assert any(not torch.equal(state[f"ema.{n}"], state[f"model.{n}"]) for n in without_prefix("ema", state))


def test_latents_are_normalised_by_the_statistics_of_the_training_split_alone(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_denoiser("debug-denoiser", data, tmp_path / "run", overrides={"loop.steps": 1})
    arrays = [np.load(data / "latents" / f"{name}.band.npy").astype(np.float64) for name in ("a", "b", "c")]
    together = np.concatenate(arrays, axis=1)
    statistics = read_tensors(tmp_path / "run" / STATISTICS)[0]
    np.testing.assert_allclose(statistics["band.mean"], together.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(statistics["band.deviation"], together.std(axis=1), rtol=1e-5)


def test_a_run_of_another_model_is_not_resumed(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_listener("debug-listener", data, tmp_path / "run", overrides={"loop.steps": 1})
    with pytest.raises(ConfigError, match="already holds a run"):
        train_listener("debug-listener", data, tmp_path / "run", resume=False)
    with pytest.raises(ConfigError, match="holds a run with another model"):
        train_listener("debug-listener", data, tmp_path / "run", overrides={"model.width": 32})


def test_a_denoiser_is_not_exported_with_an_autoencoder_it_was_not_trained_with(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_autoencoder("debug-autoencoder", data, tmp_path / "a", overrides={"loop.steps": 1})
    autoencoder = export_checkpoint(tmp_path / "a", tmp_path / "models" / "spectral-tiny")
    (data / "autoencoder.json").write_text(json.dumps({"name": "spectral-tiny", "fingerprint": "0" * 64}))
    train_denoiser("debug-denoiser", data, tmp_path / "d", overrides={"loop.steps": 1})
    with pytest.raises(CheckpointError, match="was trained with spectral-tiny of fingerprint 000000000000"):
        export_checkpoint(tmp_path / "d", tmp_path / "models" / "tiny", autoencoder)


def test_a_new_decoder_serves_the_latents_of_the_encoder_that_it_kept(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_autoencoder("debug-autoencoder", data, tmp_path / "a", overrides={"loop.steps": 1})
    first = export_checkpoint(tmp_path / "a", tmp_path / "models" / "first")
    (data / "autoencoder.json").write_text(json.dumps(reference(first)))
    train_denoiser("debug-denoiser", data, tmp_path / "d", overrides={"loop.steps": 1})
    settings = {"loop.steps": 2, "objective.decoder_only": True, "objective.mel_weight": 0.1}
    train_autoencoder("debug-autoencoder", data, tmp_path / "b", overrides=settings, initial=first)
    second = export_checkpoint(tmp_path / "b", tmp_path / "models" / "second")
    before, after = read_tensors(first / WEIGHTS)[0], read_tensors(second / WEIGHTS)[0]
    moved = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"decoder"}
    denoiser = export_checkpoint(tmp_path / "d", tmp_path / "models" / "tiny", second)
    assert load_denoiser(denoiser).autoencoder == second


def test_a_run_starts_from_the_weights_of_a_checkpoint_and_says_so(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_listener("debug-listener", data, tmp_path / "first")
    first = export_checkpoint(tmp_path / "first", tmp_path / "listener")
    still = {"loop.steps": 1, "optimiser.learning_rate": 1e-12}
    train_listener("debug-listener", data, tmp_path / "second", overrides=still, initial=first)
    before, after = read_tensors(first / WEIGHTS)[0], read_tensors(tmp_path / "second" / STATE)[0]
    for name, weight in without_prefix("model", before).items():
        torch.testing.assert_close(after[f"model.{name}"], weight.float(), rtol=0, atol=1e-6)
    recipe = json.loads((tmp_path / "second" / "recipe.json").read_text())
    assert recipe["initial"]["name"] == "listener"
    with pytest.raises(ConfigError, match="has another model than the recipe"):
        train_listener("debug-listener", data, tmp_path / "third", overrides={"model.width": 32}, initial=first)


def test_a_denoiser_that_knew_no_style_is_trained_on_with_styles(tmp_path: Path) -> None:
    data = make_training_folder(tmp_path / "data")
    train_autoencoder("debug-autoencoder", data, tmp_path / "a", overrides={"loop.steps": 1})
    autoencoder = export_checkpoint(tmp_path / "a", tmp_path / "models" / "spectral-tiny")
    train_denoiser("debug-denoiser", data, tmp_path / "d", overrides={"loop.steps": 1})
    first = export_checkpoint(tmp_path / "d", tmp_path / "models" / "first", autoencoder)
    said: list[str] = []
    styles = {"loop.steps": 1, "model.styles": ["pop", "rock", "ska"]}
    train_denoiser("debug-denoiser", data, tmp_path / "e", overrides=styles, initial=first, report=said.append)
    assert "2 styles; no song plays ska" in said
    second = load_denoiser(export_checkpoint(tmp_path / "e", tmp_path / "models" / "second", autoencoder))
    assert second.model.config.styles == ("pop", "rock", "ska")
    styles["model.styles"] = ["ska"]
    with pytest.raises(ConfigError, match=r"no song of .* plays any of model\.styles, ska"):
        train_denoiser("debug-denoiser", data, tmp_path / "f", overrides=styles)


def test_a_folder_without_data_leaves_no_run_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manifest\.jsonl is missing"):
        train_listener("debug-listener", tmp_path / "nothing", tmp_path / "run")
    assert not (tmp_path / "run").exists()
