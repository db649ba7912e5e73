"""The files that listeners send back: read, checked against the key, and screened as BS.1534 asks.

Conventions: ratings are (listeners, trials, conditions), 0 to 100, conditions in the order of the key: the hidden
reference first, the anchor last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from samuel.errors import ConfigError
from samuel.evaluation.pairs import Skipped

GOOD = 90  # of 100: what the hidden reference must reach, and the anchor must not pass
TOLERATED = 0.15  # of a listener's trials in which that may fail


@dataclass(frozen=True)
class Key:
    """What the sounds of a test stand for: by trial, the conditions by file name; and the clip of every trial."""

    test: str
    conditions: tuple[str, ...]
    trials: Mapping[str, Mapping[str, str]]
    clips: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Answers:
    """One listener's ratings (trials, conditions), in the order of the key."""

    listener: str
    ratings: np.ndarray


def read_key(path: Path | str) -> Key:
    """The key that was written beside a page; ConfigError for any other file."""
    try:
        fields = json.loads(Path(path).read_text())
        trials = {trial["trial"]: dict(trial["stimuli"]) for trial in fields["trials"]}
        clips = {trial["trial"]: str(trial["clip"]) for trial in fields["trials"]}
        return Key(fields["test"], tuple(fields["conditions"]), trials, clips)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is no key ({error!r}): name the .key.json beside the test's page.") from error


def read_answers(paths: Sequence[Path | str], key: Key) -> tuple[list[Answers], list[Skipped]]:
    """The answers in files; one that is broken, incomplete or of another test is skipped with the reason.

    A listener who sent two files counts once, with the last.
    """
    read: dict[str, Answers] = {}
    skipped: list[Skipped] = []
    for path in map(Path, paths):
        try:
            one = _answers(json.loads(path.read_text()), key)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            skipped.append(Skipped(path.name, f"no answers to this test ({error}): ask for the file again"))
            continue
        if one.listener in read:
            skipped.append(Skipped(path.name, f"{one.listener} sent answers twice: these replace the earlier ones"))
        read[one.listener] = one
    return list(read.values()), skipped


def screen(answers: Sequence[Answers]) -> tuple[list[Answers], list[Skipped]]:
    """Those who heard what there was to hear, and those who did not, with the reason.

    The post-screening of BS.1534-3: out goes who rates the hidden reference below 90 in more than 15 % of the trials,
    or the anchor above 90 in more than 15 % of them. (The recommendation says so of its 7 kHz anchor; with the 3.5 kHz
    anchor, which is easier to hear, the second rule is the milder for it.)
    """
    kept: list[Answers] = []
    out: list[Skipped] = []
    for one in answers:
        missed, fooled = (one.ratings[:, 0] < GOOD).mean(), (one.ratings[:, -1] > GOOD).mean()
        if missed > TOLERATED:
            out.append(Skipped(one.listener, f"rated the hidden reference below {GOOD} in {missed:.0%} of the trials"))
        elif fooled > TOLERATED:
            out.append(Skipped(one.listener, f"rated the anchor above {GOOD} in {fooled:.0%} of the trials"))
        else:
            kept.append(one)
    return kept, out


def _answers(fields: Mapping[str, Any], key: Key) -> Answers:
    """Checked answers; ValueError or KeyError says what is wrong with them."""
    if fields["test"] != key.test:
        raise ValueError(f"they are of test {fields['test']}, not {key.test}")
    given = {trial["trial"]: trial["ratings"] for trial in fields["trials"]}
    if given.keys() != key.trials.keys():
        raise ValueError(f"they have {len(given)} trials of {len(key.trials)}")
    return Answers(str(fields["listener"]), np.array([_trial(given[trial], key, trial) for trial in key.trials]))


def _trial(ratings: Mapping[str, Any], key: Key, trial: str) -> list[float]:
    """The ratings of a trial in the order of the conditions."""
    named = {condition: name for name, condition in key.trials[trial].items()}
    values = [float(ratings[named[condition]]) for condition in key.conditions]
    if not all(0 <= value <= 100 for value in values):  # NaN included
        raise ValueError(f"trial {trial} has ratings outside 0 to 100")
    return values
