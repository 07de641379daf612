"""Views of what lies on disk: chosen rows of an array, and names, neither of which is read at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from augment.data.spec import Ints, Pixels


class PictureRows:
    """Some rows of an array of pictures, which stays where it is: only what is asked for is copied."""

    ndim = 4
    dtype = np.dtype(np.uint8)

    def __init__(self, images: Pixels, rows: Ints) -> None:
        self._images, self._rows = images, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array: (N, S, S, 3)."""
        return (len(self._rows), *self._images.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: npt.ArrayLike | slice) -> Pixels:
        chosen = self._rows[rows if isinstance(rows, slice) else np.asarray(rows)]
        return self._images[chosen]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        if copy is False:
            raise ValueError("These pictures lie on disk; an array of them is a copy.")
        return np.asarray(self._images[self._rows], dtype)


Pictures = Pixels | PictureRows
"""Pictures of a split, (N, S, S, 3) uint8; indexing gives an array."""


def chosen_rows(images: Pixels, rows: Ints) -> Pictures:
    """Return these rows: a plain slice where they follow one another, which costs nothing."""
    if not len(rows):
        return images[:0]
    first = int(rows[0])
    if np.array_equal(rows, np.arange(first, first + len(rows))):
        return images[first : first + len(rows)]
    return PictureRows(images, rows)


class Names(Sequence[str]):
    """Texts that lie on disk one after the other, and where each ends."""

    def __init__(self, text: npt.NDArray[np.uint8], ends: Ints, rows: Ints | None = None) -> None:
        self._text, self._ends = text, ends
        self._rows = np.arange(len(ends)) if rows is None else rows

    @classmethod
    def write(cls, names: Sequence[str], text: Path, ends: Path) -> None:
        """Write `names` into two files, `text` and `ends`."""
        encoded = [name.encode("utf-8", "surrogateescape") for name in names]
        text.write_bytes(b"".join(encoded))
        np.save(ends, np.cumsum([len(name) for name in encoded], dtype=np.int64))

    @classmethod
    def open(cls, text: Path, ends: Path) -> Names:
        """Open what `write` wrote; nothing of it is read yet."""
        size = text.stat().st_size
        held = np.memmap(text, np.uint8, "r") if size else np.empty(0, np.uint8)
        names = cls(held, np.load(ends, mmap_mode="r", allow_pickle=False))
        if (int(names._ends[-1]) if len(names._ends) else 0) != size:
            raise ValueError(f"{text.name} does not end where its last name does")
        return names

    def of(self, rows: Ints) -> Names:
        """Return the names of some rows."""
        return Names(self._text, self._ends, self._rows[rows])

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        row = int(self._rows[number])
        start = int(self._ends[row - 1]) if row else 0
        return bytes(self._text[start : int(self._ends[row])]).decode("utf-8", "surrogateescape")
