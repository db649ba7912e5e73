"""The paper's open list, one definition each. A new experiment is an entry here."""

from __future__ import annotations

from samuel.config import ATTENTION_MIXES
from samuel.errors import ConfigError
from samuel.experiments.definition import Arm, Experiment

ATTENTION = Experiment(
    "attention",
    "Which branch of the soft alignment should speak at which noise level? The paper's formula gives the local one"
    " high noise, its prose the global one.",
    tuple(Arm(mix, {"model.attention_mix": mix}) for mix in ATTENTION_MIXES),
    reference="published",
)

WINDOW = Experiment(
    "window",
    "How many frames should the local branch see, and what does it cost?",
    tuple(Arm(str(window), {"model.window": window}) for window in (8, 16, 32, 64)),
    reference="16",
)

DROPOUT = Experiment(
    "dropout",
    "How often should the condition be hidden in training, and how does that bear on guidance?",
    tuple(
        Arm(f"{percent} %", {"objective.condition_dropout": share})
        for percent, share in ((0, 0.0), (5, 0.05), (10, 0.1), (20, 0.2))
    ),
    reference="10 %",
    guidance=(1.0, 3.0),
)

_UNIFORM = {"objective.loss.weighting": "uniform"}

OBJECTIVE = Experiment(
    "objective",
    "How should noise levels be weighted in the loss, and does a perceptual or an adversarial loss beside it help?",
    (
        Arm("snr", {"objective.loss.weighting": "snr", "objective.loss.clamp": 5.0}),
        Arm("snr to 20", {"objective.loss.weighting": "snr", "objective.loss.clamp": 20.0}),
        Arm("min_snr", {"objective.loss.weighting": "min_snr"}),
        Arm("uniform", _UNIFORM),
        Arm("perceptual", {**_UNIFORM, "objective.perceptual.weight": 0.2}),
        Arm("adversarial", {**_UNIFORM, "objective.adversarial.weight": 0.1}),
    ),
    reference="uniform",
    note="The adversarial loss is meant for post-training: with --initial every arm starts from trained weights.",
)

VOCAL_DENSITY = Experiment(
    "vocal-density",
    "Must a clip be half sung to learn from, as the paper assumes?",
    tuple(Arm(f"{percent} %", least_sung=percent / 100) for percent in (0, 25, 50, 75)),
    reference="50 %",
    equal_songs=True,
)

DATA_SCALE = Experiment(
    "data-scale",
    "What does more music buy, at the same number of steps?",
    tuple(Arm(f"{times}x", share=times / 36) for times in (1, 2, 4, 9, 18, 36)),
    reference="36x",
)

BOTTLENECK = Experiment(
    "bottleneck",
    "How much is lost in the latents before any denoiser has played, and how much do errors in them hurt?",
    (
        Arm("original", source="original"),
        Arm("round trip", source="latents"),
        Arm("with noise of 0.1", source="latents", latent_noise=0.1),
        Arm("with noise of 0.3", source="latents", latent_noise=0.3),
    ),
    reference="original",
)

_PAPER = {"model.plan_channels": 0}

CONDITIONING = Experiment(
    "conditioning",
    "What of the vocal does the denoiser use: its latents, its melodic features, or what a listener hears in it?",
    (
        Arm("latents", _PAPER, hidden=("features",)),
        Arm("features", {**_PAPER, "objective.vocal_noise": 0.0}, hidden=("vocal",)),
        Arm("both", _PAPER),
        Arm("listener"),
    ),
    reference="both",
)

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (ATTENTION, WINDOW, DROPOUT, OBJECTIVE, VOCAL_DENSITY, DATA_SCALE, BOTTLENECK, CONDITIONING)
}


def find_experiment(name: str) -> Experiment:
    """The experiment of that name. Raises ConfigError for another."""
    if name not in EXPERIMENTS:
        raise ConfigError(f"experiment {name!r} is unknown: choose one of {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]
