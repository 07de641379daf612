"""Shared by the benchmarks: ways to make one uint8 array of a folder of pictures, each in a process.

    python -m benchmarks._preparers WAY FOLDER SIZE CORES PLACE

It prints the seconds, on the clock and of all threads, without imports, and how many pictures there are.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import _folders

Work = Callable[[], int]


def augment_(folder: Path, size: int, cores: int, place: Path) -> Work:
    from augment import cli
    from augment.data.store import place as _  # noqa: F401 - imports are no work

    os.environ["AUGMENT_HOME"] = str(place)
    name = f"folder:{folder.resolve()}"
    asked = ["data", "prepare", name, "--size", str(size), "--workers", str(cores), "--json"]

    def work() -> int:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            if cli.main(asked):
                raise SystemExit(f"{folder} could not be prepared")
        return sum(json.loads(said.getvalue())["splits"].values())

    return work


def pillow(folder: Path, size: int, cores: int, place: Path) -> Work:
    from PIL import Image, ImageOps

    def work() -> int:
        paths = _folders.files_in(folder)
        with (place / "array").open("wb") as array:
            for path in paths:
                with Image.open(path) as picture:
                    whole = picture.convert("RGB")
                square = ImageOps.fit(whole, (size, size), Image.Resampling.BILINEAR)
                array.write(square.tobytes())
        return len(paths)

    return work


def keras(folder: Path, size: int, cores: int, place: Path) -> Work:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)

    def work() -> int:
        with contextlib.redirect_stdout(io.StringIO()):
            pictures = keras.utils.image_dataset_from_directory(
                folder,
                image_size=(size, size),
                crop_to_aspect_ratio=True,
                batch_size=32,
                shuffle=False,
            )
        count = 0
        with (place / "array").open("wb") as array:
            for images, _labels in pictures:
                array.write(tf.cast(tf.round(images), tf.uint8).numpy().tobytes())
                count += len(images)
        return count

    return work


WAYS: dict[str, Callable[[Path, int, int, Path], Work]] = {
    "augment": augment_,
    "Pillow loop": pillow,
    "image_dataset_from_directory": keras,
}


def main() -> None:
    way, folder, size, cores, place = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    work = WAYS[way](Path(folder), int(size), int(cores), Path(place))
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": wall, "cpu_seconds": cpu, "pictures": count}))


if __name__ == "__main__":
    main()
