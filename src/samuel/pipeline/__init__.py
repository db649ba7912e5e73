"""From a vocal to an accompaniment: the Python interface and the run behind the command line."""

from samuel.pipeline.accompanist import DEFAULT_MODEL, Accompaniment, Accompanist
from samuel.pipeline.progress import Progress, ProgressCallback
from samuel.pipeline.run import Report, Request, accompany_file
from samuel.pipeline.settings import GenerationSettings, RunSettings
from samuel.pipeline.vocal import EXAMPLE

__all__ = [
    "DEFAULT_MODEL",
    "EXAMPLE",
    "Accompaniment",
    "Accompanist",
    "GenerationSettings",
    "Progress",
    "ProgressCallback",
    "Report",
    "Request",
    "RunSettings",
    "accompany_file",
]
