"""How the model is compiled, and that its first step is not traced twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

PIXELS = np.ones((4, 4), np.float32)
TRUTH = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]


def small_model(jit: str, *layers: Any) -> Any:
    """Return a small model, compiled as the trainer compiles its own."""
    from augment.train.loop import compile_model

    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3, "softmax")])
    compile_model(model, replace(CONFIG, jit=jit))
    return model


@pytest.mark.parametrize("jit", ["auto", "on", "off"])
def test_xla_compiles_for_who_asks_and_where_keras_does(jit: str) -> None:
    model = small_model(jit)
    has_gpu = any(device.startswith("gpu") for device in keras.distribution.list_devices())
    assert model.jit_compile is {"auto": has_gpu, "on": True, "off": False}[jit]
    losses = model.fit(PIXELS, TRUTH, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]


def test_the_first_step_is_traced_once() -> None:
    traced: list[int] = []

    class Counted(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, inputs):  # type: ignore[no-untyped-def]
            traced.append(1)
            return inputs

    model = small_model("off", Counted())
    traced.clear()
    history = model.fit(PIXELS, TRUTH, epochs=2, verbose=0).history
    assert len(traced) == 1
    assert history["accuracy"][0] in (0, 0.25, 0.5, 0.75, 1)
