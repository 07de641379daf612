"""Making room: removing prepared data, but never what a training that waits or runs will read."""

from __future__ import annotations

from augment import data, runs
from augment.data import registry
from augment.data.source import CROP
from augment.data.store import inventory
from augment.data.store.place import Place
from augment.errors import DataError
from augment.runs import Run


def users(name: str, size: int, fit: str = CROP) -> list[Run]:
    """Return the runs that wait or run and read this set.

    Raises:
        RunError: The runs cannot be read.
    """
    return [
        run
        for run in runs.list_runs()
        if not run.is_over
        and run.config is not None
        and (run.config.data, run.config.size, run.config.fit) == (name, size, fit)
    ]


def remove(name: str, size: int, fit: str = CROP) -> int:
    """Remove a prepared set, finished or not, and return how many bytes that frees.

    A source that was added, and of which nothing is left, is no longer offered.

    Raises:
        DataError: There is nothing to remove, it is being prepared, a run needs it, or the disk refuses.
        RunError: The runs cannot be read.
    """
    needed = users(name, size, fit)
    if needed:
        first, *others = (f"{run.title} ({run.state.lower()})" for run in needed)
        more = f" and {len(others)} more" if others else ""
        raise DataError(
            f"{Place.of(name, size, fit).called} is needed by a training, {first}{more}; "
            "cancel it, or wait until it is over."
        )
    freed = inventory.remove(name, size, fit)
    if not any(info.source == name for info in data.list_prepared()):
        registry.forget(name)
    return freed
