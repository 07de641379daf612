"""Removing prepared data, unless a queued or running training reads it.

It is here and not in `augment.data`, because that package knows nothing of runs.
"""

from __future__ import annotations

from augment.data.source import CROP
from augment.data.store import inventory
from augment.data.store.place import Place
from augment.errors import DataError
from augment.runs.queue import list_runs
from augment.runs.run import Run


def readers(name: str, size: int, fit: str = CROP) -> list[Run]:
    """Return the queued and running runs that read a prepared set.

    Raises:
        RunError: The runs cannot be read.
    """
    return [
        run
        for run in list_runs()
        if not run.is_over
        and run.config is not None
        and (run.config.data, run.config.size, run.config.fit) == (name, size, fit)
    ]


def remove(name: str, size: int, fit: str = CROP) -> int:
    """Remove a prepared set, as `inventory.remove` does, unless a run needs it.

    Raises:
        DataError: There is nothing to remove, the set is being prepared, a run needs it, or the disk
            refuses.
        RunError: The runs cannot be read.
    """
    if needed := readers(name, size, fit):
        first, *others = (f"{run.title} ({run.state.lower()})" for run in needed)
        more = f" and {len(others)} more" if others else ""
        raise DataError(
            f"{Place.of(name, size, fit).label} is needed by a training, {first}{more}; "
            "cancel it, or wait until it is over."
        )
    return inventory.remove(name, size, fit)
