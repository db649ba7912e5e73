"""Guessing the password: a few tries, then a wait, for that address alone."""

from __future__ import annotations

import pytest

from samuel.studio.guesses import MOST, SECONDS, Guesses


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(clock)


def guess(guesses: Guesses, count: int, address: str = "10.0.0.5") -> None:
    for number in range(count):
        guesses.add(address, f"password {number}")


def test_after_too_many_wrong_passwords_an_address_waits_and_others_do_not(guesses: Guesses) -> None:
    guess(guesses, MOST - 1)
    assert guesses.wait("10.0.0.5") == 0
    guess(guesses, MOST)
    assert guesses.wait("10.0.0.5") == SECONDS
    assert guesses.wait("10.0.0.6") == 0


def test_each_wrong_password_is_forgotten_in_its_time(guesses: Guesses, clock: Clock) -> None:
    guess(guesses, 1)
    clock.now += 20
    guess(guesses, MOST)
    assert guesses.wait("10.0.0.5") == SECONDS - 20
    clock.now += SECONDS - 20
    assert guesses.wait("10.0.0.5") == 0
    guesses.add("10.0.0.5", "one more")
    assert guesses.wait("10.0.0.5") == 20
    clock.now += SECONDS
    assert guesses.wait("10.0.0.5") == 0
    assert guesses._wrong == {}


def test_the_same_wrong_password_again_is_no_new_guess(guesses: Guesses) -> None:
    for _ in range(10 * MOST):
        guesses.add("10.0.0.5", "mistyped")
    assert guesses.wait("10.0.0.5") == 0
