"""A denoiser carried to other latents: exact where they are the old ones turned, refused where nothing is shared."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.tiny import save_tiny_model

from samuel.checkpoint.files import read_tensors, without_prefix
from samuel.checkpoint.load import load_denoiser
from samuel.errors import ConfigError
from samuel.model import Condition
from samuel.training.carry import carry_denoiser, explained, fit_map

FRAMES, SONGS = 200, 4


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(64, 64)))[0].astype(np.float32)


def folder_of_latents(folder: Path, turn: np.ndarray, name: str, songs: int = SONGS) -> Path:
    """White latents of unit deviation, each frame turned; the same songs for every turn."""
    (folder / "latents").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(songs):
        for array in ("vocal", "band"):
            values = turn @ rng.normal(size=(64, FRAMES))
            np.save(folder / "latents" / f"{name}{number}.{array}.npy", values.astype(np.float32))
    rows = [{"identifier": f"{name}{number}", "split": "train", "frames": FRAMES} for number in range(songs)]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "autoencoder.json").write_text(json.dumps({"name": "turned", "fingerprint": "2" * 64}))
    return folder


def test_latents_that_are_turned_give_an_output_that_is_turned(tmp_path):
    turn = rotation(1)
    before = folder_of_latents(tmp_path / "before", np.eye(64, dtype=np.float32), "song")
    after = folder_of_latents(tmp_path / "after", turn, "song")
    tiny, lines = save_tiny_model(tmp_path / "models"), []
    out = carry_denoiser(tiny, before, after, tmp_path / "models" / "carried", lines.append)
    old = load_denoiser(tiny)
    config = json.loads((out / "config.json").read_text())
    assert config["autoencoder"]["name"] == "turned"
    assert all("99." in line or "100." in line for line in lines)
    model = type(old.model)(old.model.config)
    model.load_state_dict(
        {k: v.float() for k, v in without_prefix("model", read_tensors(out / "model.safetensors")[0]).items()}
    )
    generator = torch.Generator().manual_seed(0)
    noisy, vocal = (torch.randn(1, 64, 32, generator=generator) for _ in range(2))
    rest = torch.randn(1, 20, 32, generator=generator), torch.rand(1, 26, 32, generator=generator)
    moved = torch.from_numpy(turn)
    for drop in (None, torch.tensor([True])):
        expected = moved @ old.model(noisy, 400.0, Condition(vocal, *rest), drop)
        got = model.eval()(moved @ noisy, 400.0, Condition(moved @ vocal, *rest), drop)
        assert (got - expected).norm() < 0.05 * expected.norm()
        assert (got - old.model(noisy, 400.0, Condition(vocal, *rest), drop)).norm() > 0.5 * expected.norm()


def test_folders_that_share_no_song_are_refused(tmp_path):
    before = folder_of_latents(tmp_path / "before", np.eye(64, dtype=np.float32), "song")
    after = folder_of_latents(tmp_path / "after", np.eye(64, dtype=np.float32), "tune")
    with pytest.raises(ConfigError, match="share no song"):
        carry_denoiser(save_tiny_model(tmp_path / "models"), before, after, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_map_is_found_and_what_is_no_map_is_told():
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(8, 500, generator=generator)
    matrix = torch.randn(8, 8, generator=generator)
    torch.testing.assert_close(fit_map(source, matrix @ source), matrix, atol=1e-3, rtol=1e-3)
    other = torch.randn(8, 500, generator=generator)
    assert explained(fit_map(source, other) @ source, other) < 0.1
