"""Folders that trackers write to: one for each run, which holds nothing that somebody else put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from augment.engine.limits import shorten
from augment.errors import ConfigError
from augment.home import runs_home
from augment.system import files

DRAFT = ".draft"
"""A file that is being written, or was when its process was killed."""


def check_outside_runs(folder: Path) -> None:
    """Check that a folder is not one of the runs themselves, in which exports change nothing.

    Raises:
        ConfigError: It is, or its path cannot be followed.
    """
    with unwritable_as_error(folder):
        home, place = runs_home().resolve(), folder.resolve()
    if home == place or home in place.parents:
        raise ConfigError(
            f"{folder} is in the folder of the runs, in which an export changes nothing; name another "
            "folder."
        )


def own_folder(folder: Path, is_ours: Callable[[str], bool]) -> Path:
    """Return a folder, created if absent, in which all files are such as this program writes.

    Args:
        folder: The folder.
        is_ours: Whether a file of this name is.

    Raises:
        ConfigError: It holds another file, is no folder, or cannot be created.
    """
    check_outside_runs(folder)
    with unwritable_as_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DRAFT).unlink(missing_ok=True)
        others = sorted(each.name for each in folder.iterdir() if not is_ours(each.name))
    if others:
        raise ConfigError(
            f"{folder} holds {shorten(others[0])}, which no such export wrote; name another folder."
        )
    return folder


def replace(path: Path, content: bytes) -> bool:
    """Replace a file, unless it has this content already; return whether it had not.

    Raises:
        ConfigError: It cannot be written; the old file is unchanged.
    """
    with unwritable_as_error(path):
        if path.is_file() and path.read_bytes() == content:
            return False
        draft = path.with_name(DRAFT)  # not a name that a tracker would read
        try:
            files.write_bytes(draft, content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return True


@contextmanager
def unwritable_as_error(path: Path) -> Iterator[None]:
    """Turn whatever the disk says into a `ConfigError` that names the path."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be written: {reason}.") from error
