"""Cache of opened sets and of what is computed from them, dropped when their files change."""

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
"""The most rows that the entries of a `Cache` have besides the newest: at 32 bytes each, 128 MB."""

_caches: weakref.WeakSet[Cache[Any]] = weakref.WeakSet()


def stamp(folder: Path) -> Stamp:
    """Return what changes with any file of a set, or raise `OSError` where there is none."""
    entries = sorted((file.name, file.stat()) for file in folder.iterdir())
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in entries)


def drop_stale() -> None:
    """Drop the entries of sets that were removed or prepared again from every cache.

    A file that is mapped into memory takes space on the disk until nobody maps it any more.
    """
    for cache in list(_caches):
        cache.drop_stale()


class Cache(Generic[T]):
    """The entries used last, at most `most`, and fewer where they have many rows. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[tuple[Path, Stamp, Hashable], tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()
        _caches.add(self)

    def get(
        self,
        folder: Path,
        stamped: Stamp,
        key: Hashable,
        make: Callable[[], T],
        rows: Callable[[T], int],
    ) -> T:
        """Return the entry `key` of the set in `folder` with this stamp, made if it is missing.

        `rows` returns how many rows an entry holds in memory. What `make` raises is passed on.
        """
        full_key = (folder, stamped, key)
        with self._lock:
            if full_key in self._entries:
                self._entries.move_to_end(full_key)
                return self._entries[full_key][0]
        made = make()
        with self._lock:
            # Another thread may have been quicker; all get the same object.
            made, _ = self._entries.setdefault(full_key, (made, rows(made)))
            for other in [one for one in self._entries if one[0] == folder and one[1] != stamped]:
                del self._entries[other]
            while len(self._entries) > 1 and (
                len(self._entries) > self._most
                or sum(count for _, count in self._entries.values()) > MOST_ROWS
            ):
                self._entries.popitem(last=False)
        return made

    def drop_stale(self) -> None:
        """Drop the entries of sets whose files are not those that were opened."""
        with self._lock:
            sets = {(folder, stamped) for folder, stamped, _ in self._entries}
        stale = {(folder, stamped) for folder, stamped in sets if not _is_there(folder, stamped)}
        with self._lock:
            for key in [key for key in self._entries if key[:2] in stale]:
                del self._entries[key]


def _is_there(folder: Path, stamped: Stamp) -> bool:
    try:
        return stamp(folder) == stamped
    except OSError:
        return False
