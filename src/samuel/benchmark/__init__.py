"""Benchmark: what every stage costs here, and what others' models cost on the same machine."""

from samuel.benchmark.page import Benchmark, to_markdown
from samuel.benchmark.running import PEERS, run_benchmark
from samuel.benchmark.stages import SECONDS

__all__ = ["PEERS", "SECONDS", "Benchmark", "run_benchmark", "to_markdown"]
