"""Tasks for the helper process that need no TensorFlow and do what real ones must not."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import augment
from augment import runs
from augment.errors import DataError
from augment.helper import Steps
from augment.inspect.strength import measured
from augment.kerascv import Reference
from augment.keraslayers import KERAS, KERAS_CV, Library
from augment.predict.runs import model_facts, model_stamp
from augment.predict.tta import Settings

NAMES = (
    *("echo", "pid", "hang", "stop", "die", "leave", "crash", "fail", "refuse", "keras_cv"),
    *("litter", "aside", "break_off", "predict", "tta", "strength"),
)
TASKS = {name: f"tests.helper_tasks:{name}" for name in NAMES}
TASKS["missing"] = "tests.no_such_module:function"
TASKS["test_run"] = TASKS["aside"]  # a task that is known to be long

IMAGES = np.random.default_rng(3).integers(0, 256, (5, 40, 32, 3), np.uint8)
LABELS = np.eye(4, dtype=np.float32)[np.arange(5) % 4]

Report = Callable[[str], None]

_starting = iter([1.5])


def echo(report: Report, *args: Any) -> tuple[Any, ...]:
    report("working")
    (Path(tempfile.gettempdir()) / "temporary").write_bytes(b"as TensorFlow has them")
    return args


def pid(_: Report) -> int:
    return os.getpid()


def hang(report: Report, *_: Any) -> None:
    report("working")
    threading.Event().wait()


def litter(report: Report) -> None:
    """Write temporary files and never end; report when there are many, which take long to remove."""
    folder = Path(tempfile.gettempdir())
    for number in itertools.count():
        with contextlib.suppress(OSError):
            (folder / str(number)).touch()
        if number == 2_000:
            report("working")


def stop(_: Report) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def die(_: Report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(_: Report) -> None:
    os._exit(3)


def crash(_: Report) -> Any:
    return threading.Lock()  # cannot be sent


def fail(_: Report) -> None:
    raise ValueError("Dimensions must be equal.\n\nA long story.")


def refuse(_: Report) -> None:
    raise DataError("The pictures are upside down.")


def aside(report: Report, stop: str) -> Steps[int]:
    """Step aside again and again until there is a file; return the number of the process."""
    report("working")
    while not Path(stop).exists():
        yield
        threading.Event().wait(0.01)
    return os.getpid()


def break_off(_: Report) -> Steps[None]:
    yield
    raise DataError("The second step cannot be done.")


def tta(report: Report, run_id: str, settings: dict[str, Any]) -> str:
    """Return the id of the result with these settings, without making it; two views never end."""
    chosen = Settings.from_dict(settings)
    if chosen.views == 2:
        hang(report)
    return chosen.id(model_stamp(runs.get(run_id)))


def predict(report: Report, run_id: str, images: Any) -> Any:
    """Say of each picture that it is of the class with the number of its first value, and so surely."""
    report("working")
    count = len(model_facts(run_id).class_names)
    own = images.reshape(len(images), -1)[:, 0] % count
    return np.log(np.where(np.eye(count)[own] > 0, 0.75, 0.25 / (count - 1))).astype(np.float32)


def strength(report: Report, op: str, image: Any) -> Steps[tuple[Library, ...]]:
    """Measure a layer that gets weaker, for Keras; keras_cv is not there. An inversion never ends."""
    report("measuring keras_cv")
    if op == "invert":
        hang(lambda _: None)
    if op == "hue":
        raise DataError("The hues are sold out.")
    settings = [f"factor {n}" for n in range(7)]
    layers = [lambda images, n=n: images // np.uint8(8 - n) for n in range(7)]
    *_, series = measured(image, op, settings, layers)
    yield
    return (
        Library(name=KERAS_CV, reason="keras_cv is not installed in this Python environment."),
        Library(
            name=KERAS,
            version="3.9",
            series=series,
            means="It divides.",
            parts=(("solarization", series),) if series and op == "rand_augment" else (),
        ),
    )


def doing(step_id: str) -> augment.Recipe:
    """Return a recipe whose step has the task of `keras_cv` as its id."""
    step: dict[str, Any] = {"op": "invert", "id": step_id}
    return augment.Recipe.from_dict({"version": 1, "steps": [step]})


def keras_cv(report: Report, recipe: dict[str, Any], images: Any, labels: Any) -> Reference:
    """Invert the pictures, or do the task that is the id of the recipe's first step."""
    report("building")
    task = recipe["steps"][0]["id"]
    if task in NAMES:
        globals()[task](lambda _: None)
    report("rendering")
    return Reference(
        images=255 - images,
        labels=labels,
        seconds=0.5,
        building=0.0,
        starting=next(_starting, 0.0),
        differs=(),
    )
