"""How much XLA gains on this processor: measured once on a piece of the model, then kept.

The full model would tell it better, and take two minutes where this takes six seconds. On an AMD EPYC
with AVX-512 the piece said 0.85 and the whole model 0.8; processors differ by more than a factor of
two, so the piece tells on which side of the line one is.
"""

from __future__ import annotations

import itertools
import logging
import time
from pathlib import Path

import keras
import numpy as np

from augment.errors import RunError
from augment.runs.folder import read_json, write_json

_ROUNDS = 15
_log = logging.getLogger(__name__)


def gain(kept: Path) -> float:
    """Return how many times faster a compiled step is here; read from ``kept``, or measured and kept.

    It draws from the global generators of Keras, so seed them after it.
    """
    try:
        known = (read_json(kept) or {}).get("gain")
    except RunError:
        known = None
    if isinstance(known, int | float) and known > 0:
        return float(known)
    _log.info("measuring once whether compiling pays on this processor")
    try:
        plain, compiled = _seconds()
    except Exception:  # noqa: BLE001 - whatever XLA lacks here, a run can do without it
        _log.exception("nothing can be compiled here; going on without")
        return 1.0
    write_json(kept, {"gain": round(plain / compiled, 3), "plain_s": plain, "compiled_s": compiled})
    return round(plain / compiled, 3)


def _seconds() -> tuple[float, float]:
    """Return the least seconds of a step, not compiled and compiled, taken in turns."""
    rng = np.random.default_rng(0)
    pictures = rng.random((32, 16, 16, 64), dtype=np.float32)
    truth = np.eye(10, dtype=np.float32)[rng.integers(0, 10, 32)]
    models = {compiled: _dense_layers(compiled=compiled) for compiled in (False, True)}
    least = dict.fromkeys(models, float("inf"))
    for turn, compiled in itertools.product(range(_ROUNDS), models):
        began = time.perf_counter()
        models[compiled].train_on_batch(pictures, truth)
        if turn > 1:
            least[compiled] = min(least[compiled], time.perf_counter() - began)
    return least[False], least[True]


def _dense_layers(*, compiled: bool) -> keras.Model:
    """Return two dense layers as the first block of DenseNet121 has them at 64 px."""
    layers = keras.layers
    pixels = keras.Input((16, 16, 64))
    joined = pixels
    for _ in range(2):
        inner = layers.Activation("relu")(layers.BatchNormalization()(joined))
        inner = layers.BatchNormalization()(layers.Conv2D(128, 1, use_bias=False)(inner))
        inner = layers.Activation("relu")(inner)
        inner = layers.Conv2D(32, 3, padding="same", use_bias=False)(inner)
        joined = layers.Concatenate()([joined, inner])
    pooled = layers.GlobalAveragePooling2D()(joined)
    model = keras.Model(pixels, layers.Dense(10, activation="softmax")(pooled))
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
        loss="categorical_crossentropy",
        jit_compile=compiled,
    )
    return model
