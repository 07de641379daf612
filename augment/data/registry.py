"""The data sources by name: those that come with the program, and those that were added."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from augment.data.images.decode import shown
from augment.data.source import Source
from augment.data.sources import bundled, digits, encodings, folder, tfds, zip_file
from augment.data.store.place import data_home, places, read_note, root_of
from augment.engine.limits import shorten
from augment.errors import DataError
from augment.system import files

KINDS = "bundled, digits, tfds:NAME, folder:PATH or zip:PATH"
BUILT_IN = BUNDLED, DIGITS, FLOWERS = ("bundled", "digits", "tfds:oxford_flowers102")
FILE, LOCK = "source.json", "source.lock"


def source(name: str) -> Source:
    """Return the source called `name`; nothing is listed, downloaded, decoded or prepared.

    The path of a folder or archive may begin with ``~`` or be relative; the name of the source that is
    returned has the absolute path. That of an archive may be followed by ``#names=`` and an encoding.

    Raises:
        DataError: There is no such source; the message lists the kinds of names.
    """
    kind, colon, rest = name.partition(":") if isinstance(name, str) else ("", "", "")
    if name == BUNDLED:
        return bundled.source()
    if name == DIGITS:
        return digits.source()
    if colon and rest.strip() and "\0" not in rest:
        if kind == "tfds":
            return tfds.source(rest)
        if kind == "folder":
            return folder.source(Path(rest))
        if kind == "zip":
            path, encoding = zip_file.parted(rest)
            return zip_file.source(Path(path), encoding)
    is_path = isinstance(name, str) and name.startswith(("/", "~", "."))
    hint = " Write folder: or zip: before a path." if is_path else ""
    raise DataError(
        f"There is no data source {shorten(name)}; a data source is called {KINDS}.{hint}"
    )


def with_names(name: str, encoding: str) -> str:
    """Return the name of the source of the same zip archive, with its names in an encoding.

    Raises:
        DataError: It is no zip archive, or there is no such encoding.
    """
    found = source(name)
    kind, _, rest = found.name.partition(":")
    if kind != "zip":
        raise DataError(
            f"An encoding of names ({shorten(encoding)}) is for zip archives only, not for "
            f"{shorten(found.name)}."
        )
    path, _ = zip_file.parted(rest)
    return source(f"zip:{path}{zip_file.NAMES}{encodings.canonical(encoding)}").name


def names() -> list[str]:
    """Return the names of all sources on offer, the built-in ones first."""
    added = {remembered(root) for root in data_home().iterdir()}
    return [*BUILT_IN, *sorted(added - {"", *BUILT_IN})]


def titles(names: Iterable[str]) -> dict[str, str]:
    """Return the display name of each source, of which no two are the same.

    Where titles are equal the kind of the source follows, or else the folder that it is in, or the name
    of the file, or the whole name.
    """
    plain = {name: _title(name) for name in names}
    found = dict(plain)
    for title in {title for title, count in Counter(plain.values()).items() if count > 1}:
        same = [name for name in plain if plain[name] == title]
        for tell_apart in (_kind, _parent, _last, str):
            marks = {name: tell_apart(name) for name in same}
            if len(set(marks.values())) == len(same):
                break
        found |= {name: f"{title} ({shown(mark)})" for name, mark in marks.items()}
    return found


def _title(name: str) -> str:
    try:
        return source(name).title
    except DataError:  # as an older or newer version called it; whoever opens it gets the sentence
        return shown(name)


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _parent(name: str) -> str:
    return Path(name.partition(":")[2]).parent.name


def _last(name: str) -> str:
    return Path(name.partition(":")[2]).name


def remembered(root: Path) -> str:
    """Return the name of the source whose sets are in the folder `root`; empty if it has none."""
    name = read_note(root / FILE).get("name")
    return name if isinstance(name, str) else ""


def remember(name: str) -> None:
    """Offer a source from now on."""
    root = root_of(name)
    with _locked(root):
        files.write_json(root / FILE, {"name": name})


def forget(name: str) -> bool:
    """Stop offering a source of which nothing is prepared.

    Its folder and the locks in it stay: another process may be waiting for one of them, or have just
    created another. That process calls `remember` before it writes pictures, so after this.

    Returns:
        Whether it is forgotten; not while something of it is prepared or being prepared.
    """
    root = root_of(name)
    with contextlib.ExitStack() as locks:
        locks.enter_context(_locked(root))
        paths = list(root.glob("*px*.lock"))
        for path in paths:
            lock = files.acquire(path)
            if lock is None:
                return False
            locks.enter_context(lock)
        if places(name, root):
            return False
        (root / FILE).unlink(missing_ok=True)
        for path in paths:
            for note in root.glob(f"{path.stem}.*"):
                if note != path:
                    note.unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    # It is held only while a few small files are written or deleted.
    while (lock := files.acquire(root / LOCK, timeout=1)) is None:
        pass
    with lock:
        yield
