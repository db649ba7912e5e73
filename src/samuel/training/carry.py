"""A denoiser carried over to the latents of another autoencoder: a far better start than random weights.

Two autoencoders of one design, trained apart, agree on their latents up to a linear map but for a few per cent
(docs/experiments/014). The map is fitted by least squares on songs that both have encoded, and goes into the first and
the last convolution of the denoiser: no layer is added, and none in between changes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from einops import einsum
from jaxtyping import Float
from torch import Tensor

from samuel.checkpoint.files import read_json, with_prefix, without_prefix
from samuel.checkpoint.folder import narrowed, read_checkpoint, reference, save_checkpoint
from samuel.checkpoint.statistics import ChannelStatistics, LatentStatistics, measure_statistics
from samuel.config import LATENT_CHANNELS
from samuel.errors import ConfigError
from samuel.training.data import Song, read_latents
from samuel.training.runs import HEARD_BY, SOURCE

Map = Float[Tensor, "new old"]  # normalised latents of one autoencoder from those of another, frame by frame
RIDGE = 1e-2  # added to the normal equations, so that a dead channel leaves them solvable
SONGS = 64  # of those that both folders hold; 64 are 65,536 frames for 4,096 unknowns


def carry_denoiser(
    denoiser: str | Path, before: Path, after: Path, out: Path, report: Callable[[str], None] = lambda line: None
) -> Path:
    """Write `denoiser`, which belongs to the latents in the training folder `before`, for those in `after`, as out.

    The folders must hold latents of the same songs by two autoencoders. out is a checkpoint for `--initial`: train it
    on before it is used. Raises CheckpointError for what is no denoiser and ConfigError if the folders share no song.
    """
    checkpoint = read_checkpoint(denoiser, "denoiser")
    old, new = (
        {song.identifier: song for song in read_latents(f, "train", ["vocal", "band"])} for f in (before, after)
    )
    shared = sorted(old.keys() & new.keys())[:SONGS]
    if not shared:
        raise ConfigError(f"{before} and {after} share no song: encode one corpus in both.")
    theirs = LatentStatistics.from_tensors(without_prefix("statistics", checkpoint.tensors))
    ours = LatentStatistics(*(measure_statistics(s.arrays[name] for s in new.values()) for name in ("vocal", "band")))
    pairs = {
        name: tuple(
            torch.cat([_normalised(songs[key], name, getattr(statistics, name)) for key in shared], dim=1)
            for songs, statistics in ((old, theirs), (new, ours))
        )
        for name in ("vocal", "band")
    }
    maps = {name: fit_map(new_latents, old_latents) for name, (old_latents, new_latents) in pairs.items()}
    back = fit_map(*pairs["band"])
    for name, (old_latents, new_latents) in pairs.items():
        share = explained(maps[name] @ new_latents, old_latents)
        report(f"{name}: {share:.1%} of the old latents' variance is linear in the new ones")
    weights = {key: value.float() for key, value in without_prefix("model", checkpoint.tensors).items()}
    tensors = with_prefix("model", narrowed(carried(weights, maps["band"], back, maps["vocal"])))
    config = {
        "model": checkpoint.config["model"],
        "sampler": checkpoint.config["sampler"],
        "initial": reference(checkpoint.folder),
        "autoencoder": read_json(after / SOURCE),
    }
    if (after / HEARD_BY).is_file():
        config["listener"] = read_json(after / HEARD_BY)
    save_checkpoint(out, "denoiser", config, tensors | with_prefix("statistics", ours.tensors()))
    return out


def carried(weights: dict[str, Tensor], band: Map, back: Map, vocal: Map) -> dict[str, Tensor]:
    """A denoiser's weights for new latents: band and vocal (old from new) on the way in, back (new from old) out.

    The noise is mapped as well, so it stays white only as far as the maps are rotations: hence the further training.
    """
    heard = weights["vocal.enter.weight"].clone()
    heard[:, :LATENT_CHANNELS] = einsum(heard[:, :LATENT_CHANNELS], vocal, "o i k, i j -> o j k")
    null = weights["vocal.null"].clone()
    null[:LATENT_CHANNELS] = torch.linalg.lstsq(vocal, null[:LATENT_CHANNELS, None]).solution[:, 0]
    return weights | {
        "enter.weight": einsum(weights["enter.weight"], band, "o i k, i j -> o j k").contiguous(),
        "leave.weight": einsum(back, weights["leave.weight"], "p o, o i k -> p i k").contiguous(),
        "leave.bias": back @ weights["leave.bias"],
        "vocal.enter.weight": heard,
        "vocal.null": null,
    }


def fit_map(source: Float[Tensor, "c t"], target: Float[Tensor, "c t"]) -> Map:
    """The matrix M for which M source is nearest to target, by least squares."""
    x, y = source.double(), target.double()
    normal = x @ x.T + RIDGE * torch.eye(len(x), dtype=torch.float64)
    solution: Tensor = torch.linalg.solve(normal, x @ y.T)
    return solution.T.float()


def explained(estimate: Float[Tensor, "c t"], target: Float[Tensor, "c t"]) -> float:
    """Share of the target's variance that the estimate explains, over all channels."""
    return 1 - float((estimate - target).square().sum() / target.square().sum())


def _normalised(song: Song, name: str, statistics: ChannelStatistics) -> Float[Tensor, "c t"]:
    values = torch.from_numpy(np.asarray(song.arrays[name], dtype=np.float32))
    return statistics.normalise(values[None])[0]
