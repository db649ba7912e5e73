#!/usr/bin/env python
"""Samples per second of the denoiser's whole training step on noise: forward, loss, backward, clipping, AdamW, EMA.

    python scripts/measure_training.py --crops 256 1024 --batch 16 --seconds 30 --precision float32

Give it the machine for itself. Data loading is left out, as in the figures of other models that it is compared with.
"""

from __future__ import annotations

import argparse
import time

import torch

from samuel.checkpoint.statistics import LatentStatistics
from samuel.model import DENOISER_PRESETS, Denoiser
from samuel.training.ema import Ema
from samuel.training.engine import make_engine
from samuel.training.learner import Learner
from samuel.training.objectives.denoiser import DenoiserObjective
from samuel.training.settings import DenoiserObjectiveSettings, LoopSettings, RunSettings

CHANNELS = {"vocal": 64, "band": 64, "features": 20, "truth": 27}


def main() -> None:
    """Measure, and print a table."""
    arguments = parse()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    print("| model | weights | crop | batch | precision | samples/s |\n|---|---|---|---|---|---|")
    for name in arguments.models:
        for crop in arguments.crops:
            learner = make_learner(name, crop, arguments)
            speed = measure(learner, arguments.batch, crop, arguments.seconds)
            millions = sum(p.numel() for p in learner.model.parameters()) / 1e6
            precision = learner.engine.precision
            print(f"| {name} | {millions:.2f}M | {crop} | {arguments.batch} | {precision} | {speed:.2f} |", flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["published", "default"], choices=sorted(DENOISER_PRESETS))
    parser.add_argument("--crops", nargs="+", type=int, default=[256, 1024], help="latent frames")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each row, after two steps to warm up")
    parser.add_argument("--precision", default="auto", choices=["auto", "float32", "bfloat16"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def make_learner(name: str, crop: int, arguments: argparse.Namespace) -> Learner:
    """The preset's denoiser with its optimiser."""
    torch.manual_seed(0)
    loop = LoopSettings(batch_size=arguments.batch, crop_frames=crop, compiled=arguments.compiled)
    model = Denoiser(DENOISER_PRESETS[name])
    objective = DenoiserObjective(model, LatentStatistics.neutral(64), DenoiserObjectiveSettings())
    return Learner(objective.train(), RunSettings(loop), make_engine(arguments.device, arguments.precision))


def measure(learner: Learner, batch_size: int, crop: int, seconds: float) -> float:
    """Samples per second over at least three steps."""
    device, ema = learner.engine.device, Ema(learner.model, 0.999)
    batch = {name: torch.randn(batch_size, size, crop, device=device).half() for name, size in CHANNELS.items()}
    steps, start = -2, time.perf_counter()
    while steps < 3 or time.perf_counter() - start < seconds:
        if steps == 0:
            synchronise(device)
            start = time.perf_counter()
        learner.step(batch, steps + 2, 1e-4)
        ema.update(steps + 2)
        steps += 1
    synchronise(device)
    return steps * batch_size / (time.perf_counter() - start)


def synchronise(device: torch.device) -> None:
    """Wait for a GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
