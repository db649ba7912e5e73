"""The page of a listening test: one HTML file with its style and script inside, the sounds in files beside it.

It loads nothing from elsewhere and runs from a file as well as from a server: sounds play in <audio> elements, since
a page opened as a file may not read other files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any


def listening_page(test: str, trials: Sequence[Mapping[str, Any]]) -> str:
    """The document for the test of this name.

    Trials have the fields 'trial', 'reference' (a name in sounds/) and 'stimuli', whose keys are such names; what the
    names stand for stays out of the page, as do the clips' names.
    """
    shown = [
        {"trial": trial["trial"], "reference": trial["reference"], "stimuli": sorted(trial["stimuli"])}
        for trial in trials
    ]
    design = json.dumps({"test": test, "trials": shown}).replace("</", "<\\/")
    parts = {"STYLE": _static("test.css"), "SCRIPT": _static("test.js"), "DESIGN": design}
    page = _static("test.html")
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    return page


def _static(name: str) -> str:
    return (resources.files(__package__) / "static" / name).read_text(encoding="utf-8")
