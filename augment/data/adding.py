"""Adding data sources on a server that several people may use, and removing them again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from augment.data import registry
from augment.data.images.decode import shown
from augment.data.registry import source
from augment.data.source import CROP, SPARE_BYTES
from augment.data.sources import files, layout, zip_file
from augment.data.store import background, inventory
from augment.data.store.place import data_home
from augment.errors import DataError
from augment.system.units import megabytes

FOLDERS = "AUGMENT_FOLDERS"
"""The environment variable with the folders below which any user may choose one."""
ZIPS = "zips"
MOST_UPLOADED, MOST_UPLOADED_BYTES = 5_000, 500_000_000
"""Files of a folder that a browser uploads one by one, and their bytes, which are in memory meanwhile."""

_CHUNK = 2**20
_DRAFT = ".part"
_ABANDONED_AFTER = 24 * 60 * 60
_ODD = re.compile(r"[^A-Za-z0-9._]+")
_OF_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
"""How a path on a Windows machine begins, or that of a folder which it shares."""


def zip_source(name: str, content: BinaryIO) -> str:
    """Save an uploaded zip archive, and return the name of its source.

    The file is named by its content, so the same archive is saved once however often it is uploaded. It
    is not opened.

    Args:
        name: The name of the uploaded file; it need not be trusted.
        content: Opened for reading at its start; at most a megabyte of it is in memory at a time.

    Raises:
        DataError: It is empty, or the disk has too little space or refuses.
    """
    digest = hashlib.sha256()
    try:
        folder = data_home() / ZIPS
        folder.mkdir(exist_ok=True)
        _delete_abandoned(folder)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=_DRAFT, delete=False) as draft:
            try:
                while chunk := content.read(_CHUNK):
                    _check_disk(len(chunk))
                    digest.update(chunk)
                    draft.write(chunk)
                draft.close()
                if not Path(draft.name).stat().st_size:
                    raise DataError(f"{shown(name)} is empty; choose a zip archive of pictures.")
                path = _publish(Path(draft.name), name, digest.hexdigest())
            finally:
                Path(draft.name).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{shown(name)} cannot be saved in {data_home() / ZIPS} ({error.strerror or error}); "
            "free some space there or set AUGMENT_HOME to another folder."
        ) from error
    return source(f"zip:{path}").name


def uploaded_folder(uploaded: Sequence[tuple[str, BinaryIO]]) -> str:
    """Save the files of a folder that a browser uploaded as one archive, and return its source's name.

    Args:
        uploaded: The path of each file within the folder, which is its first part, as in
            "flowers/rose/1.jpg", and its content; the paths need not be trusted.

    Raises:
        DataError: There are no pictures, too many files or too many bytes, or the disk has too little
            space or refuses. Folders that are no classes are found when it is prepared.
    """
    names = [path.replace("\\", "/").lstrip("/") for path, _ in uploaded]
    if not any(map(layout.is_picture, names)):
        raise DataError(f"There is no picture in that folder; {layout.EXPECTED}.")
    if len(names) > MOST_UPLOADED:
        raise DataError(
            f"The folder has {len(names):,} files; at most {MOST_UPLOADED:,} are uploaded one by one. "
            "Pack it as a zip file and upload that."
        )
    sizes = [content.seek(0, os.SEEK_END) for _, content in uploaded]
    if sum(sizes) > MOST_UPLOADED_BYTES:
        raise DataError(
            f"The files of the folder have {megabytes(sum(sizes))}; at most "
            f"{megabytes(MOST_UPLOADED_BYTES)} are uploaded one by one. Make the pictures smaller, or "
            "add the folder on the server."
        )
    tops = {name.partition("/")[0] for name in names}
    top = tops.pop() if len(tops) == 1 and all("/" in name for name in names) else ""
    inside = [name.removeprefix(f"{top}/") if top else name for name in names]
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for name, (_, content) in sorted(zip(inside, uploaded, strict=True), key=_first):
                content.seek(0)
                # The date of a member would make another archive of the same pictures.
                archive.writestr(zipfile.ZipInfo(name), content.read())
        packed.seek(0)
        return zip_source(f"{top or 'pictures'}.zip", packed)


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def folder_source(text: str, *, anywhere: bool) -> str:
    """Return the name of the source of a folder whose path a user typed; the folder is not read.

    Args:
        text: The path, in quotes or not.
        anywhere: Whether any folder may be chosen, which is for a user at this very machine; otherwise
            only those below `shared_folders`.

    Raises:
        DataError: It is not a possible path, or not below those folders.
    """
    path = text.strip()
    if len(path) > 1 and path[0] == path[-1] and path[0] in "\"'":
        path = path[1:-1]
    if _OF_WINDOWS.match(path):
        raise DataError(
            f"{shown(path)} is a path of Windows, and this server does not run on Windows; pack the "
            "folder as a zip file and upload it, or give the path that it has on the server."
        )
    if not path.startswith("~") and not Path(path).is_absolute():
        raise DataError(
            "Give the whole path of a folder on the machine of the server, such as /data/flowers."
        )
    try:
        found = files.resolved(Path(path))
        if anywhere or any(found.is_relative_to(allowed) for allowed in shared_folders()):
            return source(f"folder:{found}").name
    except DataError:
        if anywhere:
            raise
    # The same message for every reason and without the resolved path, or it would tell a remote user
    # which files and links this machine has.
    raise DataError(f"{shown(path)} is not below a folder that may be chosen remotely.")


def shared_folders() -> list[Path]:
    """Return the folders that ``AUGMENT_FOLDERS`` lists, below which any user may choose one."""
    folders = []
    for name in filter(str.strip, os.environ.get(FOLDERS, "").split(os.pathsep)):
        with contextlib.suppress(DataError):  # an impossible path allows nothing
            folders.append(files.resolved(Path(name)))
    return folders


def tfds_source(text: str) -> str:
    """Return the name of the source of a tfds set whose name a user typed.

    Raises:
        DataError: It is not a possible name of a set.
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
    """Whether a source does not come with the program, and nothing of it is prepared."""
    return name not in registry.BUILT_IN and not any(
        info.source == name for info in inventory.list_prepared()
    )


