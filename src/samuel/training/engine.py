"""Where a run computes: device, precision, and the processes that share its batches. The loop knows none of it.

One process needs only PyTorch. Several, started by `accelerate launch` or torchrun, are held together by Hugging Face
Accelerate: DDP, or FSDP (PyTorch's fully_shard) where the launcher was told --use_fsdp. Every batch is split among them
item by item, and since the numbers drawn for an item do not depend on the split, one process and many take the same
steps but for rounding.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
import torch.distributed as dist
from torch import Tensor, nn

from samuel.device import has_fast_bf16
from samuel.errors import ConfigError, MissingExtraError, SamuelError
from samuel.training.data import Batch
from samuel.training.settings import Precision
from samuel.training.share import Share, ShareGenerator


def make_engine(device: str, precision: Precision) -> Engine:
    """The engine of this process: of one among many if a launcher started it so.

    device: auto, cpu, cuda or cuda:1. Raises ConfigError for a device that is not there, MissingExtraError without
    Accelerate where it is needed.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Engine(find_device(device), precision)
    return ProcessEngine(find_device(device), precision)


def find_device(name: str) -> torch.device:
    """The device of that name; auto is the GPU where there is one. Raises ConfigError if it is unknown or absent."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"device {name!r} is unknown: choose auto, cpu or cuda.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' is not available here: choose cpu.")
    return device


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies matrices in bfloat16 faster than in float32: ask it, do not guess."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and has_fast_bf16()


class Engine:
    """One process on one device. ProcessEngine is one of several."""

    processes, index = 1, 0
    is_sharded = False  # FSDP

    def __init__(self, device: torch.device, precision: Precision) -> None:
        self.device = device
        self._low = precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16(device))

    @property
    def precision(self) -> str:
        """The type of matrix products: float32 or bfloat16."""
        return "bfloat16" if self._low else "float32"

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and reports."""
        return self.index == 0

    @property
    def share(self) -> Share:
        """The items of every batch that this process computes."""
        return Share(self.index, self.processes)

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """Matrix products in bfloat16 where wanted; weights and sums stay float32."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._low):
            yield

    def to_device(self, batch: Batch) -> Batch:
        """The batch on the device, still float16: half the bytes travel."""
        return {name: values.to(self.device, non_blocking=True) for name, values in batch.items()}

    def generator(
        self, seed: int, step: int, total: int, share: Share | None = None, stream: int = 0
    ) -> ShareGenerator:
        """Randomness of a share of the batch of one step, see ShareGenerator.of_step."""
        return ShareGenerator.of_step(self.device, seed, step, total, share, stream)

    def wrap(self, objective: nn.Module) -> nn.Module:
        """The objective on the device, such that its backward pass leaves every process the same gradients."""
        return objective.to(self.device)

    def synchronised(self, wrapped: nn.Module, now: bool) -> AbstractContextManager[object]:
        """A backward pass after which the processes' gradients are averaged, or, until the last micro-batch, not."""
        return nullcontext()

    def clip(self, module: nn.Module, norm: float) -> Tensor:
        """Scale the gradients to at most norm; returns the norm that they had."""
        return whole(nn.utils.clip_grad_norm_(module.parameters(), norm))

    def largest(self, values: Sequence[float]) -> list[float]:
        """Each value's largest over the processes: how they agree on when to stop, save and report."""
        return list(values)

    def total(self, values: Mapping[str, float]) -> dict[str, float]:
        """Each value summed over the processes, which must name the same ones."""
        return dict(values)

    def close(self) -> None:
        """Leave the others, if there are any."""


