"""The examples of docs/studio.md run as they stand, against a studio at another port."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from programs import finished
from serving import Server

from samuel.audio import read_audio

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "studio.md").read_text(encoding="utf-8")


def example(language: str, mark: str) -> str:
    """The block of a language that holds the mark."""
    (block,) = (text for text in re.findall(rf"```{language}\n(.*?)```", DOCS, flags=re.DOTALL) if mark in text)
    return block


def run(command: list[str], server: Server, vocal: Path, folder: Path) -> None:
    shutil.copy(vocal, folder / "take.wav")
    script = [part.replace("http://127.0.0.1:7860", server.url) for part in command]
    result = finished(script, cwd=folder)
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(shutil.which("jq") is None or shutil.which("curl") is None, reason="curl or jq is not installed")
def test_the_example_for_curl_ends_with_a_mix(server: Server, vocal: Path, tmp_path: Path) -> None:
    run(["bash", "-euo", "pipefail", "-c", example("sh", "curl")], server, vocal, tmp_path)
    assert read_audio(tmp_path / "mix.mp3").seconds == pytest.approx(1.5, abs=0.06)


def test_the_example_in_python_ends_with_two_takes(server: Server, vocal: Path, tmp_path: Path) -> None:
    run([sys.executable, "-c", example("python", "gradio_client")], server, vocal, tmp_path)
    takes = [path for path in tmp_path.glob("*.wav") if path.name != "take.wav"]
    assert [read_audio(path).seconds for path in takes] == [pytest.approx(1.5, abs=0.01)] * 2


def test_every_function_is_described(server: Server) -> None:
    named = server.get("/gradio_api/info").json()["named_endpoints"]
    table = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", DOCS, flags=re.MULTILINE))))
    assert {name.strip("/") for name in named} == table
