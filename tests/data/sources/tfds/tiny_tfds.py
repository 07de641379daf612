"""Tiny tfds sets, and a server for those that are downloaded; importing this imports no TensorFlow."""

from __future__ import annotations

import contextlib
import functools
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.images import picture_files
from tests.data.sources.tfds.file_server import FileServer, serving

Rows = list[dict[str, Any]]

PICTURES = 12
PICTURE_NAMES = [f"{number:02}.jpg" for number in range(PICTURES)]
NAME = "tiny_downloaded"


def picture(number: int) -> bytes:
    """Return a JPEG file of one colour, 24 x 20 pixels."""
    colour = np.random.default_rng(number).integers(0, 256, 3)
    return picture_files.saved(np.full((20, 24, 3), colour, np.uint8), "JPEG", quality=95)


def archive() -> bytes:
    """Return a zip file of `PICTURES` pictures, padded to several blocks; the same in every process."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(PICTURES):
            made.writestr(zipfile.ZipInfo(f"{number:02}.jpg"), picture(number))
        made.writestr(zipfile.ZipInfo("padding"), np.random.default_rng(0).bytes(300_000))
    return file.getvalue()


@functools.cache
def files() -> dict[str, bytes]:
    """Return the content of every file that the sets of `tiny_downloaded` download."""
    return {
        "labels.txt": b"daisy rose " * (PICTURES // 2),
        "pictures.zip": archive(),
        "hold": b"12",
    }


@contextlib.contextmanager
def served() -> Iterator[FileServer]:
    """Serve the files of the sets of `tiny_downloaded`, and register these sets with the library."""
    from tests.data.sources.tfds import tiny_downloaded

    with serving() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv(tiny_downloaded.SERVER, server.base)
        server.files.update(files())
        yield server


def left_over(folder: Path) -> list[str]:
    """Return the names of the unfinished files and folders in a data folder."""
    marks = ("incomplete", ".tmp.")
    return [path.name for path in folder.rglob("*") if any(mark in path.name for mark in marks)]


def make(
    name: str,
    folder: Path,
    features: Callable[[Any], dict[str, Any]],
    splits: Mapping[str, Rows],
    *,
    supervised: tuple[str, str] | None = None,
    prepared: bool = True,
    shards: int | None = None,
) -> None:
    """Register a set with these rows with the library as `name`, and write it below `folder`."""
    import tensorflow_datasets as library

    def info(self: Any) -> Any:
        return library.core.DatasetInfo(
            builder=self,
            features=library.features.FeaturesDict(features(library)),
            supervised_keys=supervised,
            citation="A. Uthor, Tiny Sets",
            license="CC0",
        )

    def split_generators(self: Any, manager: Any) -> Any:
        return {split: enumerate(rows) for split, rows in splits.items()}

    made = type(
        "".join(word.capitalize() for word in name.split("_")),
        (library.core.GeneratorBasedBuilder,),
        {
            "__module__": __name__,
            "VERSION": library.core.Version("1.0.0"),
            "_info": info,
            "_split_generators": split_generators,
            "_generate_examples": lambda self: iter(()),
        },
    )
    if prepared:
        library.disable_progress_bar()
        config = library.download.DownloadConfig(num_shards=shards)
        made(data_dir=folder).download_and_prepare(download_config=config)
