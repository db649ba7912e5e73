"""The names that users may rely on, and what importing them costs."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from programs import finished

import samuel

ROOT = Path(__file__).resolve().parents[1]


def test_the_public_names_are_these() -> None:
    assert samuel.__all__ == ["Accompaniment", "Accompanist", "ChordSpan", "SamuelError", "__version__"]


def test_every_public_name_resolves() -> None:
    assert all(getattr(samuel, name) is not None for name in samuel.__all__)
    assert set(samuel.__all__) <= set(dir(samuel))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = samuel.no_such_name


def modules_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    result = finished([sys.executable, "-c", script])
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize("statement", ["import samuel", "import samuel.cli.main"])
def test_importing_the_package_or_its_command_line_imports_nothing_heavy(statement: str) -> None:
    heavy = {"torch", "numpy", "scipy", "matplotlib", "soundfile", "av", "diffusers", "librosa"}
    assert not modules_after(statement) & heavy


def test_the_autoencoder_package_does_not_import_diffusers() -> None:
    assert "diffusers" not in modules_after("import samuel.autoencoder.oobleck")


def test_every_folder_of_the_package_has_an_init_so_that_the_import_rules_see_it() -> None:
    folders = {file.parent for file in (ROOT / "src" / "samuel").rglob("*.py")}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_the_changelog_has_a_section_for_this_version() -> None:
    assert f"## [{samuel.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_wheel_is_named_after_the_package_and_typed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"samuel": "samuel.cli.entry:main"}
    assert (ROOT / "src" / "samuel" / "py.typed").is_file()
