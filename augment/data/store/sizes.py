"""Which sizes are prepared of a source, without opening what is there."""

from __future__ import annotations

import re

from augment.data.spec import CROP, FITS
from augment.data.store.place import root_of

_OTHERS = "|".join(re.escape(fit) for fit in FITS if fit != CROP)
_SET = re.compile(rf"([1-9][0-9]*)px(-({_OTHERS}))?(\.part)?")


def prepared_sizes(name: str) -> tuple[int, ...]:
    """Return the sides in pixels at which a set of this source is on disk, smallest first.

    Whatever its fit, and also where it is unfinished or damaged: only the names of folders are read, so
    a page may ask in every run.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    found = (_SET.fullmatch(path.name) for path in root_of(name).glob("*px*") if path.is_dir())
    return tuple(sorted({int(match[1]) for match in found if match}))
