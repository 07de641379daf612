"""Preparing a folder of images: images per second and memory, against a Pillow loop and Keras.

    python -m benchmarks.prepare [--folder PATH] [--size 224] [--rounds 3] [--count 1000]

All do the same work: each file of the folder (Oxford Flowers 17 if it is beside the checkout, else
`count` JPEGs made of the bundled photographs) is decoded, its middle square resized and written to a file
of bytes. Ours is the command `data prepare`, which also checks for damage, rotation, colour profiles and
duplicates, and can resume after a kill. The peers are a loop with Pillow, on one core, and Keras'
`image_dataset_from_directory(crop_to_aspect_ratio=True)`, which interpolates without averaging.

Each runs in a process of its own, ours and Keras' on one, on two and on all cores, and they take turns.
The fastest round counts, because other processes on the machine can only slow one down. Seconds are those
of the work, without imports; CPU ms are those of all threads, per image; memory is the sampled peak of
the process and its children.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks import _measure
from benchmarks._inputs import ROOT, image_files, image_folder

OURS, LOOP, KERAS = "augment", "Pillow loop", "image_dataset_from_directory"
SAMPLE_S = 0.02

Work = Callable[[], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=1000, help="files to make without a folder")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--cores", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        prepare(options)
        return
    machine = _measure.machine("pillow", "opencv-python-headless", "tensorflow", "keras")
    cores = sorted({1, min(2, machine["cores"]), machine["cores"]})
    contenders = [(OURS, each) for each in cores] + [(LOOP, 1)] + [(KERAS, each) for each in cores]
    fastest: dict[tuple[str, int], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = image_folder(options.folder, Path(scratch) / "made", options.count)
        files = image_files(folder)
        if not files:
            raise SystemExit(f"There are no image files in {folder}.")
        for path in files:
            path.read_bytes()  # else only the first contender would wait for the disk
        for number in range(1, options.rounds + 1):
            for name, count in contenders:
                _measure.show_progress(f"round {number} of {options.rounds}: {name}, {count} cores")
                found = run(name, folder, options.size, count)
                best = fastest.setdefault((name, count), found)
                fastest[name, count] = {
                    **min(best, found, key=lambda each: each["seconds"]),
                    "cpu_seconds": min(best["cpu_seconds"], found["cpu_seconds"]),
                    "memory_mb": max(best["memory_mb"], found["memory_mb"]),
                }
    _measure.show_progress("")
    rows = [
        {
            "contender": name,
            "cores": count,
            "pictures_per_second": round(found["pictures"] / found["seconds"], 1),
            "cpu_ms": round(found["cpu_seconds"] / found["pictures"] * 1e3, 2),
            "memory_mb": round(found["memory_mb"]),
        }
        for (name, count), found in fastest.items()
    ]
    print(f"{len(files):,} files to {options.size} px")
    print(f"{'cores':>5} {'images/s':>11} {'CPU ms':>7} {'MB':>6}")
    for row in rows:
        print(
            f"{row['cores']:5} {row['pictures_per_second']:11,.0f} {row['cpu_ms']:7.2f}"
            f" {row['memory_mb']:6,}  {row['contender']}"
        )
    ratios = speed_ratios({(row["contender"], row["cores"]): row for row in rows}, cores)
    for title, ratio in ratios.items():
        print(f"{ratio:7.2f}x  {title}")
    _measure.write(
        "prepare",
        {
            "machine": machine,
            "setting": {
                "files": len(files),
                "folder": folder.name,
                "size": options.size,
                "rounds": options.rounds,
            },
            "rows": rows,
            "ratios": ratios,
        },
    )


def run(name: str, folder: Path, size: int, cores: int) -> dict[str, Any]:
    """Return the seconds, the images and the peak memory of one contender in a process of its own."""
    with tempfile.TemporaryDirectory() as output:
        command = [
            sys.executable,
            "-m",
            "benchmarks.prepare",
            "--contender",
            name,
            "--output",
            output,
        ]
        process = subprocess.Popen(
            [*command, "--folder", str(folder), "--size", str(size), "--cores", str(cores)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        peak = 0.0
        while True:
            try:
                printed, errors = process.communicate(timeout=SAMPLE_S)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, resident_mb(process.pid))
    if process.returncode:
        raise SystemExit(f"{name} failed:\n{errors}")
    return {**json.loads(printed.splitlines()[-1]), "memory_mb": peak}


def resident_mb(pid: int) -> float:
    """Return the memory of a process and its children."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / 1e6


def speed_ratios(rows: dict[tuple[str, int], dict[str, Any]], cores: list[int]) -> dict[str, float]:
    """Return our speed over that of each peer."""
    pairs = {f"Keras on {each} cores": ((OURS, each), (KERAS, each)) for each in cores}
    pairs["the Pillow loop, both on one core"] = (OURS, 1), (LOOP, 1)
    pairs["the Pillow loop, this on all cores"] = (OURS, cores[-1]), (LOOP, 1)
    return {
        title: round(rows[ours]["pictures_per_second"] / rows[peer]["pictures_per_second"], 2)
        for title, (ours, peer) in pairs.items()
    }


def prepare(options: argparse.Namespace) -> None:
    """Run one contender in this process; print its seconds without imports, and its images."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    build = CONTENDERS[options.contender]
    work = build(options.folder.resolve(), options.size, options.cores, options.output)
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": wall, "cpu_seconds": cpu, "pictures": count}))


def with_augment(folder: Path, size: int, cores: int, output: Path) -> Work:
    from augment import cli
    from augment.data.store import build  # noqa: F401 - so that its imports are not timed

    os.environ["AUGMENT_HOME"] = str(output)
    command = ["data", "prepare", f"folder:{folder}", "--size", str(size)]
    command += ["--workers", str(cores), "--json"]

    def work() -> int:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            if cli.main(command):
                raise SystemExit(f"{folder} could not be prepared")
        return sum(json.loads(printed.getvalue())["splits"].values())

    return work


def with_pillow(folder: Path, size: int, cores: int, output: Path) -> Work:
    from PIL import Image, ImageOps

    def work() -> int:
        paths = image_files(folder)
        with (output / "array").open("wb") as array:
            for path in paths:
                with Image.open(path) as opened:
                    image = opened.convert("RGB")
                square = ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR)
                array.write(square.tobytes())
        return len(paths)

    return work


def with_keras(folder: Path, size: int, cores: int, output: Path) -> Work:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)

    def work() -> int:
        with contextlib.redirect_stdout(io.StringIO()):
            batches = keras.utils.image_dataset_from_directory(
                folder,
                image_size=(size, size),
                crop_to_aspect_ratio=True,
                batch_size=32,
                shuffle=False,
            )
        count = 0
        with (output / "array").open("wb") as array:
            for images, _labels in batches:
                array.write(tf.cast(tf.round(images), tf.uint8).numpy().tobytes())
                count += len(images)
        return count

    return work


CONTENDERS: dict[str, Callable[[Path, int, int, Path], Work]] = {
    OURS: with_augment,
    LOOP: with_pillow,
    KERAS: with_keras,
}


if __name__ == "__main__":
    main()
