"""The ops, one a file. Every module here without a leading underscore is imported and so registered."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from augment.spec import Op, registered

_KIND_ORDER = ("policy", "mix", "pixels", "affine", "tone")


@functools.cache
def _discover() -> None:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")


def registry() -> Mapping[str, Op]:
    """Return every op by name: policies first, then mixing, pixels, geometry and tone."""
    _discover()
    ops = sorted(registered().values(), key=lambda op: (_KIND_ORDER.index(op.kind), op.name))
    return MappingProxyType({op.name: op for op in ops})
