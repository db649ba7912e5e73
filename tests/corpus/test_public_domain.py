"""Only what is free for certain trains the weights."""

import pytest

from samuel.corpus.public_domain import is_public_domain


@pytest.mark.parametrize(
    "folder", ["[Traditional]", "Stephen_Foster", "Nikolai_Rimsky-Korsakov", "Robert_Burns-[Traditional]"]
)
def test_traditional_and_long_dead_authors_pass(folder):
    assert is_public_domain(f"dataset/{folder}/Song/Song.mxl")


@pytest.mark.parametrize("folder", ["Lorenz_Hart-Richard_Rodgers", "Stephen_Foster-Someone_New", "Eric_Stewart"])
def test_one_other_author_is_enough_to_leave_a_sheet_out(folder):
    assert not is_public_domain(f"dataset/{folder}/Song/Song.mxl")


def test_a_bare_file_has_no_known_author():
    assert not is_public_domain("Song.mxl")
