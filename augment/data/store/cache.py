"""What was opened of prepared sets, kept until it is no longer what lies on the disk."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Stamp = tuple[tuple[str, int, int], ...]
"""Name, size and time of each file of a set."""

MOST_ROWS = 4_000_000
"""How many rows a `Kept` may keep besides its newest: at 32 bytes each, 128 MB."""

_all: weakref.WeakSet[Kept[Any]] = weakref.WeakSet()


def stamp(folder: Path) -> Stamp:
    """Return what changes with any file of a set, or raise `OSError` where there is none."""
    entries = sorted((file.name, file.stat()) for file in folder.iterdir())
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in entries)


def let_go() -> None:
    """Keep nothing any more of sets that were removed or made again, so that the disk is free of them.

    A file that is mapped into memory takes its room on the disk until nobody maps it any more.
    """
    for kept in list(_all):
        kept.let_go()


class Kept(Generic[T]):
    """The last `most` things made of prepared sets, and fewer where they have many rows."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[tuple[Path, Stamp, Hashable], tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()
        _all.add(self)

    def get(
        self,
        folder: Path,
        stamped: Stamp,
        what: Hashable,
        make: Callable[[], T],
        rows: Callable[[T], int],
    ) -> T:
        """Return the thing called `what` of the set in `folder` with this stamp, made if need be.

        `rows` says how many rows it keeps in memory. What `make` raises is passed on.
        """
        key = (folder, stamped, what)
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key][0]
        made = make()
        with self._lock:
            # Another thread may have been quicker; all shall have the same one.
            made, _ = self._things.setdefault(key, (made, rows(made)))
            for other in [one for one in self._things if one[0] == folder and one[1] != stamped]:
                del self._things[other]
            while len(self._things) > 1 and (
                len(self._things) > self._most
                or sum(count for _, count in self._things.values()) > MOST_ROWS
            ):
                self._things.popitem(last=False)
        return made

    def let_go(self) -> None:
        """Keep nothing of a set that is not on the disk as it was when it was opened."""
        with self._lock:
            sets = {(folder, stamped) for folder, stamped, _ in self._things}
        gone = {(folder, stamped) for folder, stamped in sets if not _is_there(folder, stamped)}
        with self._lock:
            for key in [key for key in self._things if key[:2] in gone]:
                del self._things[key]


def _is_there(folder: Path, stamped: Stamp) -> bool:
    try:
        return stamp(folder) == stamped
    except OSError:
        return False
