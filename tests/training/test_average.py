"""Two places that one network was trained to, averaged; what is not one network is refused."""

from dataclasses import asdict, replace

import pytest
import torch
from tiny import plain_statistics, save_tiny_model, tiny_listener

from samuel.checkpoint.files import with_prefix
from samuel.checkpoint.folder import read_checkpoint, reference, save_checkpoint
from samuel.checkpoint.load import load_listener
from samuel.cli.main import main
from samuel.errors import CheckpointError, ConfigError
from samuel.model import Listener
from samuel.training.average import average_checkpoints


def save_listener(folder, listener, **config):
    tensors = with_prefix("model", listener.state_dict()) | with_prefix("statistics", plain_statistics().tensors())
    save_checkpoint(folder, "listener", {"model": asdict(listener.config), **config}, tensors)
    return folder


@pytest.fixture
def two(tmp_path):
    """Listeners of one shape with other weights, and what each was trained on."""
    return [save_listener(tmp_path / f"l{seed}", tiny_listener(seed), training={"steps": seed}) for seed in (0, 1)]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_between_those_of_both(two, tmp_path, share):
    mean = load_listener(average_checkpoints(*two, tmp_path / "mean", share)).model.state_dict()
    first, second = (load_listener(folder).model.state_dict() for folder in two)
    assert any(not torch.equal(first[name], second[name]) for name in first)
    for name, value in mean.items():
        wanted = (1 - share) * first[name].float() + share * second[name].float()
        torch.testing.assert_close(value.float(), wanted, rtol=1e-3, atol=1e-5)
    config = read_checkpoint(tmp_path / "mean", "listener").config
    assert config["average"] == [{**reference(two[0]), "share": 1 - share}, {**reference(two[1]), "share": share}]
    assert "training" not in config


def test_the_command_says_where_it_wrote(two, tmp_path, capsys):
    assert main(["train", "average", *map(str, two), str(tmp_path / "mean"), "--share", "0.6"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "mean")
    load_listener(tmp_path / "mean")


def test_other_networks_kinds_and_shares_are_refused(two, tmp_path):
    wide = Listener(replace(tiny_listener().config, width=32))
    with pytest.raises(CheckpointError, match="differ in model: only weights that one network"):
        average_checkpoints(two[0], save_listener(tmp_path / "wide", wide), tmp_path / "mean")
    save_tiny_model(tmp_path)
    with pytest.raises(CheckpointError, match="holds weights of kind 'denoiser'"):
        average_checkpoints(two[0], tmp_path / "tiny", tmp_path / "mean")
    with pytest.raises(ConfigError, match=r"share 1.5 is out of range"):
        average_checkpoints(*two, tmp_path / "mean", 1.5)
    assert not (tmp_path / "mean").exists()
