"""Where Oobleck's weights lie: a folder, the hub's local cache, or the hub. Fails at once and says what to do."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

from samuel.errors import CheckpointError, MissingExtraError

CONFIG = "config.json"
WEIGHTS = "diffusion_pytorch_model.safetensors"
SUBFOLDER = "vae"
PROBE_TIMEOUT = 5.0  # s; the hub client's own retries would take about 25


def find_weights(name_or_folder: str | Path) -> Path:
    """Return the folder with config.json and the weights, downloading them only if neither folder nor cache has them.

    Raise CheckpointError with the remedy where they cannot be had.
    """
    path = Path(name_or_folder).expanduser()
    if path.exists():
        return _in_folder(path)
    name = str(name_or_folder)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise CheckpointError(f"There is no folder {name}: name an existing folder or a hub id such as owner/model.")
    return _cached(name) or _download(name)


def _complete(folder: Path) -> bool:
    return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()


def _in_folder(path: Path) -> Path:
    for folder in (path, path / SUBFOLDER):
        if _complete(folder):
            return folder
    raise CheckpointError(
        f"{path} holds no Oobleck weights: it needs {CONFIG} and {WEIGHTS}, there or in {SUBFOLDER}/."
    )


def _snapshot(name: str, *, local_files_only: bool) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingExtraError("huggingface_hub", "oobleck") from error
    patterns = [f"{SUBFOLDER}/{CONFIG}", f"{SUBFOLDER}/{WEIGHTS}"]
    return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=local_files_only)) / SUBFOLDER


def _cached(name: str) -> Path | None:
    """Return the folder in the hub's local cache if it is whole; never touches the network."""
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = _snapshot(name, local_files_only=True)
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise CheckpointError(
            f"{name!r} is no hub id: name an existing folder or an id such as owner/model."
        ) from error
    return folder if _complete(folder) else None


def _download(name: str) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise CheckpointError(f"{name} is not in the local cache and HF_HUB_OFFLINE is set: unset it or name a folder.")
    if not _reachable(constants.ENDPOINT):
        raise CheckpointError(f"{name} is not in the local cache and the hub is out of reach: name a folder with it.")
    try:
        folder = _snapshot(name, local_files_only=False)
    except GatedRepoError as error:
        raise CheckpointError(
            f"{name} is gated: accept its licence on its page at {constants.ENDPOINT}/{name}, run hf auth login, and "
            f"try again, or download its folder {SUBFOLDER} and name that."
        ) from error
    except RepositoryNotFoundError as error:
        raise CheckpointError(
            f"The hub knows no model {name} (or it is private): check the name, or log in."
        ) from error
    except Exception as error:  # the hub client's own errors, and those of the HTTP client below it
        raise CheckpointError(f"{name} could not be downloaded ({type(error).__name__}): try again later.") from error
    return _in_folder(folder)


def _reachable(endpoint: str) -> bool:
    """Whether anything answers at the endpoint within PROBE_TIMEOUT; proxies from the environment are used."""
    try:
        urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=PROBE_TIMEOUT).close()
    except urllib.error.HTTPError:
        return True  # an answer all the same
    except (OSError, ValueError):
        return False
    return True
