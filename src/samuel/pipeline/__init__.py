"""From a vocal to an accompaniment: the Python interface and the run behind the command line."""

from samuel.config import DEFAULT_MODEL
from samuel.pipeline.accompanist import Accompanist
from samuel.pipeline.chords import ChordSpan, read_sheet
from samuel.pipeline.files import find_settings
from samuel.pipeline.progress import Progress, ProgressCallback
from samuel.pipeline.request import Report, Request
from samuel.pipeline.run import accompany_file
from samuel.pipeline.settings import Edit, GenerationSettings, RunSettings
from samuel.pipeline.take import Accompaniment
from samuel.pipeline.vocal import EXAMPLE

__all__ = [
    "DEFAULT_MODEL",
    "EXAMPLE",
    "Accompaniment",
    "Accompanist",
    "ChordSpan",
    "Edit",
    "GenerationSettings",
    "Progress",
    "ProgressCallback",
    "Report",
    "Request",
    "RunSettings",
    "accompany_file",
    "find_settings",
    "read_sheet",
]
