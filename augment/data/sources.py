"""The data sources by name."""

from __future__ import annotations

from pathlib import Path

from augment.data import bundled, tfds
from augment.data.files import folders, zips
from augment.data.spec import Source
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
            return folders.source(_path(rest))
        if kind == "zip":
            return zips.source(_path(rest))
    raise DataError(f"There is no data source {_shown(name)}; a data source is called {KINDS}.")


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise DataError(f"The path {_shown(text)} cannot be followed ({error}).") from error


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 80 else text[:76] + "…" + text[-1]
