"""One library call per network: read the recipe and the data, train in a folder, go on where a run was cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from samuel.autoencoder.spectral import SpectralAutoencoder
from samuel.checkpoint.files import read_json, read_tensors, without_prefix, write_json, write_tensors
from samuel.checkpoint.folder import LATENTS_OF, Kind, find_checkpoint, read_checkpoint, reference, same_latents_as
from samuel.checkpoint.settings import settings_from_dict, settings_to_dict
from samuel.checkpoint.statistics import LatentStatistics, measure_statistics
from samuel.config import LATENT_CHANNELS
from samuel.errors import ConfigError
from samuel.model import Denoiser, Listener, with_styles
from samuel.training.data import (
    CropSampler,
    Song,
    has_array,
    has_bands,
    read_latents,
    read_manifest,
    read_maps,
)
from samuel.training.engine import Engine, make_engine
from samuel.training.objectives.autoencoder import AutoencoderObjective
from samuel.training.objectives.base import Objective
from samuel.training.objectives.listener import ListenerObjective
from samuel.training.players import denoiser_players
from samuel.training.recipes import AutoencoderRecipe, DenoiserRecipe, ListenerRecipe, Recipe, read_recipe
from samuel.training.schedule import Plan, parse_duration
from samuel.training.state import Progress, has_state
from samuel.training.trainer import Report, Trainer

RECIPE = "recipe.json"
STATISTICS = "statistics.safetensors"
IMAGINED = "imagined"  # in a training folder: songs without sound, for the listener (samuel.corpus.imagine)
SOURCE = "autoencoder.json"  # in a training folder: name and fingerprint of the autoencoder that made the latents
HEARD_BY = "listener.json"  # likewise the listener that heard the plans
TRAIN, VALID = "train", "valid"

Overrides = Mapping[str, Any]


def train_autoencoder(
    config: str | Path,
    data: Path,
    out: Path,
    budget: str | None = None,
    resume: bool = True,
    overrides: Overrides | None = None,
    device: str = "auto",
    report: Report = lambda line: None,
    initial: str | Path | None = None,
) -> Progress:
    """Train the spectral autoencoder on the maps of a training folder; out becomes the run folder.

    config: preset or TOML file; budget: wall-clock time such as "50m", in place of loop.steps; resume: go on where out
    was left (False: refuse a folder that holds a run); initial: checkpoint whose weights a new run starts from.
    Raises SamuelError, among others if the loss is not finite.
    """
    recipe = read_recipe(AutoencoderRecipe, config, overrides)
    engine = make_engine(device, recipe.loop.precision)
    splits = [read_maps(data, split) for split in (TRAIN, VALID)]
    if has_bands(data / IMAGINED):
        splits[0] += read_maps(data / IMAGINED, TRAIN)
    _begin(out, recipe, "autoencoder", data, splits[0], resume, initial, engine)
    model = _started(recipe, "autoencoder", lambda: SpectralAutoencoder(recipe.model), initial)
    objective = AutoencoderObjective(model, recipe.objective)
    return _train(objective, recipe, splits, 0, out, budget, engine, report)


def train_denoiser(
    config: str | Path,
    data: Path,
    out: Path,
    budget: str | None = None,
    resume: bool = True,
    overrides: Overrides | None = None,
    device: str = "auto",
    report: Report = lambda line: None,
    initial: str | Path | None = None,
) -> Progress:
    """Train the denoiser on the latents of a training folder. Arguments and errors as in train_autoencoder.

    Without a listener's `plan` arrays in the folder every item sees the true plan: then set objective.plan_dropout.
    """
    recipe = read_recipe(DenoiserRecipe, config, overrides)
    engine = make_engine(device, recipe.loop.precision)
    report = report if engine.is_main else _silent
    names = ["vocal", "band", "features", "truth"]
    if all(has_array(data, split, "plan") for split in (TRAIN, VALID)):
        names.append("plan")
    report(f"plan: {'truth and the listener, mixed' if 'plan' in names else 'truth alone'}")
    styles = recipe.model.styles
    splits = [read_latents(data, split, names, styles) for split in (TRAIN, VALID)]
    if styles:
        report(_styles_played(data, styles))
    if has_bands(data / IMAGINED):
        lacking = [name for name in names if name != "vocal" and not has_array(data / IMAGINED, TRAIN, name)]
        splits[0] += [] if lacking else read_latents(data / IMAGINED, TRAIN, names, styles)
        played = sum(not song.sung for song in splits[0])
        report(f"{played} bands of imagined songs" + (f": they lack {', '.join(lacking)}" if lacking else ""))
    _begin(out, recipe, "denoiser", data, splits[0], resume, initial, engine)
    statistics = _statistics(out, splits[0], engine)
    model = _started(recipe, "denoiser", lambda: Denoiser(recipe.model), initial)
    made_by = read_json(data / SOURCE) if (data / SOURCE).is_file() else None
    objective, critic = denoiser_players(model, statistics, recipe, made_by, report)
    return _train(objective, recipe, splits, 1, out, budget, engine, report, critic)


def train_listener(
    config: str | Path,
    data: Path,
    out: Path,
    budget: str | None = None,
    resume: bool = True,
    overrides: Overrides | None = None,
    device: str = "auto",
    report: Report = lambda line: None,
    initial: str | Path | None = None,
) -> Progress:
    """Train the listener on a training folder. Arguments and errors as in train_autoencoder.

    A listener that needs no latents also learns from the imagined songs, if the folder holds any.
    """
    recipe = read_recipe(ListenerRecipe, config, overrides)
    engine = make_engine(device, recipe.loop.precision)
    heard = ["vocal", "band"] if recipe.model.use_latents else []
    splits = [read_latents(data, split, [*heard, "features", "truth"]) for split in (TRAIN, VALID)]
    imagined = data / IMAGINED
    if imagined.is_dir() and not heard:
        splits[0] = splits[0] * recipe.objective.sung_repeats + read_latents(imagined, TRAIN, ["features", "truth"])
    _begin(out, recipe, "listener", data, splits[0], resume, initial, engine)
    statistics = _statistics(out, splits[0], engine) if heard else LatentStatistics.neutral(LATENT_CHANNELS)
    if engine.is_main:
        write_tensors(out / STATISTICS, statistics.tensors())
    model = _started(recipe, "listener", lambda: Listener(recipe.model), initial)
    objective = ListenerObjective(model, statistics, recipe.objective)
    return _train(objective, recipe, splits, 1, out, budget, engine, report)


def _train(
    objective: Objective,
    recipe: Recipe,
    splits: list[list[Song]],
    frame_axis: int,
    out: Path,
    budget: str | None,
    engine: Engine,
    report: Report,
    critic: Objective | None = None,
) -> Progress:
    loop = recipe.loop
    training, validation = (CropSampler(songs, loop.crop_frames, loop.seed, frame_axis) for songs in splits)
    plan = Plan(loop.steps, parse_duration(budget) if budget else None)
    weights = sum(parameter.numel() for parameter in objective.model.parameters())
    report = report if engine.is_main else _silent
    report(f"{weights / 1e6:.2f}M parameters on {engine.device}, {engine.precision}")
    if engine.processes > 1:
        report(f"{engine.processes} processes share each batch of {loop.batch_size}")
    for name, split in ((TRAIN, training), (VALID, validation)):
        report(f"{name}: {len(split.songs)} songs, {split.frames} frames; {split.left_out} shorter than a crop")
        if engine.device.type == "cuda" and not split.hold_on(engine.device, _room_for_songs(engine.device)):
            report(f"{name}: more than a quarter of the GPU's free memory, so the songs stay in the machine's")
    return Trainer(objective, training, validation, out, recipe, plan, engine, report, critic).train()


def _styles_played(data: Path, styles: Sequence[str]) -> str:
    """How many of the styles the training split plays, in words. Raises ConfigError if it plays none."""
    played = {row.get("style") for row in read_manifest(data, TRAIN)}
    silent = [style for style in styles if style not in played]
    if len(silent) == len(styles):
        raise ConfigError(
            f"no song of {data} plays any of model.styles, {', '.join(styles)}: prepare the corpus again (it costs"
            " nothing where the arrays are there), or set model.styles=[]."
        )
    return f"{len(styles) - len(silent)} styles" + (f"; no song plays {', '.join(silent)}" if silent else "")


def _room_for_songs(device: torch.device) -> int:
    """Bytes of songs that a GPU may keep, so that no loader is waited for: a quarter of what is free."""
    free, _ = torch.cuda.mem_get_info(device)
    return int(free) // 4


def _begin(
    out: Path,
    recipe: Recipe,
    kind: Kind,
    data: Path,
    songs: list[Song],
    resume: bool,
    initial: str | Path | None,
    engine: Engine,
) -> None:
    """Write the recipe, or check that the run in this folder has the same model."""
    frames = sum(song.frames for song in songs)
    real = sum(not row.get("truth", True) for row in read_manifest(data, TRAIN))
    counted = {"songs": len(songs), "frames": frames, "real": real}
    described = {"kind": kind, **settings_to_dict(recipe), "data": counted}
    for role, note in (("autoencoder", SOURCE), ("listener", HEARD_BY)):
        if kind == "denoiser" and (data / note).is_file():
            described[role] = read_json(data / note)
    if initial is not None:
        described["initial"] = reference(find_checkpoint(initial))
        if isinstance(recipe, AutoencoderRecipe) and recipe.objective.decoder_only:
            described[LATENTS_OF] = same_latents_as(find_checkpoint(initial))
    if has_state(out):
        if not resume:
            raise ConfigError(f"{out} already holds a run: resume it or choose another folder.")
        before = read_json(out / RECIPE)
        differing = [name for name in ("kind", "autoencoder", "listener") if before.get(name) != described.get(name)]
        if not _is_same_model(before["model"], recipe):
            differing.append("model")
        for table in differing:
            raise ConfigError(f"{out} holds a run with another {table}: choose its recipe or another folder.")
        described.pop("initial", None)  # the state's weights replace it
        described |= {key: before[key] for key in ("initial",) if key in before}
    if engine.is_main:
        write_json(out / RECIPE, described)


def _is_same_model(values: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a model table is the recipe's. One of an earlier release, which knew fewer settings, has the defaults."""
    try:
        return settings_from_dict(type(recipe.model), values, "model") == recipe.model
    except ConfigError:  # of another kind
        return False


