"""What this machine is: its processor, its GPUs, and how much memory a process can get."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")
_GPU_SECONDS = 10
# In files of version 2 and of version 1: the limit, what is used, and the entry of `memory.stat` that
# counts the files held in memory, which are dropped when a process needs the memory.
_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The memory that the processes of this machine, or of this container, can have, in bytes.

    Attributes:
        total: All of it.
        available: What a new process can get, including what the system frees for it.
    """

    total: int
    available: int


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """A GPU of NVIDIA, as its driver names it.

    Attributes:
        name: Its model.
        memory: Its memory in bytes.
    """

    name: str
    memory: int


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def processor() -> str:
    """Return the model of the processor, as the system names it; "unknown" if it does not."""
    with contextlib.suppress(OSError):
        for line in (
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        ):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


@functools.cache
def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs that the driver of NVIDIA reports; none where there is no driver."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1") or not shutil.which("nvidia-smi"):
        return ()
    asked = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            asked, capture_output=True, text=True, timeout=_GPU_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()  # a driver that does not answer has no GPU to train on
    return _parse_gpus(done.stdout)


def memory(cgroups: Path = _CGROUPS, own: Path = _OWN_CGROUPS) -> Memory:
    """Return the memory of the machine, or the smaller one of the control groups of this process.

    Args:
        cgroups: Where the control groups are mounted.
        own: The file that names those of this process.
    """
    machine = psutil.virtual_memory()
    total, available = machine.total, machine.available
    for limit, used, reclaimable in _limits(cgroups, own):
        total = min(total, limit)
        available = min(available, max(0, limit - used + reclaimable))
    return Memory(total=total, available=available)


def _parse_gpus(text: str) -> tuple[Gpu, ...]:
    found = []
    for line in text.splitlines():
        name, _, mebibytes = line.rpartition(",")
        # Of a GPU without memory of its own, the driver says "[N/A]".
        amount = mebibytes.strip()
        found.append(Gpu(name=name.strip(), memory=int(amount) << 20 if amount.isdigit() else 0))
    return tuple(found)


def _limits(cgroups: Path, own: Path) -> Iterator[tuple[int, int, int]]:
    """Yield limit, use and what can be reclaimed of each control group that limits this process."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:  # a system without control groups
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root = cgroups / controllers
        folder = root / path.strip("/")
        # In a container, the path of the host may not be there, and the root is the container's own.
        for group in (folder, *folder.parents):
            for names in _FILES:
                if (found := _read(group, *names)) is not None:
                    yield found
            if group == root:
                break


def _read(group: Path, limit: str, used: str, reclaimable: str) -> tuple[int, int, int] | None:
    try:
        text = (group / limit).read_text(encoding="ascii").strip()
        if not text.isdigit():  # "max"
            return None
        counts = dict(
            line.split() for line in (group / "memory.stat").read_text("ascii").splitlines()
        )
        return int(text), int((group / used).read_text("ascii")), int(counts.get(reclaimable, 0))
    except OSError:  # there is no such group, or the root, which has no limit
        return None
