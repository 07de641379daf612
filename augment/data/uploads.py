"""Pictures that somebody brings: as many as are good, in memory only, and a sentence for each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.data.images import decode
from augment.data.images import squares as pictures
from augment.data.source import LARGEST, Pixels, Progress, check_size
from augment.errors import DataError

MOST_FILES = 64
MOST_BYTES = 200_000_000
FORMATS = decode.ALLOWED
"""The formats of the files in words."""

_NO_OTHER = "no other picture"
_ENDING = re.compile(r"(?<=.)\.\w{1,5}$")


@dataclass(frozen=True, kw_only=True, eq=False)
class Uploaded:
    """The pictures of an upload that can be shown, and what was wrong with the others.

    `pictures` is RGB, uint8, (N, size, size, 3), the middle square of each. `names` are fit to be
    shown, though still text of a stranger. `ids`, int64, depend on nothing but the picture as it was
    decoded: the same picture draws the same at every size, under every name and in every session.
    `digests` are those of the files. `problems` has one sentence for each file that was left out.
    """

    pictures: Pixels
    names: tuple[str, ...]
    ids: npt.NDArray[np.int64]
    digests: tuple[bytes, ...]
    problems: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, at least two: each picture is its own, called as its file without the ending.

        Where two would be called the same, the later one has a number.
        """
        found: list[str] = []
        for name in self.names:
            plain = called = _ENDING.sub("", name)
            number = 1
            while called in found:
                number += 1
                called = f"{plain} ({number})"
            found.append(called)
        return tuple(found) if len(found) > 1 else (*found, _NO_OTHER)


def take(
    files: Sequence[tuple[str, bytes]],
    size: int,
    progress: Progress | None = None,
    earlier: Uploaded | None = None,
) -> Uploaded:
    """Return what can be used of `files`, (name, bytes) each, as squares of `size` pixels.

    The files are decoded one after the other, so that only one large picture is in memory at a time;
    those that `earlier` holds at this size are not decoded again. At most `MOST_FILES` files of
    `MOST_BYTES` in all are looked at. A picture that comes twice is taken once. Pictures smaller than
    `size` are enlarged.

    Raises:
        DataError: `size` is not one that prepared sets may have; never because of the files.
    """
    size = check_size(size)
    known = _squares(earlier, size)
    squares: list[Pixels] = []
    names: dict[int, str] = {}
    digests: list[bytes] = []
    problems: list[str] = []
    room = MOST_BYTES
    for number, (name, data) in enumerate(files[:MOST_FILES]):
        called = decode.shown(name)
        if progress is not None:
            progress(number, len(files), f"reading {called}")
        if len(data) > room:
            problems.append(
                f"{called} is left out: all files together may have {MOST_BYTES // 10**6} MB, "
                f"and it has {len(data) / 1e6:,.1f} MB with {room / 1e6:,.1f} MB left."
            )
            continue
        room -= len(data)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        try:
            square, identity = known.get(digest) or _square(name, data, size)
        except DataError as error:
            problems.append(str(error))
            continue
        if identity in names:
            problems.append(f"{called} is the same picture as {names[identity]}; it is taken once.")
            continue
        names[identity] = called
        squares.append(square)
        digests.append(digest)
    if len(files) > MOST_FILES:
        problems.append(
            f"Only the first {MOST_FILES} of the {len(files):,} files are taken; "
            "bring the others after them."
        )
    return Uploaded(
        pictures=np.stack(squares) if squares else np.empty((0, size, size, 3), np.uint8),
        names=tuple(names.values()),
        ids=np.array(list(names), np.int64),
        digests=tuple(digests),
        problems=tuple(problems),
    )


def picture_id(image: Pixels) -> int:
    """Return the id of a picture: 53 bits of a hash of its shape and pixels."""
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(image).data)
    return int.from_bytes(digest.digest(), "big") >> 11


def _squares(earlier: Uploaded | None, size: int) -> dict[bytes, tuple[Pixels, int]]:
    if earlier is None or earlier.pictures.shape[1] != size:
        return {}
    known = zip(earlier.pictures, earlier.ids.tolist(), strict=True)
    return dict(zip(earlier.digests, known, strict=True))


def _square(name: str, data: bytes, size: int) -> tuple[Pixels, int]:
    # Always decoded for the largest size, or the id would depend on the size.
    image = decode.decode(data, name, least_side=LARGEST)
    height, width = image.shape[:2]
    box = pictures.square_box(width, height)
    return pictures.cut(image, box, size), picture_id(image)
