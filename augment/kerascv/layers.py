"""Layers of keras_cv made from a recipe, in the helper process. Importing this loads TensorFlow.

Nothing is seeded. Seeds do not make many of the layers repeatable, and `keras.utils.set_random_seed`
empties TensorFlow's cache of kernels, after which layers that were warm take 1.5 s instead of 0.04.
"""

from __future__ import annotations

import gc
import runpy
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels
from augment.export import to_keras_cv
from augment.helper import one_line
from augment.kerascv import KerasCVError, Reference, Stage, differences, timed

_started = time.perf_counter()
import keras_cv  # noqa: E402, F401 - loaded here, so that its time counts as starting
import tensorflow as tf  # noqa: E402

_starting = time.perf_counter() - _started

CACHED = 8

Compiled = Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]]


def render(
    report: Callable[[Stage], None], recipe: dict[str, Any], images: Images, labels: Labels
) -> Reference:
    """Return a batch by the layers of its recipe, which are made where they are not cached.

    Raises:
        KerasCVError: The layers cannot do this.
    """
    global _starting
    starting, _starting = _starting, 0.0
    read = Recipe.from_dict(recipe)
    script = to_keras_cv(read, size=images.shape[1:3])
    batch = {"images": tf.constant(images), "labels": tf.constant(labels)}
    report("building")
    began, misses = time.perf_counter(), _compiled.cache_info().misses
    try:
        compiled = _compiled(script, images.shape, labels.shape)
        building = time.perf_counter() - began
        report("rendering")
        result, seconds = timed(partial(compiled, batch))
    except Exception as error:
        height, width = images.shape[1:3]
        raise KerasCVError(
            f"keras_cv cannot do this with pictures of {height} x {width} px ({one_line(error)})."
        ) from error
    return Reference(
        images=np.rint(result["images"].numpy()).astype(np.uint8),
        labels=result["labels"].numpy().astype(np.float32),
        seconds=seconds,
        building=building if _compiled.cache_info().misses > misses else 0.0,
        starting=starting,
        differs=differences(read),
    )


@lru_cache(maxsize=CACHED)
def _compiled(script: str, images: tuple[int, ...], labels: tuple[int, ...]) -> Compiled:
    """Return the script's function, compiled for batches of these shapes, traced and warm."""
    gc.collect()  # graphs that fell out of the cache hold each other in circles
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe_by_keras_cv.py"  # tracing reads the source from a file
        path.write_text(script, encoding="utf-8")
        augment_batch = runpy.run_path(str(path))["augment_batch"]
        signature = {
            "images": tf.TensorSpec(images, tf.uint8),
            "labels": tf.TensorSpec(labels, tf.float32),
        }
        compiled: Compiled = tf.function(augment_batch, input_signature=[signature])
        compiled({name: tf.zeros(spec.shape, spec.dtype) for name, spec in signature.items()})
    return compiled
