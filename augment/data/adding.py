"""Bringing data to a server that others may use, too: what may be added by whom, and taking it back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import filelock

from augment.data import registry
from augment.data.images.decode import shown
from augment.data.registry import source
from augment.data.source import CROP
from augment.data.sources import files
from augment.data.store import background, inventory
from augment.data.store.build import SPARE_BYTES
from augment.data.store.place import data_home, root_of
from augment.errors import DataError

FOLDERS = "AUGMENT_FOLDERS"
"""The environment variable with the folders below which anybody may choose one."""
ZIPS = "zips"

_CHUNK = 2**20
_DRAFT = ".part"
_ABANDONED_AFTER = 24 * 60 * 60
_ODD = re.compile(r"[^A-Za-z0-9._]+")


def zip_source(name: str, content: BinaryIO) -> str:
    """Save a zip archive that somebody brought, and return the name of its source.

    What is saved is called after its content, so the same archive is there once however often it is
    brought. It is not looked into.

    Args:
        name: What the file was called, which need not be a name that can be trusted.
        content: Opened for reading at its start; no more than a megabyte of it is held at a time.

    Raises:
        DataError: It is empty, or the disk has too little room or refuses.
    """
    digest = hashlib.sha256()
    try:
        folder = data_home() / ZIPS
        folder.mkdir(exist_ok=True)
        _sweep(folder)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=_DRAFT, delete=False) as draft:
            try:
                while chunk := content.read(_CHUNK):
                    _check_room(len(chunk))
                    digest.update(chunk)
                    draft.write(chunk)
                draft.close()
                if not Path(draft.name).stat().st_size:
                    raise DataError(f"{shown(name)} is empty; choose a zip archive of pictures.")
                path = _put(Path(draft.name), name, digest.hexdigest())
            finally:
                Path(draft.name).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{shown(name)} cannot be saved in {data_home() / ZIPS} ({error.strerror or error}); "
            "free some space there or set AUGMENT_HOME to another folder."
        ) from error
    return source(f"zip:{path}").name


def folder_source(text: str, *, anywhere: bool) -> str:
    """Return the name of the source of a folder that somebody typed; it is not looked into.

    Args:
        text: The path, in quotes or not.
        anywhere: Whether any folder may be chosen, which is for who sits at this very machine; else
            only those below `shared_folders`.

    Raises:
        DataError: No path can be so, or it is not below those folders.
    """
    path = text.strip()
    if len(path) > 1 and path[0] == path[-1] and path[0] in "\"'":
        path = path[1:-1]
    if not path.startswith("~") and not Path(path).is_absolute():
        raise DataError(
            "Give the whole path of a folder on the machine of the server, such as /data/flowers."
        )
    try:
        found = source(f"folder:{files.resolved(Path(path))}").name
        whole = Path(found.removeprefix("folder:"))
        if anywhere or any(whole.is_relative_to(allowed) for allowed in shared_folders()):
            return found
    except DataError:
        if anywhere:
            raise
    # Said of what was typed and whyever it is, or a stranger learns what is where on this machine.
    raise DataError(f"{shown(path)} is not below a folder that may be chosen from afar.")


def shared_folders() -> list[Path]:
    """Return the folders that ``AUGMENT_FOLDERS`` names, below which anybody may choose one."""
    folders = []
    for name in filter(str.strip, os.environ.get(FOLDERS, "").split(os.pathsep)):
        # What leads nowhere allows nothing.
        with contextlib.suppress(DataError):
            folders.append(files.resolved(Path(name)))
    return folders


def tfds_source(text: str) -> str:
    """Return the name of the source of a tfds set that somebody typed.

    Raises:
        DataError: No set can be called so.
    """
    return source(f"tfds:{text.strip().removeprefix('tfds:')}").name


def add(name: str, size: int, fit: str = CROP) -> None:
    """Offer a source from now on, and start preparing it.

    Raises:
        DataError: There is no such size or fit, or the process cannot be started.
    """
    try:
        registry.remember(name)
    except OSError as error:
        raise DataError(
            f"{shown(name)} cannot be added in {data_home()} ({error.strerror or error})."
        ) from error
    background.start_preparing(name, size, fit)


def can_be_forgotten(name: str) -> bool:
    """Whether a source was added by somebody, and nothing is prepared of it."""
    return name not in registry.BUILT_IN and not any(
        info.source == name for info in inventory.list_prepared()
    )


def forget(name: str) -> None:
    """Offer a source no more of which nothing is prepared, and delete its archive if it was brought.

    Raises:
        DataError: It comes with the program, something of it is prepared or being prepared, or the
            disk refuses.
    """
    if not can_be_forgotten(name):
        raise DataError(f"{shown(name)} stays, because it is prepared or comes with the program.")
    root = root_of(name)
    with contextlib.ExitStack() as held:
        try:
            for lock in root.glob("*.lock"):
                held.enter_context(filelock.FileLock(lock, timeout=0))
            if archive := saved_zip(name):
                archive.unlink()
            registry.forget(name)
            shutil.rmtree(root, ignore_errors=True)
        except filelock.Timeout as error:
            raise DataError(f"{shown(name)} is being prepared; stop that first.") from error
        except OSError as error:
            raise DataError(
                f"{shown(name)} cannot be removed ({error.strerror or error})."
            ) from error


def saved_zip(name: str) -> Path | None:
    """Return the archive of a source if somebody brought it, and it is still there."""
    kind, _, rest = name.partition(":")
    path = Path(rest)
    brought = kind == "zip" and path.parent == data_home().resolve() / ZIPS
    return path if brought and path.is_file() else None


def free_bytes() -> int:
    """Return how much room there is for data.

    Raises:
        DataError: There is no place for data.
    """
    return shutil.disk_usage(data_home()).free


def _sweep(folder: Path) -> None:
    """Delete what was left by processes that were killed as they saved: nobody writes to it any more."""
    for draft in folder.glob(f"*{_DRAFT}"):
        with contextlib.suppress(OSError):  # what cannot be deleted is in nobody's way
            if time.time() - draft.lstat().st_mtime > _ABANDONED_AFTER:
                draft.unlink()


def _check_room(needed: int) -> None:
    if free_bytes() < needed + SPARE_BYTES:
        raise DataError(
            f"The disk of {data_home()} is full: {SPARE_BYTES // 10**6} MB must stay free there; "
            "remove what is prepared and no longer needed, or set AUGMENT_HOME to another folder."
        )


def _put(draft: Path, name: str, digest: str) -> Path:
    for there in draft.parent.glob(f"*-{digest[:8]}.zip"):
        with there.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == digest:
                return there
    stem = _ODD.sub("-", Path(name).stem)[:40].strip("-.") or "pictures"
    path = draft.with_name(f"{stem}-{digest[:8]}.zip")
    if path.exists():
        path = draft.with_name(f"{stem}-{digest}.zip")
    draft.chmod(0o644)
    draft.replace(path)
    return path
