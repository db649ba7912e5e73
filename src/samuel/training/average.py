"""The mean of a network's weights before and after it was trained on other data: some of both, at no cost in use.

Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022.
"""

from __future__ import annotations

from pathlib import Path

from samuel.checkpoint.files import read_json
from samuel.checkpoint.folder import CONFIG, find_checkpoint, read_checkpoint, reference, save_checkpoint
from samuel.config import require_range
from samuel.errors import CheckpointError

_OWN = ("format", "kind", "fingerprint", "training", "initial")  # of one of the two alone


def average_checkpoints(first: str | Path, second: str | Path, out: Path, share: float = 0.5) -> Path:
    """Write (1 - share) of the first's weights and share of the second's, statistics alike, as the checkpoint out.

    Both are of one kind and differ in weights alone; what each was trained on is named in the config. Raises
    CheckpointError where more differs than the weights, and ConfigError for a share beyond 0 to 1.
    """
    require_range("share", share, 0, 1)
    kind = read_json(find_checkpoint(first) / CONFIG).get("kind", "listener")
    before, after = read_checkpoint(first, kind), read_checkpoint(second, kind)
    settings, other = (
        {name: value for name, value in each.config.items() if name not in _OWN} for each in (before, after)
    )
    differing = sorted(name for name in settings.keys() | other.keys() if settings.get(name) != other.get(name))
    if differing:
        raise CheckpointError(
            f"{before.folder} and {after.folder} differ in {', '.join(differing)}: only weights that one network was"
            " trained to in two places can be averaged."
        )
    mean = {
        name: value.float().lerp(after.tensors[name].float(), share).to(value.dtype)
        for name, value in before.tensors.items()
    }
    parts = [{**reference(each.folder), "share": part} for each, part in ((before, 1 - share), (after, share))]
    save_checkpoint(out, kind, {**settings, "average": parts}, mean)
    return out
