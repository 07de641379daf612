"""Oxford Flowers 102 through tensorflow-datasets, which is imported only to prepare it."""

from __future__ import annotations

import functools
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from augment.data import pictures
from augment.data.spec import Progress, Reading, Sample, Source
from augment.errors import DataError

DATASET = "oxford_flowers102"
SPLITS = ("train", "validation", "test")
SECONDS_TO_REACH = 15.0

NOTE = (
    "Oxford Flowers 102 with its official split: 1,020 pictures to train on (ten a class), 1,020 to "
    "validate with and 6,149 to test with, so there is far less to learn from than to be tested on. "
    "Accuracies on other splits, which are common on the web, do not compare with it."
)


@functools.cache
def source() -> Source:
    """Return the source `tfds:oxford_flowers102`; its class names come with the prepared data."""
    return Source(
        name=f"tfds:{DATASET}",
        title="Oxford Flowers 102",
        note=NOTE,
        licence="Its authors state no licence; most pictures were collected from the web. "
        "They are not part of this project.",
        citation="M-E. Nilsback and A. Zisserman, Automated Flower Classification over a Large Number "
        "of Classes, ICVGIP 2008. https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
        version=1,
        prepares_itself=False,
        read=_read,
    )


def originals_folder() -> Path:
    """Return where tensorflow-datasets keeps its data: ``TFDS_DATA_DIR`` or its default."""
    configured = os.environ.get("TFDS_DATA_DIR")
    return Path(configured).expanduser() if configured else Path.home() / "tensorflow_datasets"


def _read(size: int, progress: Progress) -> Reading:
    progress(0, 0, "starting TensorFlow")
    try:
        import tensorflow  # noqa: F401  # tensorflow_datasets would import it later, under a wrong heading
        import tensorflow_datasets as library
    except ImportError as error:
        raise DataError(
            f"Preparing tfds:{DATASET} needs the package tensorflow-datasets ({error}); "
            'install it with "pip install tensorflow-datasets".'
        ) from error
    builder = _builder(library)
    if not builder.info.splits:
        _download(builder, progress)

    def samples(split: str) -> Iterator[Sample]:
        try:
            yield from _samples(library, builder, split, size)
        except DataError:
            raise
        except Exception as error:
            raise _unreadable(builder, error) from error

    try:
        class_names = tuple(builder.info.features["label"].names)
        counts = {split: builder.info.splits[split].num_examples for split in SPLITS}
    except (KeyError, TypeError) as error:
        raise _unreadable(builder, error) from error
    return Reading(class_names=class_names, counts=counts, samples=samples)


def _builder(library: Any) -> Any:
    try:
        return library.builder(DATASET, data_dir=str(originals_folder()))
    except Exception as error:
        raise DataError(
            f"tensorflow-datasets cannot open {DATASET} in {originals_folder()} ({_brief(error)}); "
            "set TFDS_DATA_DIR to a folder that holds it or that can be written."
        ) from error


def _download(builder: Any, progress: Progress) -> None:
    # tensorflow-datasets itself retries an unreachable server for minutes before it gives up.
    progress(0, 0, "looking for the server of the Oxford flowers")
    advice = (
        f"connect to the network and try again, or set TFDS_DATA_DIR to a folder that holds "
        f"{DATASET}/{builder.version} as tensorflow-datasets prepared it elsewhere."
    )
    missing = f"{DATASET} is not in {originals_folder()}, and"
    try:
        _reach(builder.info.homepage)
    except OSError as error:
        raise DataError(
            f"{missing} its server cannot be reached ({_brief(error)}): {advice}"
        ) from error
    progress(0, 0, "downloading Oxford Flowers 102, about 330 MB")
    try:
        builder.download_and_prepare()
    except Exception as error:
        raise DataError(f"{missing} fetching it failed ({_brief(error)}): {advice}") from error


def _reach(address: str) -> None:
    request = urllib.request.Request(address, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=SECONDS_TO_REACH).close()
    except urllib.error.HTTPError:
        return  # an answer, whatever it says
    except urllib.error.URLError as error:
        # Python without certificates of its own still reaches the server; the download brings some.
        if not isinstance(error.reason, ssl.SSLError):
            raise


def _samples(library: Any, builder: Any, split: str, size: int) -> Iterator[Sample]:
    # Left to itself the library would keep a set as small as this one in memory.
    config = library.ReadConfig(try_autocache=False)
    rows = builder.as_dataset(
        split=split,
        shuffle_files=False,
        read_config=config,
        decoders={"image": library.decode.SkipDecoding()},
    )
    for number, row in enumerate(library.as_numpy(rows)):
        name = row["file_name"].decode() if "file_name" in row else f"{split}/{number}"
        image = pictures.decode(row["image"], f"{name} of {DATASET}")
        height, width = image.shape[:2]
        box = pictures.square_box(width, height)
        yield Sample(
            name=name,
            label=int(row["label"]),
            image=pictures.cut(image, box, size),
            enlarged=min(width, height) < size,
        )


def _unreadable(builder: Any, error: Exception) -> DataError:
    return DataError(
        f"The files of {DATASET} in {builder.data_dir} cannot be read ({_brief(error)}); "
        "delete that folder and prepare again, or bring an undamaged copy."
    )


def _brief(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    words = " ".join(re.sub(r"\{\{.*?\}\}", "", str(reason)).split())
    return f"{type(reason).__name__}: {words[:200]}{'…' if len(words) > 200 else ''}"
