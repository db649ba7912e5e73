"""Full songs are split through Demucs's own interface, with a tiny model at random weights from a folder of weights."""

import json

import numpy as np
import pytest
import torch
from tiny import sung

from samuel.audio import read_audio, write_audio
from samuel.config import SAMPLE_RATE
from samuel.corpus import real_audio
from samuel.corpus.errors import CorpusError
from samuel.corpus.importing import ImportSettings, import_corpus
from samuel.corpus.separation import load_separator, separate

demucs = pytest.importorskip("demucs", reason="the extra 'separation' is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights of two models, as Demucs saves them: one knows vocals, not as its last source, and one does not."""
    from demucs.hdemucs import HDemucs
    from demucs.states import get_state

    folder = tmp_path_factory.mktemp("weights")
    for name, sources in (("tiny", ["drums", "vocals", "other"]), ("deaf", ["drums", "other"])):
        torch.manual_seed(0)
        settings = {"sources": sources, "channels": 4, "segment": 2, "dconv_mode": 0}
        model = HDemucs(**settings)
        package = {"klass": HDemucs, "args": (), "kwargs": settings, "state": get_state(model, None)}
        torch.save(package, folder / f"{name}.th")
    return folder


def test_it_gives_what_demucs_own_separator_gives(folder):
    from demucs.api import Separator

    song = sung(3.0, channels=2)
    vocal, band = separate(song, load_separator("tiny", folder))
    reference = Separator("tiny", repo=folder, shifts=0, device="cpu").separate_tensor(torch.from_numpy(song.samples))[
        1
    ]
    assert np.allclose(vocal.samples, reference["vocals"].mean(0, keepdim=True), atol=1e-6)
    assert np.allclose(band.samples, reference["drums"] + reference["other"], atol=1e-6)
    assert np.abs(vocal.samples).max() > 1e-4


def test_mono_at_another_rate_comes_back_at_the_models_own(folder):
    vocal, band = separate(sung(1.0, sample_rate=22_050), load_separator("tiny", folder))
    assert vocal.samples.shape == (1, SAMPLE_RATE)
    assert band.samples.shape == (2, SAMPLE_RATE)
    assert vocal.sample_rate == SAMPLE_RATE


def test_whole_songs_are_imported_by_it(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(real_audio, "CLIP_FRAMES", 48)
    (tmp_path / "songs").mkdir()
    write_audio(tmp_path / "songs" / "One.flac", sung(3.0))
    settings = ImportSettings(min_sung=0.0, separator="tiny", separator_folder=folder)
    assert import_corpus(tmp_path / "songs", tmp_path / "corpus", settings).made == 1
    pair = next((tmp_path / "corpus" / "pairs").iterdir())
    assert json.loads((pair / "truth.json").read_text())["separated_by"] == "tiny"
    assert read_audio(pair / "accompaniment.flac").channels == 2


def test_weights_that_cannot_be_had_or_know_no_vocals_are_one_clear_error(folder, monkeypatch):
    with pytest.raises(CorpusError, match=r"'absent' cannot be had.*--separator-folder"):
        load_separator("absent", folder)
    with pytest.raises(CorpusError, match="knows drums, other"):
        load_separator("deaf", folder)

    def offline(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", offline)
    monkeypatch.setattr("torch.hub.load_state_dict_from_url", offline)
    with pytest.raises(CorpusError, match=r"from its hub.*Network is unreachable.*connect to the network"):
        load_separator("htdemucs")
