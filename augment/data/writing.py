"""Writing a prepared set, one picture at a time, so that its size never shows in memory."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from augment.data.place import Place
from augment.data.spec import Progress, Reading, stable_id
from augment.errors import DataError

SPARE_BYTES = 50_000_000
"""What must stay free on the disk besides the set itself."""


def write(place: Place, reading: Reading, version: int, progress: Progress) -> None:
    """Write all splits of `reading` into `place.part`, its index last.

    Raises:
        DataError: The disk has too little room, or the source is not what it said it was.
        OSError: Writing failed.
    """
    _check_disk(place, reading)
    place.part.mkdir()
    done, total, upscaled = 0, sum(reading.counts.values()), {}
    for split, count in reading.counts.items():
        upscaled[split] = _write_split(place, reading, split, done, total, progress)
        done += count
    index = {
        "source": place.name,
        "size": place.size,
        "version": version,
        "class_names": list(reading.class_names),
        "splits": dict(reading.counts),
        "upscaled": upscaled,
        "prepared_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write_json(place.part / place.index.name, index)


def _write_split(
    place: Place, reading: Reading, split: str, before: int, total: int, progress: Progress
) -> int:
    count, size = reading.counts[split], place.size
    what = f"preparing the {split} pictures"
    progress(before, total, what)
    names, labels, upscaled = [], [], 0
    # Plain writes into an .npy file: unlike a memory map, a full disk is then an error, not a crash.
    with place.images(split, place.part).open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
        np.lib.format.write_array_header_1_0(file, header)
        for sample in reading.samples(split):
            file.write(np.ascontiguousarray(sample.image).data)
            names.append(sample.name)
            labels.append(sample.label)
            upscaled += sample.enlarged
            progress(before + len(names), total, what)
    if len(names) != count or len(set(names)) != count:
        raise DataError(
            f"The {split} pictures of {place.name} should be {count:,} of different names, but "
            f"{len(names):,} came with {len(set(names)):,} names; the originals are damaged."
        )
    rows = {"names": names, "labels": labels, "ids": [stable_id(name) for name in names]}
    _write_json(place.samples(split, place.part), rows)
    return upscaled


def _check_disk(place: Place, reading: Reading) -> None:
    needed = sum(reading.counts.values()) * place.size**2 * 3
    free = shutil.disk_usage(place.root).free
    if free < needed + SPARE_BYTES:
        raise DataError(
            f"Preparing {place.name} at {place.size} px needs {_megabytes(needed + SPARE_BYTES)}, but "
            f"{place.root} has {_megabytes(free)} free; "
            "free some space or set AUGMENT_HOME to a folder on a larger disk."
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
