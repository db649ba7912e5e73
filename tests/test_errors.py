"""Errors survive the way from one process to another."""

import pickle

import pytest

from samuel.corpus.band import SoundfontError
from samuel.corpus.errors import CorpusError
from samuel.errors import AudioError, CheckpointError, ConfigError, MissingExtraError, SamuelError

ERRORS = [
    *(kind("what is wrong: what to do") for kind in (SamuelError, AudioError, CheckpointError, ConfigError)),
    CorpusError("what is wrong"),
    SoundfontError("what is wrong"),
    MissingExtraError("pyworld", "corpus"),
    MissingExtraError("tinysoundfont", "corpus"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_comes_out_of_another_process_as_it_went_in(error: SamuelError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
