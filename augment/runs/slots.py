"""Slots: how many runs train at once, and on which device: the CPU has one, and each GPU has one.

A slot is named "cpu" or "gpu:0"; further ones of the CPU are "cpu:2", "cpu:3" and so on. A run whose
batch is divided over several GPUs takes several, "gpu:0,gpu:1". Each slot has a lock, which a supervisor
inherits from the scheduler. So a slot is free when no supervisor is alive in it, whatever ended the last
one, and whichever scheduler started it.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from augment.engine.limits import shorten
from augment.errors import RunError
from augment.home import runs_home
from augment.system import files

VARIABLE = "AUGMENT_SLOTS"
"""Environment variable with the slots of this machine, where they are not one a device."""

_NAME = re.compile(r"cpu(?::[1-9][0-9]*)?|gpu:[A-Za-z0-9][A-Za-z0-9-]*")
_ENTRY = re.compile(r"cpu(?:\*([1-9][0-9]?))?|gpu:[A-Za-z0-9][A-Za-z0-9-]*")
_LISTED = re.compile(r"^GPU (\d+): ", re.MULTILINE)
_PROC = Path("/proc/driver/nvidia/gpus")
_NVIDIA_SMI_S = 20


def of_this_machine() -> tuple[str, ...]:
    """Return the slots: those of `VARIABLE`, else one for each GPU, else one for the CPU.

    Raises:
        RunError: The variable is set to what names no slots.
    """
    return configured() or tuple(f"gpu:{each}" for each in _gpus()) or ("cpu",)


def configured() -> tuple[str, ...]:
    """Return the slots that `VARIABLE` names; empty if it is not set.

    Raises:
        RunError: It is set to what names no slots.
    """
    value = os.environ.get(VARIABLE, "")
    found: list[str] = []
    for entry in filter(None, (part.strip() for part in value.split(","))):
        problem = "is no slot"
        if matched := _ENTRY.fullmatch(entry):
            further = [f"cpu:{number}" for number in range(2, int(matched[1] or 1) + 1)]
            names = [entry.partition("*")[0], *further]
            problem = "is given twice" if names[0] in found else ""
        if problem:
            raise RunError(
                f"{VARIABLE} is {shorten(value)}, but {shorten(entry)} {problem}; use for example"
                " cpu, cpu*2, or gpu:0,gpu:1."
            )
        found += names
    return tuple(found)


def check(slot: str) -> None:
    """Check the name of a slot, or of several; RunError if there can be no such slot."""
    if not all(_NAME.fullmatch(each) for each in slot.split(",")):
        raise RunError(f"{shorten(slot)} is no slot; use for example cpu, or gpu:0,gpu:1.")


def choose(devices: int, free: Sequence[str], machine: Sequence[str]) -> str:
    """Return the slot for a run on this many devices; empty if it has to wait.

    Without GPUs several devices are parts of the CPU, in one slot. A run that asks for more GPUs than
    there are gets all of them: its trainer says in its log what is wrong.

    Args:
        devices: The devices of the run.
        free: The slots that are free.
        machine: All slots of the machine.
    """
    gpus = sum(map(_is_gpu, machine))
    needed = min(devices, gpus) if gpus else 1
    fitting = [slot for slot in free if needed == 1 or _is_gpu(slot)]
    return ",".join(fitting[:needed]) if len(fitting) >= needed else ""


def free(machine: Sequence[str]) -> list[str]:
    """Return those of these slots on which no supervisor trains."""
    return [slot for slot in machine if not files.is_held(_lock_path(slot))]


@contextmanager
def taken(slot: str) -> Iterator[list[int]]:
    """Take a slot, in this context and in the processes that are started in it and inherit the locks.

    Yields:
        The descriptors of the locks, which are to be inherited; none if the slot is not free.

    Raises:
        OSError: The files of the locks cannot be created, as on a full disk.
    """
    with ExitStack() as held:
        descriptors: list[int] = []
        for each in slot.split(","):
            if (lock := files.acquire(_lock_path(each))) is None:
                descriptors = []
                break
            descriptors.append(held.enter_context(lock).fileno())
        yield descriptors


def environment_of(slot: str) -> dict[str, str]:
    """Return the variables by which a trainer sees the devices of its slot alone; empty for no slot.

    The supervisor sets them for the trainer. GPUs are counted as ``nvidia-smi`` counts them: by default
    CUDA puts the fastest first.
    """
    if not slot:
        return {}
    gpus = [each.partition(":")[2] for each in slot.split(",") if _is_gpu(each)]
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": ",".join(gpus) or "-1"}


def _is_gpu(slot: str) -> bool:
    return slot.startswith("gpu:")


def _lock_path(slot: str) -> Path:
    return runs_home() / f".slot-{slot}.lock"


def _gpus() -> list[str]:
    """Return the GPUs of this machine, without TensorFlow, which takes seconds to ask.

    Where ``CUDA_VISIBLE_DEVICES`` is set, it names those that this process may use.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        named = [each.strip() for each in visible.split(",")]
        # As for CUDA, the first that is none ends the list.
        return list(itertools.takewhile(lambda each: _NAME.fullmatch(f"gpu:{each}"), named))
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_NVIDIA_SMI_S
        ).stdout
    except (OSError, subprocess.TimeoutExpired):  # not installed; or the driver hangs
        return [str(n) for n, _ in enumerate(_PROC.iterdir())] if files.is_folder(_PROC) else []
    return _LISTED.findall(listed)
