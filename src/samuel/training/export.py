"""From a run folder to a checkpoint folder: averaged weights in fp16, what is needed to use them, a model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from samuel.checkpoint.files import read_json, read_tensors, with_prefix, without_prefix
from samuel.checkpoint.folder import (
    BUNDLED,
    LATENTS_OF,
    check_reference,
    find_checkpoint,
    narrowed,
    read_checkpoint,
    reference,
    save_checkpoint,
)
from samuel.checkpoint.statistics import LatentStatistics
from samuel.config import DEFAULT_AUTOENCODER, HOP, SAMPLE_RATE
from samuel.errors import CheckpointError
from samuel.training.log import read_log
from samuel.training.runs import RECIPE, STATISTICS
from samuel.training.state import Progress, read_averaged_weights

_TOLERANCE = 0.1  # deviations: far less than the noise that both networks are trained to bear

_PURPOSE = {
    "autoencoder": "Turns stereo sound at 44.1 kHz into 64 channels at 21.53 Hz and back.",
    "denoiser": "Makes the latents of an accompaniment from noise, listening to a vocal.",
    "listener": "Hears the chords and bass notes that a vocal implies, and which of its beats open a bar.",
}


def export_checkpoint(
    run: Path,
    name: str | Path,
    autoencoder: str | Path | None = DEFAULT_AUTOENCODER,
    listener: str | Path | None = None,
) -> Path:
    """Write the run's averaged weights as a checkpoint and return its folder; the run may still be going on.

    name: a bare name lands among the package's weights, a path where it says. autoencoder, listener: the checkpoints
    that a denoiser names; they belong beside it or in the package. Raises CheckpointError if the run's latents were
    made by another autoencoder.
    """
    recipe = read_json(run / RECIPE)
    weights, progress = read_averaged_weights(run)
    tensors = with_prefix("model", narrowed(weights))
    config: dict[str, Any] = {"model": recipe["model"]}
    if recipe["kind"] != "autoencoder":
        tensors |= with_prefix("statistics", read_tensors(run / STATISTICS)[0])
    if recipe["kind"] == "autoencoder":
        config["architecture"] = "spectral"
        config |= {LATENTS_OF: recipe[LATENTS_OF]} if LATENTS_OF in recipe else {}
    if recipe["kind"] == "denoiser":
        config |= _denoiser_config(run, recipe, autoencoder, listener)
    if "initial" in recipe:
        config["initial"] = recipe["initial"]
    config["training"] = _training_summary(run, recipe, progress)
    folder = BUNDLED / name if Path(name).name == str(name) else Path(name)
    save_checkpoint(folder, recipe["kind"], config, tensors, _card(folder.name, recipe["kind"], config, weights))
    return folder


def _denoiser_config(
    run: Path, recipe: dict[str, Any], autoencoder: str | Path | None, listener: str | Path | None
) -> dict[str, Any]:
    if autoencoder is None:
        raise CheckpointError("a denoiser belongs to one autoencoder: name its checkpoint.")
    folder = find_checkpoint(autoencoder, kind="autoencoder")
    if "autoencoder" in recipe:
        check_reference(recipe["autoencoder"], folder, run)
    config: dict[str, Any] = {"sampler": recipe["sampler"], "autoencoder": reference(folder)}
    if listener is not None:
        config["listener"] = reference(_fitting_listener(run, recipe, listener))
    return config


def _fitting_listener(run: Path, recipe: dict[str, Any], listener: str | Path) -> Path:
    """The listener's folder. Raises CheckpointError if another one heard the plans, or latents of another scale."""
    checkpoint = read_checkpoint(listener, "listener")
    if "listener" in recipe:
        check_reference(recipe["listener"], checkpoint.folder, run)
    if not checkpoint.config["model"]["use_latents"]:
        return checkpoint.folder
    theirs = LatentStatistics.from_tensors(without_prefix("statistics", checkpoint.tensors)).vocal
    ours = LatentStatistics.from_tensors(read_tensors(run / STATISTICS)[0]).vocal
    shift = ((theirs.mean - ours.mean) / ours.deviation).abs().max().item()
    scale = (theirs.deviation / ours.deviation).log().abs().max().item()
    if max(shift, scale) > _TOLERANCE:
        raise CheckpointError(
            f"{checkpoint.folder} normalises vocals unlike {run} (by up to {max(shift, scale):.2f} deviations): train"
            " the listener and the denoiser on the same corpus."
        )
    return checkpoint.folder


def _training_summary(run: Path, recipe: dict[str, Any], progress: Progress) -> dict[str, Any]:
    valid = [row for row in read_log(run) if row["split"] == "valid" and row["step"] <= progress.step]
    figures = valid[-1] if valid else {}
    return {
        "steps": progress.step,
        "samples": progress.samples,
        "hours": round(progress.elapsed / 3600, 3),
        "crop_frames": recipe["loop"]["crop_frames"],
        "data": recipe.get("data", {}),
        "validation": {k: round(v, 4) for k, v in figures.items() if k not in ("split", "step", "elapsed", "samples")},
    }


def _origin(data: dict[str, int]) -> str:
    amount = "songs"
    if data:
        amount = f"{data['songs']} songs ({data['frames'] * HOP / SAMPLE_RATE / 3600:.1f} hours)"
    if data.get("real"):
        return (
            f"Data: {amount}, {data['real']} of them clips of real recordings. Their licences, which the corpus'"
            " manifest names, decide what may be done with these weights."
        )
    return (
        f"Data: {amount} of a corpus made by this project from its own compositions and from public-domain lead sheets,"
        " played with MIT-licensed soundfonts and sung by synthetic voices; no commercial recordings."
    )


def _card(name: str, kind: str, config: dict[str, Any], weights: dict[str, Tensor]) -> str:
    training = config["training"]
    millions = sum(tensor.numel() for tensor in weights.values() if tensor.is_floating_point()) / 1e6
    figures = "\n".join(f"| {figure} | {value} |" for figure, value in training["validation"].items())
    parts = [f"# {name}", f"{_PURPOSE[kind]} A SAMUeL {kind}, {millions:.2f}M numbers in fp16 (averaged weights)."]
    parts += [f"Works with {role} `{config[role]['name']}`." for role in ("autoencoder", "listener") if role in config]
    parts.append(
        f"## Training\n\n{training['steps']} steps, {training['samples']} crops of {training['crop_frames']} latent"
        f" frames (46.4 ms each), {training['hours']} hours of computing."
        + (f" Started from the weights of `{config['initial']['name']}`." if "initial" in config else "")
    )
    parts.append(_origin(training["data"]))
    if figures:
        parts.append(f"## Validation\n\nUnseen songs, at the end.\n\n| figure | value |\n|---|---|\n{figures}")
    if not training["data"].get("real"):
        parts.append("## Limits\n\nTrained on synthetic bands and voices: real singing is outside what it has seen.")
        parts.append("## Licence\n\nApache-2.0, as the code.")
    return "\n\n".join(parts) + "\n"
