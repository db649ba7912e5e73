"""Two processes take the steps of one, and a run that is killed again and again ends like one that was not."""

import os
import sys
from pathlib import Path

import pytest
import torch
from programs import finished
from training_folder import make_training_folder

import samuel
from samuel.checkpoint.files import read_tensors
from samuel.errors import ConfigError
from samuel.training import train_denoiser
from samuel.training.engine import Engine, make_engine
from samuel.training.log import read_log
from samuel.training.share import Share, ShareGenerator
from samuel.training.state import STATE

SETTINGS = {
    "loop.steps": 4,
    "loop.batch_size": 8,
    "loop.log_every": 1,
    "loop.validation_crops": 10,
    "loop.precision": "float32",
}
PATHS = [str(Path(samuel.__file__).parents[1]), str(Path(__file__).parents[1] / "support")]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1"}


def python(*arguments: str | Path, **environment: str) -> str:
    command = [sys.executable, "-W", "ignore", *map(str, arguments)]
    result = finished(command, env={**ENVIRONMENT, **environment})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("mode", "changes"),
    [("ddp", {"objective.adversarial.weight": 0.1}), ("fsdp", {})],
)
def test_two_processes_take_the_same_steps_as_one(mode: str, changes: dict[str, float], tmp_path: Path) -> None:
    data, alone, together = make_training_folder(tmp_path / "data"), tmp_path / "alone", tmp_path / "together"
    train_denoiser("debug-denoiser", data, alone, overrides={**SETTINGS, **changes})
    settings = {**SETTINGS, **changes, "loop.accumulate": 2}  # and micro-batches: four shares of each batch
    overrides = [word for item in settings.items() for word in ("--set", "{}={}".format(*item))]
    launch = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    train = ("-m", "samuel", "train", "denoiser", "--config", "debug-denoiser", "--data", data, "--out", together)
    out = python(*launch, *train, *overrides, ACCELERATE_USE_FSDP=str(mode == "fsdp").lower())
    assert out.count("valid step 4") == 1  # only one process reports

    one, two = (read_tensors(run / STATE)[0] for run in (alone, together))
    assert one.keys() == two.keys()
    for name, expected in one.items():
        torch.testing.assert_close(two[name], expected, rtol=1e-3, atol=1e-5, msg=name)
    rows = [read_log(run) for run in (alone, together)]
    assert [row["step"] for row in rows[0]] == [row["step"] for row in rows[1]]
    for ours, theirs in zip(*rows, strict=True):
        for figure in ("loss", "gradient_norm", "critic_gradient_norm", "low_noise"):
            assert ours.get(figure, 0) == pytest.approx(theirs.get(figure, 0), rel=1e-4)


def test_a_run_killed_three_times_at_random_steps_ends_bit_for_bit_like_one_that_was_not(tmp_path: Path) -> None:
    out = python(PATHS[1] + "/kill_and_resume.py", tmp_path)
    assert "then ended with status 0" in out
    whole, killed = (read_tensors(tmp_path / run / STATE)[0] for run in ("whole", "killed"))
    assert whole.keys() == killed.keys()
    assert {name for name in whole if not torch.equal(whole[name], killed[name])} == set(), out
    assert [row["step"] for row in read_log(tmp_path / "killed")] == [*range(1, 17), 16]


def test_a_run_leaves_the_group_that_it_began_before_python_ends() -> None:
    script = """
import atexit, torch, torch.distributed as dist
from samuel.training.engine import ProcessEngine
atexit.register(lambda: print("left:", not dist.is_initialized()))  # the first to be registered is called last
for _ in range(2):
    ProcessEngine(torch.device("cpu"), "float32").close()
print("still there:", dist.is_initialized())
"""
    alone = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    assert python("-c", script, **alone) == "still there: True\nleft: True\n"


def test_an_item_gets_the_same_numbers_however_the_batch_is_split() -> None:
    from samuel.training.objectives.base import happens, integers, normal_like, stratified, uniform

    def numbers(share: Share) -> list[torch.Tensor]:
        draws = ShareGenerator.of_step(torch.device("cpu"), seed=1, step=5, total=7, share=share)
        count = share.size(7)
        return [
            uniform(count, draws),
            happens(count, 0.5, draws).float(),
            stratified(count, draws),
            integers(count, 0, 12, draws).float(),
            normal_like(torch.zeros(count, 3, 2), draws).flatten(1).sum(1),
        ]

    together = numbers(Share())
    for process in range(2):
        for part in range(2):
            share = Share(process, 2).part(part, 2)
            for ours, all_of_them in zip(numbers(share), together, strict=True):
                assert torch.equal(ours, all_of_them[share.items])
    items = [
        index for process in range(2) for part in range(2) for index in range(7)[Share(process, 2).part(part, 2).items]
    ]
    assert sorted(items) == list(range(7))


def test_random_numbers_that_are_not_one_per_item_differ_between_shares() -> None:
    first, second = (ShareGenerator.of_step(torch.device("cpu"), 0, 0, 8, Share(index, 2)) for index in range(2))
    assert not torch.equal(torch.rand(5, generator=first), torch.rand(5, generator=second))


def test_a_batch_too_small_for_its_micro_batches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="accumulate"):
        train_denoiser(
            "debug-denoiser",
            make_training_folder(tmp_path / "data"),
            tmp_path / "run",
            overrides={"loop.batch_size": 2, "loop.accumulate": 3},
        )


def test_a_device_that_is_unknown_or_absent_is_refused() -> None:
    with pytest.raises(ConfigError, match="device 'abacus' is unknown"):
        make_engine("abacus", "auto")
    assert isinstance(make_engine("cpu", "float32"), Engine)


def test_bfloat16_is_used_where_it_is_asked_for_and_by_itself_only_where_it_is_fast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for fast, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr("samuel.training.engine.has_fast_bf16", lambda fast=fast: fast)
        assert make_engine("cpu", "auto").precision == expected
    with make_engine("cpu", "bfloat16").autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with make_engine("cpu", "float32").autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
