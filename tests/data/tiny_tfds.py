"""Small tfds sets made on the spot; importing this module does not import TensorFlow, calling it does."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.data.file_server import FileServer, serving
from tests.data.images import picture_files

Rows = list[dict[str, Any]]

PICTURES = 12
PICTURE_NAMES = [f"{number:02}.jpg" for number in range(PICTURES)]
NAME = "tiny_downloaded"


def before_second_row() -> None:
    """Be called when the first record of a split of the set that is downloaded is written."""


def picture(number: int) -> bytes:
    """Return a JPEG file of one colour, 24 x 20 pixels."""
    colour = np.random.default_rng(number).integers(0, 256, 3)
    return picture_files.saved(np.full((20, 24, 3), colour, np.uint8), "JPEG", quality=95)


def archive() -> bytes:
    """Return a zip file of `PICTURES` pictures, padded so that it takes several blocks to send."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(PICTURES):
            made.writestr(f"{number:02}.jpg", picture(number))
        made.writestr("padding", np.random.default_rng(0).bytes(300_000))
    return file.getvalue()


@contextlib.contextmanager
def served() -> Iterator[FileServer]:
    """Serve the files of the set `NAME`, and make it known to the library."""
    with serving() as server:
        server.files["labels.txt"] = b"daisy rose " * (PICTURES // 2)
        server.files["pictures.zip"] = archive()
        register(server.base, server.files)
        yield server


def left_over(folder: Path) -> list[str]:
    """Return what lies about in a data folder that nobody needs."""
    return [
        path.name
        for path in folder.rglob("*")
        if "incomplete" in path.name or ".tmp." in path.name or path.name == "part"
    ]


def register(base: str, files: Mapping[str, bytes]) -> Any:
    """Make the set `NAME`, whose files pictures.zip and labels.txt lie at `base`, known to the library.

    `files` are those that the library shall expect there.
    """
    import tensorflow_datasets as library
    from tensorflow_datasets.core import registered
    from tensorflow_datasets.core.download import checksums

    registered._DATASET_REGISTRY.pop(NAME, None)

    class TinyDownloaded(library.core.GeneratorBasedBuilder):
        """Set that is downloaded."""

        VERSION = library.core.Version("1.0.0")
        url_infos = {  # noqa: RUF012
            f"{base}/{name}": checksums.UrlInfo(
                size=library.core.utils.Size(len(content)),
                checksum=hashlib.sha256(content).hexdigest(),
                filename=name,
            )
            for name, content in files.items()
        }

        def _info(self) -> Any:
            return library.core.DatasetInfo(
                builder=self,
                features=library.features.FeaturesDict(
                    {
                        "image": library.features.Image(),
                        "label": library.features.ClassLabel(names=["daisy", "rose"]),
                        "file_name": library.features.Text(),
                    }
                ),
                supervised_keys=("image", "label"),
                homepage=f"{base}/about.html",
            )

        def _split_generators(self, manager: Any) -> Any:
            labels = manager.download(f"{base}/labels.txt").read_text().split()
            folder = manager.download_and_extract({"all": f"{base}/pictures.zip"})["all"]
            half = PICTURES // 2
            return {
                "train": self._generate_examples(folder, labels, range(half)),
                "test": self._generate_examples(folder, labels, range(half, PICTURES)),
            }

        def _generate_examples(
            self, folder: Path, labels: list[str], numbers: range
        ) -> Iterator[tuple[int, dict[str, Any]]]:
            for number in numbers:
                if number > numbers[0]:
                    before_second_row()
                name = f"{number:02}.jpg"
                yield (
                    number,
                    {
                        "image": folder / name,
                        "label": labels[number],
                        "file_name": name,
                    },
                )

    return TinyDownloaded


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
    """Make a set with these rows known to the library as `name`, and write it below `folder`."""
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
