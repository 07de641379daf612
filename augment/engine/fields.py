"""Random fields, such as noise, from a seed.

Only the raw bits of a bit generator are used: NumPy promises them for all its versions, but not what
its `Generator` makes of them (NEP 19). They become numbers by a table, which a bit pattern of 16 bits
indexes, so that the same seed gives the same field on every machine.
"""

from __future__ import annotations

import functools
import math
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import scipy

TABLE_SIZE = 65_536

_PER_WORD = 4
_WORDS_AT_ONCE = 8_192  # keeps the indexes, which NumPy widens to 64 bits, in the processor's cache

Entry = TypeVar("Entry", bound=np.generic)


@functools.cache
def normal_table() -> npt.NDArray[np.float32]:
    """Return the standard normal distribution at 65,536 evenly likely places, up to 4.3 sigma.

    Its shape is (65,536,). It is computed when it is first needed, as SciPy takes long to import.
    """
    places = (np.arange(TABLE_SIZE, dtype=np.float64) + 0.5) / TABLE_SIZE
    table: npt.NDArray[np.float32] = scipy.special.ndtri(places).astype(np.float32)
    table.flags.writeable = False
    return table


def normal_field(seed: int, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return independent standard normal numbers, float32 of the shape given.

    Args:
        seed: What a `Seed()` drew; different seeds give unrelated fields.
        shape: Any shape.
    """
    return picked(normal_table(), seed, shape)


def picked(table: npt.NDArray[Entry], seed: int, shape: tuple[int, ...]) -> npt.NDArray[Entry]:
    """Return entries of a table, each independent and as likely as the others.

    Args:
        table: Shape (65,536,), of any type. Two tables with one seed are read at the same places.
        seed: What a `Seed()` drew.
        shape: The shape of the result.
    """
    field = np.empty(math.prod(shape), table.dtype)
    generator = np.random.PCG64DXSM(seed)
    step = _WORDS_AT_ONCE * _PER_WORD
    for start in range(0, field.size, step):
        part = field[start : start + step]
        places = _raw(generator, -(-part.size // _PER_WORD)).view("<u2")
        np.take(table, places[: part.size], out=part, mode="clip")
    return field.reshape(shape)


def level_field(seed: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Return independent levels, uint8 of the shape given, each of the 256 as likely as the others."""
    count = math.prod(shape)
    words = _raw(np.random.PCG64DXSM(seed), -(-count // 8))
    return words.view(np.uint8)[:count].reshape(shape)


def _raw(generator: np.random.PCG64DXSM, count: int) -> npt.NDArray[Any]:
    """Return that many words of 64 random bits, the least significant byte first."""
    return np.asarray(generator.random_raw(count), np.dtype("<u8"))
