#!/usr/bin/env python3
"""Make .venv with CPU PyTorch and this package: `setup.py run` for users, `setup.py test` for developers.

Needs nothing but Python's standard library. Each step can be interrupted and run again; a level that is complete is
marked by a stamp, keyed on pyproject.toml and this file, and then costs nothing.

Environment:
    VENV         where the environment goes (default .venv)
    TORCH_INDEX  index of CPU builds of PyTorch (default: PyTorch's own); "none" leaves it to pip's configuration
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MINIMUM = (3, 11)
TORCH = "2.13.0"  # what the bundled weights and the tests were made with
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # a plain Linux wheel of PyTorch brings gigabytes of CUDA
PROBE_SECONDS = 10
TELLING_SECONDS = 20  # between two lines that say that pip still works, where it cannot draw its bar
ROOT = Path(__file__).resolve().parent.parent
EXTRAS = {"run": "", "test": "[train,corpus,eval,studio,oobleck,benchmark,dev]"}
DOWNLOADS = {"run": "about 150 MB", "test": "about 500 MB"}  # beside PyTorch, on Linux
WITHOUT_THEIR_NEEDS = {
    "run": [],
    "test": ["tinysoundfont>=0.3.6,<0.4", "BeatNet>=1.1.3,<1.2", "audiobox_aesthetics>=0.0.4"],
}  # they ask for PyAudio or torchaudio, which are not used


def main() -> None:
    """Bring the environment to the level named on the command line."""
    level = sys.argv[1] if len(sys.argv) == 2 else ""
    if level not in EXTRAS:
        sys.exit("usage: setup.py run|test")
    if sys.version_info < MINIMUM:
        sys.exit(
            f"Python {sys.version.split()[0]} is too old: install Python 3.11 or later, or run make PYTHON=python3.x."
        )
    venv = Path(os.environ.get("VENV") or ROOT / ".venv")
    stamp = venv / f".samuel-{level}"
    if stamp.is_file() and stamp.read_text() == fingerprint(level):
        return
    python = make_environment(venv)
    install_torch(python)
    needs = f"samuel{EXTRAS[level]} and the packages that it needs ({DOWNLOADS[level]})"
    install(python, needs, "--editable", f"{ROOT}{EXTRAS[level]}")
    if WITHOUT_THEIR_NEEDS[level]:
        install(python, " ".join(WITHOUT_THEIR_NEEDS[level]), "--no-deps", *WITHOUT_THEIR_NEEDS[level])
    stamp.write_text(fingerprint(level))
    if level == "test":  # includes everything of the level run
        (venv / ".samuel-run").write_text(fingerprint("run"))


def say(text: str) -> None:
    """Show progress."""
    print(f"setup: {text}", flush=True)


def fingerprint(level: str) -> str:
    """Return what a stamp must hold to count."""
    digest = hashlib.sha256(level.encode())
    for file in (ROOT / "pyproject.toml", Path(__file__)):
        digest.update(file.read_bytes())
    digest.update(str(ROOT).encode())  # an editable install points here
    return digest.hexdigest()


def install(python: Path, what: str, *arguments: str) -> None:
    """Have pip install something, its bars shown on a terminal; its own message is the explanation when it fails."""
    say(f"installing {what}")
    command = [python, "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    if sys.stdout.isatty():
        failed = subprocess.run(command).returncode
    else:
        with telling(what):
            failed = subprocess.run([*command, "--quiet"]).returncode
    if failed:
        sys.exit("setup: an installation failed, see above: check the network and the disk, then run make again.")


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Say now and then that something is still being installed, and for how long already."""
    done, started = threading.Event(), time.monotonic()

    def tell() -> None:
        while not done.wait(TELLING_SECONDS):
            say(f"still installing {what}, {time.monotonic() - started:.0f} s so far")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


# The environment ------------------------------------------------------------------------------------------------


def make_environment(venv: Path) -> Path:
    """Create the virtual environment unless a working one is there; return its Python."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if works(python, "-m", "pip", "--version"):
        return python
    say(f"making the virtual environment {venv}")
    if works(sys.executable, "-c", "import ensurepip, venv"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    elif works(sys.executable, "-m", "virtualenv", "--version"):
        subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--clear", venv], check=True)
    else:
        make_environment_without_ensurepip(venv, python)
    return python


def make_environment_without_ensurepip(venv: Path, python: Path) -> None:
    """Debian and Ubuntu keep ensurepip in python3-venv: find pip elsewhere, or say what to install."""
    if works(sys.executable, "-c", "import venv"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", venv], check=True)
        if works(sys.executable, "-m", "pip", "--python", python, "install", "pip"):
            return
        with tempfile.TemporaryDirectory() as folder:
            wheel = debian_pip_wheel(Path(folder))
            if wheel and works(python, wheel / "pip", "install", "--no-index", wheel):
                return
        shutil.rmtree(venv)
    sys.exit("This Python cannot make virtual environments: run sudo apt install python3-venv, then make again.")


def debian_pip_wheel(folder: Path) -> Path | None:
    """Return Debian's own wheel of pip: installed, or fetched by apt, which for a mere download needs no root."""
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        subprocess.run(["apt-get", "download", "python3-pip-whl"], cwd=folder, capture_output=True)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, folder], capture_output=True)
    wheels = [*Path("/usr/share/python-wheels").glob("pip-*.whl"), *folder.glob("usr/share/python-wheels/pip-*.whl")]
    return wheels[-1] if wheels else None


def works(*command: object, timeout: float | None = None) -> bool:
    """Whether the command exists and succeeds, within timeout seconds."""
    try:
        return subprocess.run([str(part) for part in command], capture_output=True, timeout=timeout).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


# PyTorch --------------------------------------------------------------------------------------------------------


def install_torch(python: Path) -> None:
    """Install the CPU build from its index if that answers, otherwise whatever pip finds."""
    if works(python, "-c", f"import torch; assert torch.__version__.split('+')[0] == '{TORCH}'"):
        return
    index = os.environ.get("TORCH_INDEX") or (CPU_INDEX if sys.platform == "linux" else "none")
    found = index != "none" and answers(index)
    what = f"PyTorch {TORCH} " + (
        f"for the CPU from {index} (about 200 MB)"
        if found
        else "from pip's configured indexes (about 200 MB, or 3 GB where they have a build for CUDA)"
    )
    install(python, what, f"torch=={TORCH}", *(["--extra-index-url", index] if found else []))


def answers(index: str) -> bool:
    """Whether the index lists torch; a process of its own, for no timeout covers the look-up of a name."""
    probe = f"import urllib.request; urllib.request.urlopen('{index}/torch/', timeout={PROBE_SECONDS})"
    return any(works(sys.executable, "-c", probe, timeout=PROBE_SECONDS) for _ in range(2))


if __name__ == "__main__":
    main()
