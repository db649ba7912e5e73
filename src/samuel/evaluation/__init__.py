"""Judging accompaniments: one module per family of metrics, each with its conventions, `validate` and `evaluate`."""

from samuel.evaluation.listening import ListeningConfig, evaluate_listening
from samuel.evaluation.pairs import Pair, read_pairs
from samuel.evaluation.reconstruction import evaluate_reconstruction
from samuel.evaluation.statistics import Interval, bootstrap
from samuel.evaluation.table import Table, write_table

__all__ = [
    "Interval",
    "ListeningConfig",
    "Pair",
    "Table",
    "bootstrap",
    "evaluate_listening",
    "evaluate_reconstruction",
    "read_pairs",
    "write_table",
]
