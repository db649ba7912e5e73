"""Judging accompaniments: one module per family of metrics, each with its conventions, `validate` and `evaluate`."""

from samuel.evaluation.comparison import compare
from samuel.evaluation.controls import evaluate_controls
from samuel.evaluation.listening import ListeningConfig, evaluate_listening
from samuel.evaluation.pairs import Pair, read_pairs
from samuel.evaluation.reconstruction import evaluate_reconstruction
from samuel.evaluation.regeneration import evaluate_regeneration
from samuel.evaluation.report import write_report
from samuel.evaluation.seams import evaluate_seams
from samuel.evaluation.sets import evaluate_set
from samuel.evaluation.statistics import Interval, bootstrap
from samuel.evaluation.table import Table, read_table, write_table

__all__ = [
    "Interval",
    "ListeningConfig",
    "Pair",
    "Table",
    "bootstrap",
    "compare",
    "evaluate_controls",
    "evaluate_listening",
    "evaluate_reconstruction",
    "evaluate_regeneration",
    "evaluate_seams",
    "evaluate_set",
    "read_pairs",
    "read_table",
    "write_report",
    "write_table",
]
