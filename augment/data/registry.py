"""The data sources by name.

Which sources there are: those that the program brings, and those that somebody has prepared.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import filelock

from augment.data.source import Source
from augment.data.sources import bundled, folder, tfds, zip_file
from augment.data.store.place import data_home, read_json, root_of, write_json
from augment.errors import DataError

KINDS = "bundled, tfds:NAME, folder:PATH and zip:PATH"


def source(name: str) -> Source:
    """Return the source called `name`; nothing is listed, downloaded, decoded or prepared.

    The path of a folder or archive may begin with ``~`` or be relative; the name of the source that is
    returned has it whole.

    Raises:
        DataError: There is no such source; the message says how sources are called.
    """
    kind, colon, rest = name.partition(":") if isinstance(name, str) else ("", "", "")
    if name == "bundled":
        return bundled.source()
    if colon and rest.strip() and "\0" not in rest:
        if kind == "tfds":
            return tfds.source(rest)
        if kind == "folder":
            return folder.source(_path(rest))
        if kind == "zip":
            return zip_file.source(_path(rest))
    raise DataError(f"There is no data source {_shown(name)}; a data source is called {KINDS}.")


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise DataError(f"The path {_shown(text)} cannot be followed ({error}).") from error


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 80 else text[:76] + "…" + text[-1]


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
