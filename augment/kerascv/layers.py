"""Layers of keras_cv out of a recipe, kept while they are asked for. Importing this loads TensorFlow."""

from __future__ import annotations

import gc
import runpy
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras_cv  # noqa: F401 - loaded here, so that its time counts as starting
import numpy as np
import tensorflow as tf

from augment.export import to_keras_cv
from augment.kerascv.timing import timed
from augment.kerascv.wire import Answer, Request, Stage

MOST_KEPT = 8

Compiled = Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]]


class Layers:
    """The scripts of `augment.export.to_keras_cv`, run as what they are made for: compiled functions.

    Nothing is seeded. Seeds do not make many of the layers repeatable, and `keras.utils.set_random_seed`
    empties TensorFlow's cache of kernels, after which layers that were warm take 1.5 s instead of 0.04.

    Args:
        folder: Where scripts may lie for a moment, because tracing reads their source.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "recipe_by_keras_cv.py"
        self._kept: OrderedDict[Any, Compiled] = OrderedDict()

    def render(self, request: Request, tell: Callable[[Stage], None]) -> Answer:
        """Return a batch by the layers of its recipe, which are made where they are not there yet."""
        given = {"images": tf.constant(request.images), "labels": tf.constant(request.labels)}
        script = to_keras_cv(request.recipe, size=request.images.shape[1:3])
        key = (script, request.images.shape, request.labels.shape)
        started = time.perf_counter()
        is_new = key not in self._kept
        if is_new:
            tell("building")
            self._keep(key, self._compiled(script, given))
        self._kept.move_to_end(key)
        tell("rendering")
        built = time.perf_counter()
        made, seconds = timed(partial(self._kept[key], given))
        return Answer(
            images=np.rint(made["images"].numpy()).astype(np.uint8),
            labels=made["labels"].numpy().astype(np.float32),
            seconds=seconds,
            building=built - started if is_new else 0.0,
        )

    def _compiled(self, script: str, given: dict[str, tf.Tensor]) -> Compiled:
        self._path.write_text(script, encoding="utf-8")
        augment_batch = runpy.run_path(str(self._path))["augment_batch"]
        signature = {name: tf.TensorSpec(one.shape, one.dtype) for name, one in given.items()}
        compiled: Compiled = tf.function(augment_batch, input_signature=[signature])
        compiled(given)  # traces, and warms up
        return compiled

    def _keep(self, key: Any, compiled: Compiled) -> None:
        self._kept[key] = compiled
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
            gc.collect()  # graphs hold each other in circles
