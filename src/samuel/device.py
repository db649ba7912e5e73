"""What the machine offers: threads, fast bfloat16, and generators that make a run repeatable."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import torch

from samuel.errors import ConfigError

MAX_SEED = 2**53 - 1  # the largest integer that every JSON reader keeps exactly

# processors with multiply-add instructions in bfloat16; elsewhere it is emulated and slower than float32
_BF16_CAPABILITIES = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def has_fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 natively (AVX-512 BF16, AMX, Arm BF16), as it says itself."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if capabilities:
        return any(bool(capabilities.get(name)) for name in _BF16_CAPABILITIES)
    return _linux_flags_show_bf16()


def _linux_flags_show_bf16() -> bool:
    """The same question to the kernel, for releases of PyTorch that do not answer it."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            words = set(file.read().split())
    except OSError:
        return False
    return bool(words & {"avx512_bf16", "amx_bf16", "bf16", "svebf16"})


def precision() -> str:
    """ "bf16" or "fp32": what autocast uses on this machine."""
    return "bf16" if has_fast_bf16() else "fp32"


def autocast(enabled: bool | None = None) -> AbstractContextManager[object]:
    """bfloat16 autocast on the CPU where it is fast (or as told), else nothing."""
    wanted = has_fast_bf16() if enabled is None else enabled
    return torch.autocast("cpu", dtype=torch.bfloat16) if wanted else nullcontext()


def set_threads(threads: int | None) -> int:
    """Let PyTorch compute with this many threads (None: as it chose itself); returns how many it uses."""
    if threads is not None:
        most = os.cpu_count() or 1
        if not 1 <= threads <= most:
            raise ConfigError(f"threads {threads} is out of range: choose a value from 1 to {most}.")
        torch.set_num_threads(threads)
    return torch.get_num_threads()


def generator(seed: int) -> torch.Generator:
    """A CPU generator of its own, so that nothing else that draws can change what this seed gives."""
    if not 0 <= seed <= MAX_SEED:
        raise ConfigError(f"seed {seed} is out of range: choose a value from 0 to {MAX_SEED}.")
    return torch.Generator().manual_seed(seed)
