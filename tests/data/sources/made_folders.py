"""Folders and zip archives of small real pictures, made on the spot."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.data.images.picture_files import photograph, saved


def picture(name: str, size: int = 40, kind: str = "JPEG") -> bytes:
    """Return a picture file, `size` pixels high and half as wide again: another one for each name."""
    pixels = photograph(size, size * 3 // 2, seed=zlib.crc32(name.encode()))
    return saved(pixels, kind)


def flower_names(
    classes: Sequence[str] = ("daisy", "rose"), splits: Sequence[str] = (), per_class: int = 3
) -> list[str]:
    """Return the names of pictures in class folders, such as ``train/daisy/0.jpg``."""
    return [
        f"{split}/{name}/{number}.jpg".removeprefix("/")
        for split in splits or ("",)
        for name in classes
        for number in range(per_class)
    ]


def flower_folder(
    root: Path,
    classes: Sequence[str] = ("daisy", "rose"),
    splits: Sequence[str] = (),
    per_class: int = 3,
    size: int = 40,
) -> Path:
    """Make a folder of `per_class` pictures for each class, in each of `splits` if any; return it."""
    names = flower_names(classes, splits, per_class)
    return filled(root, {name: picture(name, size) for name in names})


def faulty_folder(root: Path) -> Path:
    """Create flowers with a picture under two labels, one in two splits, and a bad file."""
    flower_folder(root, splits=("train", "test"), per_class=6)
    conflict, copy = ((root / "train" / "daisy" / each).read_bytes() for each in ("0.jpg", "1.jpg"))
    return filled(
        root,
        {
            "train/rose/same.jpg": conflict,
            "test/daisy/copy.jpg": copy,
            "train/rose/bad.jpg": b"no picture",
        },
    )


def filled(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder, by their path within it, and return the folder."""
    root.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def zip_of(path: Path, files: Mapping[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write a zip archive of members under exactly these names, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def zipped(folder: Path, path: Path, within: str = "") -> Path:
    """Write a zip archive of all files of a folder, in a top folder `within` if any."""
    inside = f"{within}/" if within else ""
    return zip_of(
        path,
        {
            inside + file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        },
    )


class Unmarked(zipfile.ZipInfo):
    """A member whose name is in an encoding that the archive does not record, as Windows packs it."""

    def __init__(self, name: str, encoding: str) -> None:
        super().__init__(name)
        self._raw = name.encode(encoding)

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self._raw, 0
