"""Signals that end a program: what has been begun is cleared away, and the clearing away is finished."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from samuel.unwinding import ENDINGS, undisturbed, unwinding


@pytest.fixture(autouse=True)
def _signals_as_at_a_terminal() -> Iterator[None]:
    """Where the tests run under nohup or by a `&`, some are ignored, which is respected."""
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in ENDINGS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.parametrize("second", ENDINGS)
@pytest.mark.parametrize("first", ENDINGS)
def test_a_second_signal_does_not_break_off_the_clearing_away(first: int, second: int) -> None:
    cleared = []

    @unwinding()
    def work() -> None:
        try:
            signal.raise_signal(first)
        finally:
            signal.raise_signal(second)
            cleared.append("all")

    with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
        work()
    assert cleared
    assert (caught.type is KeyboardInterrupt) == (first == signal.SIGINT)


@pytest.mark.parametrize("ending", ENDINGS)
def test_signals_wait_until_what_must_not_be_disturbed_is_done(ending: int) -> None:
    done = []

    @undisturbed()
    def work() -> None:
        for step in range(3):
            signal.raise_signal(ending)
            done.append(step)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [0, 1, 2]


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in ENDINGS]
    with unwinding(), undisturbed():
        assert [signal.getsignal(number) for number in ENDINGS] != before
    assert [signal.getsignal(number) for number in ENDINGS] == before


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with unwinding(), undisturbed():
        signal.raise_signal(signal.SIGINT)
