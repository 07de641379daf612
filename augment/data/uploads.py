"""Uploaded pictures: those that can be decoded, in memory only, and a sentence for each other file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.data.images import decode, squares
from augment.data.source import LARGEST, Pixels, Progress, check_fit, check_size
from augment.errors import DataError
from augment.system.units import megabytes

MOST_FILES = 64
MOST_BYTES = 200_000_000
FORMATS = decode.ALLOWED
"""The allowed formats, as in a sentence."""

_NO_OTHER = "no other picture"
_EXTENSION = re.compile(r"(?<=.)\.\w{1,5}$")


@dataclass(frozen=True, kw_only=True, eq=False)
class Uploaded:
    """The pictures of an upload.

    Attributes:
        pictures: RGB, uint8, (N, size, size, 3), as `take` fits them.
        names: The names of the files as messages show them; still text of a user.
        ids: int64 (N,), made of the picture alone: it draws the same at every size, under every name and
            in every session.
        digests: Of the files.
        problems: A sentence for each file that was left out.
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
        """The classes, at least two: each picture is its own, named as its file without the extension.

        A name that is already taken gets a number.
        """
        found: list[str] = []
        for name in self.names:
            stem = unique = _EXTENSION.sub("", name)
            number = 1
            while unique in found:
                number += 1
                unique = f"{stem} ({number})"
            found.append(unique)
        return tuple(found) if len(found) > 1 else (*found, _NO_OTHER)


def take(
    files: Sequence[tuple[str, bytes]],
    size: int,
    progress: Progress | None = None,
    earlier: Uploaded | None = None,
    fit: str | None = None,
) -> Uploaded:
    """Return the pictures in `files`, (name, bytes) each, as squares of `size` pixels.

    The files are decoded one after the other, so that only one large picture is in memory at a time;
    those that `earlier` has at this size, by the same `fit`, are not decoded again. At most `MOST_FILES`
    files of `MOST_BYTES` in all are read. Duplicates are left out. Pictures smaller than `size` are
    enlarged.

    Without `fit` a square is the middle of a picture. With "crop" or "stretch" it has the very pixels
    that preparing a set with that fit gives; `earlier` must have been taken with the same.

    Raises:
        DataError: `size` or `fit` is not one that prepared sets may have; never because of the files.
    """
    size = check_size(size)
    if fit is not None:
        check_fit(fit)
    known = _known(earlier, size)
    pictures: list[Pixels] = []
    names: dict[int, str] = {}
    digests: list[bytes] = []
    problems: list[str] = []
    left = MOST_BYTES
    for number, (file_name, data) in enumerate(files[:MOST_FILES]):
        name = decode.shown(file_name)
        if progress is not None:
            progress(number, len(files), f"reading {name}")
        if len(data) > left:
            problems.append(
                f"{name} is left out: all files together may have {megabytes(MOST_BYTES)}, "
                f"and it has {megabytes(len(data))} with {megabytes(left)} left."
            )
            continue
        left -= len(data)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        try:
            picture, identity = known.get(digest) or _square(file_name, data, size, fit)
        except DataError as error:
            problems.append(str(error))
            continue
        if identity in names:
            problems.append(f"{name} is left out: it is the same picture as {names[identity]}.")
            continue
        names[identity] = name
        pictures.append(picture)
        digests.append(digest)
    if len(files) > MOST_FILES:
        problems.append(
            f"Only the first {MOST_FILES} of the {len(files):,} files are used; "
            "add the others after them."
        )
    return Uploaded(
        pictures=np.stack(pictures) if pictures else np.empty((0, size, size, 3), np.uint8),
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


def _known(earlier: Uploaded | None, size: int) -> dict[bytes, tuple[Pixels, int]]:
    if earlier is None or earlier.pictures.shape[1] != size:
        return {}
    pictures = zip(earlier.pictures, earlier.ids.tolist(), strict=True)
    return dict(zip(earlier.digests, pictures, strict=True))


def _square(name: str, data: bytes, size: int, fit: str | None) -> tuple[Pixels, int]:
    # Always decoded for the largest size, or the id would depend on the size.
    image = decode.decode(data, name, least_side=LARGEST)
    if fit:
        small = decode.decode(data, name, least_side=squares.least_side(size))
        return squares.fit(small, size, fit), picture_id(image)
    height, width = image.shape[:2]
    box = squares.square_box(width, height)
    return squares.cut(image, box, size), picture_id(image)
