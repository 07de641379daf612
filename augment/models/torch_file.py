"""A reader of files that PyTorch before 1.6 wrote, without PyTorch, and without trusting the file.

Such a file is five pickles and then the numbers: a magic number, the version of the protocol, facts about
the machine that wrote it, the dictionary of tensors, the keys of the storages in the order in which they
follow, and for each storage the count of its numbers (int64) and the numbers themselves. Source:
``_legacy_save`` and ``_legacy_load`` of ``torch.serialization``.

A pickle is a program. Here it may use only the operations and the four names that a state dict needs, so
that nothing but tuples, lists, dictionaries, strings and numbers can come out of it.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.errors import ConfigError

Array = npt.NDArray[Any]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001

# Strings, so that the file can get hold of no object that it could change.
_STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}

_OPERATIONS = frozenset(
    {
        *("PROTO", "STOP", "MARK", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
        *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"),
        *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
        *("EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_DICT", "SETITEM", "SETITEMS"),
        *("GLOBAL", "REDUCE", "BUILD", "BINPERSID"),
    }
)


def read(content: bytes, *, name: str) -> dict[str, Array]:
    """Return the tensors of a state dict, read-only, by their names.

    Args:
        content: What is in the file.
        name: What the message of an error calls the file.

    Raises:
        ConfigError: The file is not of this format, is damaged, or contains more than a state dict of
            float32 and int64 tensors.
    """
    try:
        return _read(content)
    # An unpickler raises what the operations raise: any exception may come from a damaged file.
    except Exception as error:
        raise ConfigError(
            f"{name} is not a file of weights that PyTorch before 1.6 wrote, or is damaged"
            f" ({error or type(error).__name__})."
        ) from error


def _read(content: bytes) -> dict[str, Array]:
    stream = io.BytesIO(content)
    if _next_pickle(stream) != _MAGIC or _next_pickle(stream) != _PROTOCOL:
        raise ValueError("it does not begin as such files do")
    if _next_pickle(stream).get("little_endian") is not True:
        raise ValueError("its numbers are not little-endian")
    kinds: dict[str, str] = {}
    tensors = _next_pickle(stream, kinds)
    storages = _storages(stream, _next_pickle(stream), kinds)
    return {_text(key): _tensor(value, storages) for key, value in tensors.items()}


def _next_pickle(stream: io.BytesIO, kinds: dict[str, str] | None = None) -> Any:
    start = stream.tell()
    for operation, argument, _ in pickletools.genops(stream):
        if operation.name not in _OPERATIONS:
            raise pickle.UnpicklingError(f"the operation {operation.name} is not allowed")
        # The unpickler reserves memory up to the largest index, and an index counts operations.
        if operation.name == "LONG_BINPUT" and (argument or 0) > stream.tell():
            raise pickle.UnpicklingError(f"the index {argument} is not allowed")
    end = stream.tell()
    stream.seek(start)
    return _Unpickler(
        io.BytesIO(stream.read(end - start)), kinds if kinds is not None else {}
    ).load()


@dataclass(frozen=True, slots=True)
class _Tensor:
    key: str
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Resolves the four names of a state dict, and no others."""

    def __init__(self, stream: io.BytesIO, kinds: dict[str, str]) -> None:
        super().__init__(stream)
        self._kinds = kinds

        # Defined here, because a file can set attributes of a function that it names.
        def rebuild(key: str, offset: int, size: Any, stride: Any, *_: Any) -> _Tensor:
            return _Tensor(key, offset, size, stride)

        self._names = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): rebuild,
            **{("torch", kind): dtype for kind, dtype in _STORAGES.items()},
        }

    def find_class(self, module: str, name: str, /) -> Any:
        try:
            return self._names[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the name {module}.{name} is not allowed") from None

    def persistent_load(self, pid: Any, /) -> str:
        tag, kind, key, _location, _count, view = pid
        if tag != "storage" or view is not None or kind not in _STORAGES.values():
            raise pickle.UnpicklingError("a storage is not described as it must be")
        self._kinds[_text(key)] = kind
        return _text(key)


def _storages(stream: io.BytesIO, keys: Any, kinds: dict[str, str]) -> dict[str, Array]:
    if sorted(keys) != sorted(kinds):
        raise ValueError("its list of storages is not that of its tensors")
    storages = {}
    for key in keys:
        count = int.from_bytes(stream.read(8), "little", signed=True)
        dtype = np.dtype(kinds[key])
        numbers = stream.read(max(0, count) * dtype.itemsize)
        if count < 0 or len(numbers) != count * dtype.itemsize:
            raise ValueError("it ends too early")
        storages[key] = np.frombuffer(numbers, dtype)
    if stream.read(1):
        raise ValueError("it does not end where its tensors end")
    return storages


def _tensor(value: Any, storages: dict[str, Array]) -> Array:
    if not isinstance(value, _Tensor):
        raise ValueError("it contains something else than tensors")
    numbers = (value.offset, *value.size, *value.stride)
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("a tensor has an impossible shape")
    storage = storages[value.key]
    last = value.offset + sum(
        (length - 1) * step for length, step in zip(value.size, value.stride, strict=True)
    )
    if 0 in value.size or last >= len(storage) or math.prod(value.size) > len(storage):
        raise ValueError("a tensor does not fit its storage")
    return np.lib.stride_tricks.as_strided(
        storage[value.offset :],
        value.size,
        [step * storage.itemsize for step in value.stride],
        writeable=False,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a name is not a text")
    return value
