"""The data sources by name: those that come with the program, and those that were added."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from augment.data.source import Source
from augment.data.sources import bundled, folder, tfds, zip_file
from augment.data.store.place import data_home, places, read_note, root_of
from augment.errors import DataError
from augment.system import files

KINDS = "bundled, tfds:NAME, folder:PATH and zip:PATH"
BUILT_IN = ("bundled", "tfds:oxford_flowers102")
FILE = "source.json"


def source(name: str) -> Source:
    """Return the source called `name`; nothing is listed, downloaded, decoded or prepared.

    The path of a folder or archive may begin with ``~`` or be relative; the name of the source that is
    returned has the absolute path.

    Raises:
        DataError: There is no such source; the message lists the kinds of names.
    """
    kind, colon, rest = name.partition(":") if isinstance(name, str) else ("", "", "")
    if name == "bundled":
        return bundled.source()
    if colon and rest.strip() and "\0" not in rest:
        if kind == "tfds":
            return tfds.source(rest)
        if kind == "folder":
            return folder.source(Path(rest))
        if kind == "zip":
            return zip_file.source(Path(rest))
    text = repr(name)
    text = text if len(text) <= 80 else f"{text[:76]}…{text[-1]}"
    raise DataError(f"There is no data source {text}; a data source is called {KINDS}.")


def names() -> list[str]:
    """Return the names of all sources on offer, the built-in ones first."""
    added = {remembered(root) for root in data_home().iterdir()}
    return [*BUILT_IN, *sorted(added - {"", *BUILT_IN})]


def remembered(root: Path) -> str:
    """Return the name of the source whose sets are in the folder `root`; empty if it has none."""
    return str(read_note(root / FILE).get("name", ""))


def remember(name: str) -> None:
    """Offer a source from now on."""
    files.write_json(root_of(name) / FILE, {"name": name})


def forget(name: str) -> bool:
    """Stop offering a source of which nothing is prepared.

    Returns:
        Whether it is forgotten; not while something of it is prepared or being prepared.
    """
    root = root_of(name)
    with contextlib.ExitStack() as locks:
        for path in root.glob("*.lock"):
            lock = files.acquire(path)
            if lock is None:
                return False
            locks.enter_context(lock)
        if places(name, root):
            return False
        # A process that waits for one of the locks finds its file deleted, and creates another.
        shutil.rmtree(root, ignore_errors=True)
    return True
