"""Why a training failed, in words, where the reason is the machine: its memory or its disk."""

from __future__ import annotations

from augment.system import files

_MEMORY = (
    "The training needs more memory than there is; try a smaller batch_size, or a smaller size."
)


def reason_of(error: BaseException, run_id: str) -> str:
    """Return why an error ended a training, and what helps; empty if it is not the machine.

    The errors of TensorFlow and JAX are told by their names and messages, as they share no class.
    """
    if isinstance(error, MemoryError) or "ResourceExhausted" in type(error).__name__:
        return _MEMORY
    if "RESOURCE_EXHAUSTED" in str(error) or "out of memory" in str(error).lower():
        return _MEMORY
    if isinstance(error, OSError) and is_full(error):
        name = f" while {error.filename} was written" if error.filename else ""
        return (
            f"The disk is full{name}; free some space, then python -m augment runs resume {run_id}."
        )
    return ""


def is_full(error: OSError) -> bool:
    """Return whether a disk is full or read-only; HDF5 says so in its message alone."""
    return files.has_no_room(error) or "No space left on device" in str(error)
