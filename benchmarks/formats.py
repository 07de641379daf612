"""A model in each format to take away: whether it predicts the same, and what it takes.

    python -m benchmarks.formats RUN... [--pictures 200] [--to FORMAT...]

Each run is exported to each format, and its archive is unpacked and used as README.txt says, by the
loaders of its ``predict.py``. Compared with what ``best.keras`` predicts for validation pictures: how
many have the same likeliest class, and the largest difference of a probability. A model that was trained
in bfloat16 is compared with itself computed in float32 too, as LiteRT and ONNX have no bfloat16. Seconds
to convert are those of the whole export after the model was loaded once; milliseconds are the median of
single pictures. A format whose packages are not installed is left out with a line.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

import numpy as np

from augment import model_export, runs
from augment.data.source import VALIDATION
from augment.helper import finish
from augment.runs.folders import RunFolder

_SINGLES = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--to", nargs="+", choices=tuple(model_export.FORMATS))
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(
        "| model | format | same top 1 | largest difference | in float32: same, largest |", end=""
    )
    print(" seconds | MB | ms a picture |\n|---|---|---|---|---|---|---|---|")
    for run_id in options.runs:
        measure(run_id, options.pictures, options.to or model_export.FORMATS)


def measure(run_id: str, count: int, names: Collection[str]) -> None:
    from augment.model_export import formats
    from augment.model_export.archive import archive_facts

    run = runs.get(run_id)
    assert run.config is not None
    split = run.config.prepared().split(VALIDATION)
    rows = np.linspace(0, len(split) - 1, min(count, len(split))).astype(int)
    pictures = np.ascontiguousarray(split.images[rows])
    model = formats.load(RunFolder(run.path), archive_facts(run))
    expected = np.asarray(model.predict_on_batch(pictures), np.float32)
    exact = np.asarray(formats.in_float32(model).predict_on_batch(pictures), np.float32)
    for name, to in model_export.FORMATS.items():
        if not to.runtime or name not in names:
            continue
        if why_not := model_export.missing(name):
            print(f"| {run.config.model} | {to.title} | {why_not} |")
            continue
        shutil.rmtree(RunFolder(run.path).exports, ignore_errors=True)
        began = time.perf_counter()
        archive = finish(formats.export(lambda _: None, run_id, name))
        seconds = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(archive).extractall(folder)
            [unpacked] = Path(folder).iterdir()
            predict = script_of(unpacked).LOADERS[name](unpacked / to.model)
            found = np.concatenate([predict(part) for part in np.array_split(pictures, 8)])
            times = []
            for picture in pictures[:_SINGLES]:
                start = time.perf_counter()
                predict(picture[None])
                times.append(time.perf_counter() - start)
        print(
            f"| {run.config.model}, {run.config.size} px | {to.title} | {_compared(found, expected)} | "
            f"{_compared(found, exact).replace(' |', ',')} | {seconds:.1f} | "
            f"{Path(archive).stat().st_size / 1e6:.1f} | {np.median(times[1:]) * 1e3:.1f} |",
            flush=True,
        )


def script_of(unpacked: Path) -> ModuleType:
    """Return the module ``predict.py`` of an unpacked archive."""
    spec = importlib.util.spec_from_file_location("predict", unpacked / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _compared(found: np.ndarray, expected: np.ndarray) -> str:
    same = int((found.argmax(1) == expected.argmax(1)).sum())
    return f"{same} of {len(found)} | {np.abs(found - expected).max():.1g}"


if __name__ == "__main__":
    main()
