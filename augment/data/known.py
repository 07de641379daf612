"""Which sources there are: those that the program brings, and those that somebody has prepared."""

from __future__ import annotations

import contextlib

import filelock

from augment.data.store.place import data_home, read_json, root_of, write_json

BUILT_IN = ("bundled", "tfds:oxford_flowers102")
FILE = "source.json"


def names() -> list[str]:
    """Return the names of all sources that can be offered: the built-in ones first."""
    added = [str(read_json(file).get("name", "")) for file in data_home().glob(f"*/{FILE}")]
    return [*BUILT_IN, *sorted({*added} - {"", *BUILT_IN})]


def remember(name: str) -> None:
    """Offer a source from now on."""
    write_json(root_of(name) / FILE, {"name": name})


def forget(name: str) -> None:
    """Offer a source no more; what is prepared of it must be gone already.

    A source that somebody begins to prepare at this moment stays.
    """
    root = root_of(name)
    with contextlib.ExitStack() as held:
        try:
            for lock in root.glob("*.lock"):
                held.enter_context(filelock.FileLock(lock, timeout=0))
        except filelock.Timeout:
            return
        (root / FILE).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            left = list(root.iterdir())
            if all(file.suffix == ".lock" for file in left):
                # Whoever waits for one of them sees that it has no name any more, and makes another.
                for lock in left:
                    lock.unlink()
                root.rmdir()
