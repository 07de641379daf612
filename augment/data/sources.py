"""The data sources by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from augment.data import bundled, tfds
from augment.data.spec import Source
from augment.errors import DataError

_SOURCES: Mapping[str, Callable[[], Source]] = {
    "bundled": bundled.source,
    "tfds:oxford_flowers102": tfds.source,
}


def names() -> list[str]:
    """Return the names of all data sources."""
    return list(_SOURCES)


def source(name: str) -> Source:
    """Return the source called `name`; nothing is downloaded, decoded or prepared.

    Raises:
        DataError: There is no such source; the message lists those that there are.
    """
    if not isinstance(name, str) or name not in _SOURCES:
        raise DataError(
            f"There is no data source {_shown(name)}; the data sources are {', '.join(_SOURCES)}."
        )
    return _SOURCES[name]()


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 80 else text[:76] + "…" + text[-1]
