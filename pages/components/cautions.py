"""What to know of the classes of a data set before training on it."""

from __future__ import annotations

from augment.data import Prepared
from augment.data.spec import OFFICIAL
from augment.data.splits import warnings


def cautions(prepared: Prepared) -> tuple[str, ...]:
    """Return what a person should know about the classes of these splits before training."""
    rows = {name: split.rows for name, split in prepared.splits.items() if name in OFFICIAL}
    return warnings(rows, prepared.stored.labels, prepared.class_names)
