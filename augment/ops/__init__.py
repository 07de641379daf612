"""The ops, one a file. Each module here without a leading underscore is imported and so registered."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from augment.spec import GROUPS, Op, registered


def registry() -> Mapping[str, Op]:
    """Return every op by name, in the order of `augment.spec.GROUPS`."""
    _discover()
    return _sorted(len(registered()))


@functools.cache
def _discover() -> None:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")


@functools.lru_cache(maxsize=1)
def _sorted(count: int) -> Mapping[str, Op]:
    """Return the ops in order; the count is there to notice an op that was registered since."""
    groups = list(GROUPS)
    ops = sorted(registered().values(), key=lambda op: (groups.index(op.group), op.name))
    return MappingProxyType({op.name: op for op in ops})