def _silent(line: str) -> None:
    """Report nothing: the main process does."""


def _started(recipe: Recipe, kind: Kind, build: Callable[[], Any], initial: str | Path | None) -> Any:
    """A new model in training mode, with the weights of the checkpoint `initial` if one is given."""
    torch.manual_seed(recipe.loop.seed)  # PyTorch initialises layers from its global generator and no other
    module: nn.Module = build()
    if initial is not None:
        checkpoint = read_checkpoint(initial, kind)
        values, weights = checkpoint.config["model"], without_prefix("model", checkpoint.tensors)
        if isinstance(recipe, DenoiserRecipe) and recipe.model.styles and not values.get("styles"):
            values, weights = {**values, "styles": list(recipe.model.styles)}, with_styles(weights, recipe.model)
        if not _is_same_model(values, recipe):
            raise ConfigError(f"{checkpoint.folder} has another model than the recipe: give both the same model table.")
        module.load_state_dict({name: value.float() for name, value in weights.items()}, strict=True)
    return module.train()


def _statistics(out: Path, songs: Iterable[Song], engine: Engine) -> LatentStatistics:
    """Statistics of the training split, measured once per run."""
    path = out / STATISTICS
    if path.is_file() and has_state(out):  # without a state the run starts anew, maybe on other data
        return LatentStatistics.from_tensors(read_tensors(path)[0])
    songs = list(songs)
    for song in songs:
        if not all(np.isfinite(song.arrays[name]).all() for name in ("vocal", "band")[not song.sung :]):
            raise ConfigError(f"song {song.identifier} has latents that are not finite: encode it again.")
    songs = [song for song in songs if song.sung]
    vocal = measure_statistics(song.arrays["vocal"] for song in songs)
    statistics = LatentStatistics(vocal, measure_statistics(song.arrays["band"] for song in songs))
    if engine.is_main:
        write_tensors(path, statistics.tensors())
    return statistics
