"""Setting up: whoever waits sees what for, and an error is never hidden."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from programs import finished

SCRIPT = Path(__file__).parents[1] / "scripts" / "setup.py"


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, which tells every 50 ms how long it takes."""
    spec = importlib.util.spec_from_file_location("samuel_setup", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TELLING_SECONDS", 0.05)
    return module


def stand_in(folder: Path, script: str) -> Path:
    """A python whose pip is this shell script."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return python


def test_a_long_installation_says_what_it_installs_and_for_how_long_already(
    setup: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    setup.install(stand_in(tmp_path, "sleep 0.5"), "PyTorch (about 200 MB)", "torch")
    first, *others = capfd.readouterr().out.splitlines()
    assert first == "setup: installing PyTorch (about 200 MB)"
    assert others
    assert all(line.startswith("setup: still installing PyTorch (about 200 MB), ") for line in others)


@pytest.mark.parametrize("terminal", [True, False])
def test_pip_draws_its_bars_on_a_terminal_and_is_quiet_elsewhere(
    setup: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    terminal: bool,
) -> None:
    python = stand_in(tmp_path, 'echo "$@"')
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    setup.install(python, "PyTorch", "torch")
    assert ("--quiet" in capfd.readouterr().out) is not terminal


def test_what_pip_says_of_a_failure_is_shown(
    setup: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    python = stand_in(tmp_path, "echo 'ERROR: No space left on device' >&2; exit 1")
    with pytest.raises(SystemExit, match="see above: check the network and the disk"):
        setup.install(python, "PyTorch", "torch")
    assert "ERROR: No space left on device" in capfd.readouterr().err


def test_an_environment_that_is_complete_costs_nothing_and_says_nothing(setup: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".samuel-run").write_text(setup.fingerprint("run"))
    command = [sys.executable, str(SCRIPT), "run"]
    done = finished(command, env={"VENV": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
