"""Experiments: matched models that differ in one thing, judged alike, with the size of the difference."""

from samuel.experiments.catalogue import EXPERIMENTS, find_experiment
from samuel.experiments.definition import Arm, Experiment
from samuel.experiments.running import ExperimentSettings, run_experiment

__all__ = ["EXPERIMENTS", "Arm", "Experiment", "ExperimentSettings", "find_experiment", "run_experiment"]
