"""Decoding image files: the speed of each decoder, the gain by threads, and whether it is right.

    python -m benchmarks.decoding [--folder PATH] [--files 64] [--rounds 5]

Speed: JPEG files of the folder (Oxford Flowers 17 if it is beside the checkout, else some made of the
bundled photographs) are decoded, in full or reduced while decoding to no less than is needed, and the
middle square of each is resized to 224 and to 64 px by an antialiased cubic, with TensorFlow also by its
own resizing. Contenders are this package, Pillow, OpenCV, TensorFlow, simplejpeg and PyTurboJPEG; one
that is not installed is left out with a line. They take turns; the fastest round counts, because other
processes on the machine can only slow one down. Each runs on one thread, on two threads of one process
and on two processes.

Rightness: each decoder gets files with known content that decoders often get wrong. "right" means near
the known image or, for a damaged file, an error; "prints" means that it wrote to stderr.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import io
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from augment.data.images import decode as decoding
from augment.data.images import squares
from benchmarks import _measure
from benchmarks._inputs import image_files, image_folder
from tests.data.images import picture_files as files

SIZES, CHUNK = (224, 64), 8
WITH_TENSORFLOW = "tf.io, exact DCT, tf.image.resize"

Decoder = Callable[[bytes, int | None], np.ndarray]
"""From a file and the least side needed, or None for all of it, to RGB, uint8, (H, W, 3)."""

_contents: list[bytes] = []


class Contender(NamedTuple):
    """A decoder, the distribution that it needs, and whether it reads formats other than JPEG."""

    decode: Decoder
    package: str
    others: bool


class Sample(NamedTuple):
    """A file, the image that a person expects in it (None if it is damaged), and the tolerance."""

    data: bytes
    expected: np.ndarray | None
    mean_off: float = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    missing = {name: why_missing(name) for name in DECODERS}
    names = [name for name, why in missing.items() if not why]
    for name, why in missing.items():
        if why:
            print(f"left out: {name} ({why})")
    with tempfile.TemporaryDirectory() as scratch:
        folder = image_folder(options.folder, Path(scratch), options.files)
        paths = image_files(folder)
        random.Random(0).shuffle(paths)
        paths = [path for path in paths if path.suffix.lower() in (".jpg", ".jpeg")]
        paths = paths[: options.files]
        if not paths:
            raise SystemExit(f"There are no JPEG files in {folder}.")
        speeds = measure_speeds(turns(names), paths, options.rounds)
    print(
        f"\n{len(paths)} files; images/s and CPU ms per image on one thread, speed over one thread\n"
    )
    print(f"{'size':>5} {'/s':>7} {'ms':>6} {'2 threads':>10} {'2 processes':>12}")
    for row in speeds:
        print(
            f"{row['size']:5} {row['pictures_per_second']:7.0f} {row['cpu_ms']:6.2f}"
            f" {row['two_threads']:10.2f} {row['two_processes']:12.2f}  {row['contender']}"
        )
    cells = measure_rightness(names)
    print()
    for kind, row in cells.items():
        print(f"{kind:24} " + "; ".join(f"{name}: {cell}" for name, cell in row.items()))
    packages = dict.fromkeys(DECODERS[name].package for name in names)
    _measure.write(
        "decoding",
        {
            "machine": _measure.machine(*packages),
            "setting": {"files": len(paths), "rounds": options.rounds, "folder": folder.name},
            "speeds": speeds,
            "rightness": cells,
        },
    )


def turns(names: list[str]) -> list[str]:
    """Return what takes turns: each decoder, decoding in full and reduced."""
    modes = [f"{name}, {mode}" for name in names for mode in ("whole", "reduced")]
    return [*modes, WITH_TENSORFLOW] if any(name.startswith("tf.") for name in names) else modes


def square(turn: str, size: int, data: bytes) -> np.ndarray:
    """Decode one file and return its middle square, (size, size, 3)."""
    if turn == WITH_TENSORFLOW:
        return resized_by_tensorflow(data, size)
    name, _, mode = turn.rpartition(", ")
    least = squares.least_side(size) if mode == "reduced" else None
    return squares.fit(DECODERS[name].decode(data, least), size, "crop")


def measure_speeds(names: list[str], paths: list[Path], rounds: int) -> list[dict[str, Any]]:
    """Return a row of speeds for each turn and size."""
    _read(paths)
    starts = range(0, len(paths), CHUNK)
    best: dict[tuple[str, int, str], float] = {}
    processor: dict[tuple[str, int], float] = {}
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2) as threads,
        ProcessPoolExecutor(2, spawn, initializer=_read, initargs=(paths,)) as processes,
    ):
        for number in range(rounds + 1):  # round 0 warms up
            for name in names:
                for size in SIZES:
                    _measure.show_progress(f"round {number} of {rounds}: {name}, {size} px")
                    work = partial(_chunk, name, size)
                    runs: dict[str, Callable[[], Any]] = {
                        "one thread": lambda work=work: [work(start) for start in starts],
                        "two threads": lambda work=work: list(threads.map(work, starts)),
                        "two processes": lambda work=work: list(processes.map(work, starts)),
                    }
                    for workers, run in runs.items():
                        cpu, wall = time.process_time(), time.perf_counter()
                        run()
                        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                        if number:
                            key = (name, size, workers)
                            best[key] = min(best.get(key, np.inf), wall)
                            if workers == "one thread":
                                processor[name, size] = min(
                                    processor.get((name, size), np.inf), cpu
                                )
    _measure.show_progress("")
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


def measure_rightness(names: list[str]) -> dict[str, dict[str, str]]:
    """Return the verdict on each decoder for each awkward file."""
    cells: dict[str, dict[str, str]] = {}
    for kind, sample in awkward().items():
        cells[kind] = {}
        for name in names:
            contender = DECODERS[name]
            if contender.others or kind.startswith("JPEG"):
                with _captured_stderr() as printed:
                    cell = _verdict(contender.decode, sample)
                cells[kind][name] = cell + (", prints" if printed else "")
    return cells


def _verdict(decode: Decoder, sample: Sample) -> str:
    try:
        found = decode(sample.data, None)
    except Exception as error:  # noqa: BLE001 (each decoder raises errors of its own)
        return "right" if sample.expected is None else f"wrong: {type(error).__name__}"
    if sample.expected is None:
        return "wrong: shown in part"
    if found.shape != sample.expected.shape:
        return f"wrong: {found.shape}"
    off = float(np.abs(found - sample.expected.astype(float)).mean())
    return "right" if off <= sample.mean_off else f"wrong: {off:.0f} levels off"


@contextmanager
def _captured_stderr() -> Iterator[list[str]]:
    """Yield a list that is filled at exit with the lines written to stderr, by C libraries too."""
    lines: list[str] = []
    original = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield lines
        finally:
            os.dup2(original, 2)
            os.close(original)
            captured.seek(0)
            lines += captured.read().decode(errors="replace").splitlines()


def _read(paths: list[Path]) -> None:
    cv2.setNumThreads(1)
    _contents[:] = [path.read_bytes() for path in paths]


def _chunk(turn: str, size: int, start: int) -> None:
    for data in _contents[start : start + CHUNK]:
        square(turn, size, data)


def augment(data: bytes, least: int | None) -> np.ndarray:
    return decoding.decode(data, "a file", least_side=least)


def pillow(data: bytes, least: int | None) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        if least is not None:
            picture.draft("RGB", (least, least))
        return np.asarray(picture.convert("RGB") if picture.mode != "RGB" else picture)


def opencv(data: bytes, least: int | None) -> np.ndarray:
    flags = cv2.IMREAD_COLOR_RGB
    if least is not None:
        with Image.open(io.BytesIO(data)) as picture:  # OpenCV has no way to read only the size
            side = min(picture.size)
        reduced = (cv2.IMREAD_REDUCED_COLOR_8, cv2.IMREAD_REDUCED_COLOR_4)
        for factor, flag in zip((8, 4, 2), (*reduced, cv2.IMREAD_REDUCED_COLOR_2), strict=True):
            if side // factor >= least:
                flags |= flag & ~cv2.IMREAD_COLOR  # IMREAD_COLOR means BGR
                break
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if decoded is None:
        raise ValueError("not an image")
    return decoded


def tf_exact(data: bytes, least: int | None) -> np.ndarray:
    return _tensorflow(data, least, dct_method="INTEGER_ACCURATE")


def tf_default(data: bytes, least: int | None) -> np.ndarray:
    return _tensorflow(data, least)


def simplejpeg(data: bytes, least: int | None) -> np.ndarray:
    module = importlib.import_module("simplejpeg")
    if least is None:
        return module.decode_jpeg(data)
    return module.decode_jpeg(data, min_height=least, min_width=least, min_factor=1)


def pyturbojpeg(data: bytes, least: int | None) -> np.ndarray:
    module, jpeg = _turbojpeg()
    scale = (1, 1)
    if least is not None:
        side = min(jpeg.decode_header(data)[:2])
        scale = next(
            (1, factor) for factor in (8, 4, 2, 1) if side // factor >= least or factor == 1
        )
    return jpeg.decode(data, pixel_format=module.TJPF_RGB, scaling_factor=scale)


DECODERS = {
    "augment (Pillow)": Contender(augment, "pillow", True),
    "Pillow alone": Contender(pillow, "pillow", True),
    "OpenCV": Contender(opencv, "opencv-python-headless", True),
    "tf.io": Contender(tf_default, "tensorflow", True),
    "tf.io, exact DCT": Contender(tf_exact, "tensorflow", True),
    "simplejpeg": Contender(simplejpeg, "simplejpeg", False),
    "PyTurboJPEG": Contender(pyturbojpeg, "PyTurboJPEG", False),
}


def why_missing(name: str) -> str:
    """Return why a decoder cannot be used here, or an empty text."""
    try:
        DECODERS[name].decode(files.saved(files.smooth(), "JPEG"), None)
    except (ImportError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return ""


def resized_by_tensorflow(data: bytes, size: int) -> np.ndarray:
    """Return the middle square, decoded and resized by TensorFlow alone, uint8 (size, size, 3)."""
    tf = tensorflow()
    image = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    left, top, right, bottom = squares.square_box(image.shape[1], image.shape[0])
    inside = tf.image.resize(image[top:bottom, left:right], (size, size), antialias=True)
    return tf.cast(tf.round(inside), tf.uint8).numpy()


def awkward() -> dict[str, Sample]:
    """Return files that decoders often get wrong; the content is known from how each was made."""
    upright = files.smooth(96, 128)
    picture = Image.fromarray(upright)
    alpha = np.linspace(0, 255, 128).round().astype(np.uint8) * np.ones((96, 1), np.uint8)
    on_white = upright * (alpha[..., None] / 255) + (255 - alpha[..., None].astype(float))
    grey = np.repeat(upright[..., :1], 3, -1)
    deep = np.linspace(0, 65535, 96 * 128).astype(np.uint16).reshape(96, 128)
    wide = files.profile(files.DISPLAY_P3, files.linear(np.linspace(0, 1, 1024)))
    matrix = np.linalg.inv(files.SRGB) @ files.DISPLAY_P3
    converted = files.encoded(files.linear(upright / 255) @ matrix.T) * 255
    palette = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    clear = np.where((np.asarray(palette) == 7)[..., None], 255, palette.convert("RGB"))
    jpeg = files.saved(files.photograph(), "JPEG", quality=92)
    png = bytearray(files.saved(files.photograph(), "PNG"))
    png[len(png) // 2] ^= 1
    cmyk = np.dstack([255 - upright, np.full((96, 128), 40, np.uint8)])
    inks = Image.frombytes("CMYK", (128, 96), cmyk.tobytes())
    best: dict[str, Any] = {"quality": 95, "subsampling": 0}
    rotated = files.lying(upright, 6)
    return {
        "JPEG, plain": Sample(files.saved(picture, "JPEG", **best), upright),
        "JPEG, progressive": Sample(
            files.saved(picture, "JPEG", progressive=True, **best), upright
        ),
        "JPEG, grey": Sample(files.saved(upright[..., 0], "JPEG", quality=95), grey),
        "JPEG, rotated by EXIF": Sample(
            files.saved(rotated, "JPEG", exif=files.exif(6), **best), upright
        ),
        "JPEG, CMYK": Sample(files.saved(inks, "JPEG", quality=95), upright * (215 / 255), 5.0),
        "JPEG, Display P3": Sample(
            files.saved(picture, "JPEG", icc_profile=wide, **best), converted
        ),
        "JPEG, cut off": Sample(jpeg[: len(jpeg) // 2], None),
        "JPEG, a hole in it": Sample(jpeg[: len(jpeg) // 2] + b"\xff\xd9", None),
        "PNG, grey of 16 bits": Sample(
            files.png_of_levels(deep, 16), np.repeat(deep[..., None] / 257, 3, -1), 1.0
        ),
        "PNG, alpha": Sample(files.saved(np.dstack([upright, alpha]), "PNG"), on_white, 1.0),
        "PNG, palette with alpha": Sample(files.saved(palette, "PNG", transparency=7), clear, 1.0),
        "PNG, rotated by EXIF": Sample(
            files.saved(rotated, "PNG", exif=files.exif(6)), upright, 1.0
        ),
        "PNG, a wrong bit": Sample(bytes(png), None),
        "PNG, cut off": Sample(bytes(png[:-200]), None),
    }


@functools.cache
def tensorflow() -> Any:
    """Return TensorFlow, limited to one thread."""
    module = importlib.import_module("tensorflow")
    module.config.threading.set_intra_op_parallelism_threads(1)
    module.config.threading.set_inter_op_parallelism_threads(1)
    return module


def _tensorflow(data: bytes, least: int | None, **options: str) -> np.ndarray:
    tf = tensorflow()
    if not data.startswith(b"\xff\xd8"):
        return tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    ratio = 1
    if least is not None:
        side = min(int(side) for side in tf.io.extract_jpeg_shape(data)[:2])
        ratio = next(factor for factor in (8, 4, 2, 1) if side // factor >= least or factor == 1)
    return tf.io.decode_jpeg(data, channels=3, ratio=ratio, **options).numpy()


@functools.cache
def _turbojpeg() -> tuple[Any, Any]:
    module = importlib.import_module("turbojpeg")
    return module, module.TurboJPEG()


if __name__ == "__main__":
    main()
