"""Decoding picture files: how fast each decoder is, whether threads help it, and whether it is right.

    python benchmarks/decoding.py [--folder PATH] [--files 64] [--rounds 5]

Files of the folder (photographs of flowers beside the checkout, else some made of the bundled ones) are
decoded, whole or reduced while decoding to no less than is needed, and the middle square of each is
made 224 and 64 pixels large by an antialiased cubic, by TensorFlow also by its own resizing. Contenders
take turns; the fastest round counts, because whatever else the machine does can only slow one down.
Threads are of one process. A decoder that is not installed is left out with a line.

Then each decoder is given files that decoders stumble over, made on the spot, so what a person should
see in them is known: "right" is near it or, for a damaged file, an error; "prints" is on the terminal.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np

from augment.data.images import squares
from benchmarks import _decoders, _folders, _results
from benchmarks._turns import said

SIZES, WAYS, CHUNK = (224, 64), ("one thread", "two threads", "two processes"), 8
WITH_TENSORFLOW = "tf.io, exact DCT, tf.image.resize"

_files: list[bytes] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    missing = {name: _decoders.why_missing(name) for name in _decoders.DECODERS}
    names = [name for name, why in missing.items() if not why]
    for name, why in missing.items():
        if why:
            print(f"left out: {name} ({why})")
    with tempfile.TemporaryDirectory() as place:
        folder = _folders.chosen(options.folder, Path(place), options.files)
        paths = _folders.files_in(folder)
        random.Random(0).shuffle(paths)
        paths = [path for path in paths if path.suffix.lower() in (".jpg", ".jpeg")]
        paths = paths[: options.files]
        if not paths:
            raise SystemExit(f"There are no JPEG files in {folder}.")
        speeds = measured(contenders(names), paths, options.rounds)
    print(f"\n{len(paths)} files; pictures a second, CPU ms for one, times as fast as one thread\n")
    print(f"{'size':>5} {'/s':>7} {'ms':>6} {'2 threads':>10} {'2 processes':>12}")
    for row in speeds:
        print(
            f"{row['size']:5} {row['pictures_per_second']:7.0f} {row['cpu_ms']:6.2f}"
            f" {row['two_threads']:10.2f} {row['two_processes']:12.2f}  {row['contender']}"
        )
    cells = rightness(names)
    print()
    for kind, row in cells.items():
        print(f"{kind:24} " + "; ".join(f"{name}: {cell}" for name, cell in row.items()))
    packages = {"PIL": "pillow", "cv2": "opencv-python-headless", "turbojpeg": "PyTurboJPEG"}
    used = dict.fromkeys(_decoders.DECODERS[name].package for name in names)
    path = _results.write(
        "decoding",
        {
            "machine": _results.machine(*(packages.get(name, name) for name in used)),
            "setting": {"files": len(paths), "rounds": options.rounds, "folder": folder.name},
            "speeds": speeds,
            "rightness": cells,
        },
    )
    print(f"written to {path}")


def contenders(names: list[str]) -> list[str]:
    """Return the names of what takes turns: each decoder, whole and reduced."""
    ways = [f"{name}, {how}" for name in names for how in ("whole", "reduced")]
    return [*ways, WITH_TENSORFLOW] if any(name.startswith("tf.") for name in names) else ways


def square(contender: str, size: int, data: bytes) -> np.ndarray:
    """Decode one file and return the middle of it, (size, size, 3)."""
    if contender == WITH_TENSORFLOW:
        return _decoders.resized_by_tensorflow(data, size)
    name, _, how = contender.rpartition(", ")
    least = squares.least_side(size) if how == "reduced" else None
    return squares.fit(_decoders.DECODERS[name].decode(data, least), size, "crop")


def measured(names: list[str], paths: list[Path], rounds: int) -> list[dict[str, Any]]:
    """Return a row of speeds for each contender and size."""
    _start(paths)
    starts = range(0, len(paths), CHUNK)
    best: dict[tuple[str, int, str], float] = {}
    processor: dict[tuple[str, int], float] = {}
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2) as threads,
        ProcessPoolExecutor(2, spawn, initializer=_start, initargs=(paths,)) as processes,
    ):
        for number in range(rounds + 1):  # the first one warms up
            for name in names:
                for size in SIZES:
                    said(f"round {number} of {rounds}: {name}, {size} px")
                    work = partial(_chunk, name, size)
                    runs: dict[str, Callable[[], Any]] = {
                        "one thread": lambda work=work: [work(start) for start in starts],
                        "two threads": lambda work=work: list(threads.map(work, starts)),
                        "two processes": lambda work=work: list(processes.map(work, starts)),
                    }
                    for way, run in runs.items():
                        cpu, wall = time.process_time(), time.perf_counter()
                        run()
                        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                        if number:
                            key = (name, size, way)
                            best[key] = min(best.get(key, np.inf), wall)
                            if way == "one thread":
                                processor[name, size] = min(
                                    processor.get((name, size), np.inf), cpu
                                )
    said("")
    return [
        {
            "contender": name,
            "size": size,
            "pictures_per_second": round(len(paths) / best[name, size, "one thread"], 1),
            "cpu_ms": round(processor[name, size] / len(paths) * 1e3, 3),
            "two_threads": round(
                best[name, size, "one thread"] / best[name, size, "two threads"], 2
            ),
            "two_processes": round(
                best[name, size, "one thread"] / best[name, size, "two processes"], 2
            ),
        }
        for size in SIZES
        for name in names
    ]


def rightness(names: list[str]) -> dict[str, dict[str, str]]:
    """Return for each awkward file what each decoder makes of it."""
    cells: dict[str, dict[str, str]] = {}
    for kind, case in _decoders.awkward().items():
        cells[kind] = {}
        for name in names:
            known = _decoders.DECODERS[name]
            if known.others or kind.startswith("JPEG"):
                with _terminal() as printed:
                    cell = _verdict(known.decode, case)
                cells[kind][name] = cell + (", prints" if printed else "")
    return cells


def _verdict(decode: _decoders.Decoder, case: _decoders.Awkward) -> str:
    try:
        found = decode(case.data, None)
    except Exception as error:  # noqa: BLE001 (each decoder has errors of its own)
        return "right" if case.expected is None else f"wrong: {type(error).__name__}"
    if case.expected is None:
        return "wrong: shown in part"
    if found.shape != case.expected.shape:
        return f"wrong: {found.shape}"
    off = float(np.abs(found - case.expected.astype(float)).mean())
    return "right" if off <= case.mean_off else f"wrong: {off:.0f} levels off"


@contextmanager
def _terminal() -> Iterator[list[str]]:
    """Give what is written to the process's standard error, by whatever library."""
    lines: list[str] = []
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield lines
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            lines += caught.read().decode(errors="replace").splitlines()


def _start(paths: list[Path]) -> None:
    cv2.setNumThreads(1)
    _files[:] = [path.read_bytes() for path in paths]


def _chunk(contender: str, size: int, start: int) -> None:
    for data in _files[start : start + CHUNK]:
        square(contender, size, data)


if __name__ == "__main__":
    main()
