"""The benchmark: stages of the real chain, peers kept from an earlier call, tables with ratios."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from tiny import save_tiny_model

from samuel.benchmark import Benchmark, run_benchmark, running, to_markdown
from samuel.benchmark.measure import measure
from samuel.benchmark.peer import PeerCost
from samuel.benchmark.stages import Stage
from samuel.cli.main import main
from samuel.errors import ConfigError
from samuel.pipeline.describe import describe_model


def test_every_stage_is_measured_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_tiny_model(tmp_path / "models")
    out = tmp_path / "results"
    assert main(["benchmark", "--model", str(model), "--seconds", "1", "2", "-o", str(out)]) == 0
    result = json.loads((out / "benchmark.json").read_text())
    assert result["parameters"] == sum(part.parameters for part in describe_model(model).parts)
    rows = result["stages"]
    names = [row["name"] for row in rows if row["audio"] == 2.0]
    assert names == ["read the file", "level and resample", "features", "encode", "listener", "sample, 2 steps",
                     "one step of it", "decode", "level and mix"]  # fmt: skip
    assert all(row["seconds"] > 0 for row in rows)
    decoded = {row["audio"]: row["gflop"] for row in rows if row["name"] == "decode"}
    assert decoded[2.0] == pytest.approx(2 * decoded[1.0])
    assert "| 2 | all |" in capsys.readouterr().out


def test_peers_of_other_environments_are_kept_and_missing_ones_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(audio: float) -> PeerCost:
        raise ConfigError("it cannot be built here.")

    model = str(save_tiny_model(tmp_path / "models"))
    monkeypatch.setattr(running, "benchmark_stages", lambda *_: [Stage(1.0, "encode", 0.5, None, None)])
    monkeypatch.setitem(running.PEERS, "one", lambda audio: PeerCost("One", 5_000, audio, 100.0, "whole", "here"))
    monkeypatch.setitem(running.PEERS, "two", absent)
    run_benchmark(tmp_path, model, (1.0,), ("one",), 10.0)
    result = run_benchmark(tmp_path, model, (), ("two",), 10.0)
    assert [peer.name for peer in result.peers] == ["One"]
    assert result.absent == {"two": "it cannot be built here."}
    assert result.stages
    assert "two was not measured: it cannot be built here." in (tmp_path / "benchmark.md").read_text()
    with pytest.raises(ConfigError, match="peer 'three' is unknown"):
        run_benchmark(tmp_path, model, (), ("three",))


def test_ratios_are_against_our_whole_chain_at_the_same_length() -> None:
    stages = (Stage(10.0, "encode", 1.0, None, 2.0), Stage(10.0, "sample, 4 steps", 4.0, 8_000_000, 8.0),
              Stage(10.0, "one step of it", 1.0, None, 2.0))  # fmt: skip
    result = Benchmark("ours", 1_000_000, {}, stages, (PeerCost("Big", 220_000_000, 20.0, 520.0, "whole", "x"),))
    text = to_markdown(result)
    assert "| 10 | all | 5.000 | 0.5000 | 8 | 10.0 |" in text
    assert "| ours | 1.0 | 20 | 10.0 | 0.50 | 1.0 | 1.0 |" in text
    assert "| Big | 220.0 | 20 | 520.0 | 26.00 | 220.0 | 52.0 |" in text


def hold_for_a_moment() -> None:
    held = bytearray(b"x" * 200_000_000)
    time.sleep(0.1)  # so that whoever looks gets its turn
    assert held


def test_memory_that_is_used_is_seen() -> None:
    before = measure(lambda: None).peak
    during = measure(hold_for_a_moment).peak
    if before is None or during is None:
        assert before is during is None  # a system that does not tell
    else:
        assert during - before > 150_000_000
