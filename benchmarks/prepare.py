"""Preparing a folder of pictures: pictures a second and memory, against what one would use instead.

    python benchmarks/prepare.py [--folder PATH] [--size 224] [--rounds 3] [--count 1000]

The same work for all: each file of the folder (photographs of flowers beside the checkout, else `count`
JPEGs made of the bundled ones) is decoded, its middle square resized, and written to a file of bytes.
This engine does more: it looks for damage, rotation, profiles and twins, and can go on after a kill. It
is its command line, `data prepare`, that is measured. Peers are a loop with Pillow, which has one core,
and Keras' `image_dataset_from_directory(crop_to_aspect_ratio=True)`, which interpolates without
averaging. Each runs in a process of its own, on 1, on 2 and on all cores, and they take turns; the
fastest round counts, as whatever else the machine does can only slow one down. Seconds are those of the
work, without imports, CPU ms those of all threads for one picture; memory is the highest of the process
and what it starts, sampled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from benchmarks import _folders, _results
from benchmarks._turns import said

ROOT = Path(__file__).resolve().parent.parent
OURS, LOOP, KERAS = "augment", "Pillow loop", "image_dataset_from_directory"
SAMPLED_S = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    machine = _results.machine("pillow", "opencv-python-headless", "tensorflow", "keras")
    cores = sorted({1, min(2, machine["cores"]), machine["cores"]})
    contenders = [(OURS, each) for each in cores] + [(LOOP, 1)] + [(KERAS, each) for each in cores]
    fastest: dict[tuple[str, int], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = _folders.chosen(options.folder, Path(place) / "made", options.count)
        files = _folders.files_in(folder)
        if not files:
            raise SystemExit(f"There are no picture files in {folder}.")
        for path in files:
            path.read_bytes()  # so that the first contender does not wait for the disk alone
        for number in range(1, options.rounds + 1):
            for way, count in contenders:
                said(f"round {number} of {options.rounds}: {way}, {count} cores")
                found = run(way, folder, options.size, count)
                best = fastest.setdefault((way, count), found)
                memory = max(best["memory_mb"], found["memory_mb"])
                fastest[way, count] = {
                    **min(best, found, key=lambda each: each["seconds"]),
                    "cpu_seconds": min(best["cpu_seconds"], found["cpu_seconds"]),
                    "memory_mb": memory,
                }
    said("")
    rows = [
        {
            "contender": way,
            "cores": count,
            "pictures_per_second": round(found["pictures"] / found["seconds"], 1),
            "cpu_ms": round(found["cpu_seconds"] / found["pictures"] * 1e3, 2),
            "memory_mb": round(found["memory_mb"]),
        }
        for (way, count), found in fastest.items()
    ]
    print(f"{len(files):,} files to {options.size} px")
    print(f"{'cores':>5} {'pictures/s':>11} {'CPU ms':>7} {'MB':>6}")
    for row in rows:
        print(
            f"{row['cores']:5} {row['pictures_per_second']:11,.0f} {row['cpu_ms']:7.2f}"
            f" {row['memory_mb']:6,}  {row['contender']}"
        )
    ratios = compared({(row["contender"], row["cores"]): row for row in rows}, cores)
    for title, ratio in ratios.items():
        print(f"{ratio:7.2f}x  {title}")
    path = _results.write(
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
    print(f"written to {path}")


def run(way: str, folder: Path, size: int, cores: int) -> dict[str, Any]:
    """Return the seconds, the pictures and the memory of one contender in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "benchmarks._preparers", way, str(folder), str(size)]
        started = subprocess.Popen(
            [*command, str(cores), place],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        highest = 0.0
        while True:
            try:
                printed, complaint = started.communicate(timeout=SAMPLED_S)
                break
            except subprocess.TimeoutExpired:
                highest = max(highest, resident_mb(started.pid))
    if started.returncode:
        raise SystemExit(f"{way} failed:\n{complaint}")
    return {**json.loads(printed.splitlines()[-1]), "memory_mb": highest}


def resident_mb(pid: int) -> float:
    """Return the memory of a process and of those that it started."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / 1e6


def compared(rows: dict[tuple[str, int], dict[str, Any]], cores: list[int]) -> dict[str, float]:
    """Return how many times as fast this engine is, by the same and by all cores."""
    pairs = {f"Keras on {each} cores": ((OURS, each), (KERAS, each)) for each in cores}
    pairs["the Pillow loop, both on one core"] = (OURS, 1), (LOOP, 1)
    pairs["the Pillow loop, this on all cores"] = (OURS, cores[-1]), (LOOP, 1)
    return {
        title: round(rows[ours]["pictures_per_second"] / rows[peer]["pictures_per_second"], 2)
        for title, (ours, peer) in pairs.items()
    }


if __name__ == "__main__":
    main()