def forget(name: str) -> None:
    """Stop offering a source of which nothing is prepared, and delete its archive if it was uploaded.

    An archive that is also offered with its names in another encoding stays.

    Raises:
        DataError: It comes with the program, something of it is prepared or being prepared, or the
            disk refuses.
    """
    if not can_be_forgotten(name):
        raise DataError(f"{shown(name)} stays, because it is prepared or comes with the program.")
    archive = saved_zip(name)
    others = {*registry.names(), *(info.source for info in inventory.list_prepared())} - {name}
    if any(saved_zip(other) == archive for other in others):
        archive = None  # the same one with its names in another encoding
    try:
        if not registry.forget(name):
            raise DataError(f"{shown(name)} is being prepared; stop that first.")
        if archive:
            archive.unlink()
    except OSError as error:
        registry.remember(name)
        raise DataError(f"{shown(name)} cannot be removed ({error.strerror or error}).") from error


def saved_zip(name: str) -> Path | None:
    """Return the archive of a source that was uploaded; None for any other source."""
    kind, _, rest = name.partition(":")
    path = Path(zip_file.parted(rest)[0])
    uploaded = kind == "zip" and path.parent == data_home().resolve() / ZIPS
    return path if uploaded and path.is_file() else None


def free_bytes() -> int:
    """Return how much space is free for data.

    Raises:
        DataError: The folder for data cannot be created.
    """
    return shutil.disk_usage(data_home()).free


def _delete_abandoned(folder: Path) -> None:
    """Delete the drafts of processes that were killed; after a day none is still being written."""
    for draft in folder.glob(f"*{_DRAFT}"):
        with contextlib.suppress(OSError):  # what cannot be deleted does no harm
            if time.time() - draft.lstat().st_mtime > _ABANDONED_AFTER:
                draft.unlink()


def _check_disk(needed: int) -> None:
    if free_bytes() < needed + SPARE_BYTES:
        raise DataError(
            f"The disk of {data_home()} is full: {megabytes(SPARE_BYTES)} must stay free there; "
            "remove prepared sets that are no longer needed, or set AUGMENT_HOME to another folder."
        )


def _publish(draft: Path, name: str, digest: str) -> Path:
    """Rename a draft by the archive's name and content, unless the same archive is already there."""
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
