"""Tiny tfds sets that are downloaded; importing this module registers them, here and in a child process.

The environment variable `SERVER` has the address of their files. If `HOLD` is set, the file "hold" is
requested for each record. If `HELPER` is set, a process that never ends is started before the download.
`FAILURE` is the way in which `TinyFails` fails.
"""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as library
from tensorflow_datasets.core.download import checksums

from tests.data.sources.tfds import tiny_tfds

SERVER, HOLD, FAILURE = "TINY_TFDS_SERVER", "TINY_TFDS_HOLD", "TINY_TFDS_FAILURE"
HELPER = "TINY_TFDS_HELPER"


class _UrlInfos:
    """The sizes and checksums of the files, on whichever port the server is."""

    def __get__(self, instance: Any, owner: Any) -> dict[str, Any]:
        return {
            f"{os.environ[SERVER]}/{name}": checksums.UrlInfo(
                size=library.core.utils.Size(len(content)),
                checksum=hashlib.sha256(content).hexdigest(),
                filename=name,
            )
            for name, content in tiny_tfds.files().items()
            if name != "hold"
        }


class TinyDownloaded(library.core.GeneratorBasedBuilder):
    """Set that is downloaded."""

    VERSION = library.core.Version("1.0.0")
    url_infos = _UrlInfos()

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
            homepage=f"{os.environ[SERVER]}/about.html",
        )

    def _split_generators(self, manager: Any) -> Any:
        if HELPER in os.environ:
            subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        base = os.environ[SERVER]
        labels = manager.download(f"{base}/labels.txt").read_text().split()
        folder = manager.download_and_extract({"all": f"{base}/pictures.zip"})["all"]
        half = tiny_tfds.PICTURES // 2
        return {
            "train": self._generate_examples(folder, labels, range(half)),
            "test": self._generate_examples(folder, labels, range(half, tiny_tfds.PICTURES)),
        }

    def _generate_examples(
        self, folder: Path, labels: list[str], numbers: range
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in numbers:
            name = f"{number:02}.jpg"
            yield number, {"image": folder / name, "label": labels[number], "file_name": name}
            if HOLD in os.environ:
                urllib.request.urlopen(f"{os.environ[SERVER]}/hold").read()


class TinyFails(TinyDownloaded):
    """Set that fails after its download, as `FAILURE` says."""

    def _split_generators(self, manager: Any) -> Any:
        base = os.environ[SERVER]
        manager.download([f"{base}/labels.txt", f"{base}/pictures.zip"])
        raise {
            "package": ModuleNotFoundError("No module named 'no_such_package'"),
            "disk": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            "other": ValueError("These are\n no pictures."),
        }[os.environ[FAILURE]]


class TinyByHand(TinyDownloaded):
    """Set that no program may download."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Sign the form\n and add all.tar."

    def _split_generators(self, manager: Any) -> Any:
        return manager.manual_dir