class ProcessEngine(Engine):
    """One of several processes, each with a device of its own, under Hugging Face Accelerate."""

    def __init__(self, device: torch.device, precision: Precision) -> None:
        try:
            from accelerate import Accelerator
        except ImportError as error:
            raise MissingExtraError("accelerate", "train") from error
        if os.environ.get("ACCELERATE_USE_FSDP") == "true" and os.environ.get("FSDP_VERSION", "2") != "2":
            raise ConfigError("FSDP version 1 is not supported: launch with --use_fsdp --fsdp_version 2.")
        self._begun = not dist.is_initialized()
        self._accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision="no")  # autocast is our own
        super().__init__(self._accelerator.device, precision)
        self.processes, self.index = self._accelerator.num_processes, self._accelerator.process_index
        self.is_sharded = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
        self._control = dist.new_group(backend="gloo")  # a few numbers each step, without waiting for the GPU

    def wrap(self, objective: nn.Module) -> nn.Module:
        """Under DDP a wrapper around the objective; under FSDP the objective itself, its parameters now sharded."""
        if self.is_sharded:
            return shard(objective.to(self.device), self.device)
        wrapped: nn.parallel.DistributedDataParallel = self._accelerator.prepare_model(objective)
        wrapped.broadcast_buffers = False  # they are tables, alike everywhere
        return wrapped

    def synchronised(self, wrapped: nn.Module, now: bool) -> AbstractContextManager[object]:
        """DDP's no_sync, or its counterpart in FSDP."""
        if isinstance(wrapped, nn.parallel.DistributedDataParallel):
            return nullcontext() if now else wrapped.no_sync()
        wrapped.set_requires_gradient_sync(now)  # type: ignore[operator]
        return nullcontext()

    def largest(self, values: Sequence[float]) -> list[float]:
        """As in Engine."""
        return self._reduced(values, dist.ReduceOp.MAX)

    def total(self, values: Mapping[str, float]) -> dict[str, float]:
        """As in Engine."""
        return dict(zip(values, self._reduced(list(values.values()), dist.ReduceOp.SUM), strict=True))

    def close(self) -> None:
        """Wait for the others, so that none ends while another still needs it.

        The processes' group is left as Python ends, unless it was there before: as PyTorch asks of programs.
        """
        self._reduced([0.0], dist.ReduceOp.MAX)
        dist.destroy_process_group(self._control)
        if self._begun:
            atexit.register(dist.destroy_process_group)

    def _reduced(self, values: Sequence[float], operation: dist.ReduceOp.RedOpType) -> list[float]:
        tensor = torch.tensor(values, dtype=torch.float64)
        try:
            dist.all_reduce(tensor, operation, self._control)
        except RuntimeError as error:  # the connection is closed
            raise SamuelError("another process of this run has ended: its own message says why.") from error
        agreed: list[float] = tensor.tolist()
        return agreed


def shard(objective: nn.Module, device: torch.device) -> nn.Module:
    """FSDP2 (Zhao et al. 2023): every process keeps a part of each parameter, gathered part by part where it is used.

    Accelerate prepares FSDP on accelerators only, PyTorch on CPUs as well; so this asks PyTorch, and is tested.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

    mesh = init_device_mesh(device.type, (dist.get_world_size(),))
    model = objective.get_submodule("model")
    for unit in model.children():
        for module in unit if isinstance(unit, nn.ModuleList) else [unit]:
            if any(True for _ in module.parameters()):
                fully_shard(module, mesh=mesh, reshard_after_forward=True)
    fully_shard(objective, mesh=mesh, reshard_after_forward=True)  # or the averages would be swapped behind its back
    for method in ("evaluate", "render"):
        register_fsdp_forward_method(objective, method)
    return objective


def whole(tensor: Tensor) -> Tensor:
    """The tensor itself, put together where FSDP has spread it over processes; all of them must ask."""
    full = getattr(tensor, "full_tensor", None)
    return tensor if full is None else full()


def spread_like(tensor: Tensor, like: Tensor) -> Tensor:
    """The inverse of whole: tensor spread over the processes as `like` is, on its device."""
    mesh = getattr(like, "device_mesh", None)
    if mesh is None or tensor.shape != like.shape:
        return tensor.to(like.device)
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), mesh, like.placements)  # type: ignore[attr-defined]
