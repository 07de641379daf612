"""The small network: what it takes and returns, its size, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from augment.models import MODELS, small  # noqa: E402 - after the skip


@pytest.mark.parametrize("size", [32, 48])
def test_it_takes_uint8_and_returns_probabilities(size: int) -> None:
    network = small.build(size=size, classes=102)
    pixels = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), dtype=np.uint8)
    predicted = np.asarray(network(pixels))
    assert (network.name, network.inputs[0].name) == ("small", "pixels")
    assert network.inputs[0].dtype == "uint8"
    assert (predicted.shape, predicted.dtype) == ((3, 102), np.float32)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, atol=1e-5)
    assert network.count_params() == MODELS["small"].parameters
    names = [layer.name for layer in network.layers]
    assert names[names.index(small.LAST_BLOCK) - 1] == "conv2_2_relu"


def test_it_learns_two_colours_in_ten_steps() -> None:
    keras.utils.set_random_seed(1)
    network = small.build(size=32, classes=2)
    labels = np.arange(8) % 2
    pixels = np.random.default_rng(0).integers(0, 128, (8, 32, 32, 3), dtype=np.uint8)
    pixels[labels == 1, :, :, 0] += 127
    network.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="categorical_crossentropy"
    )
    losses = [
        float(network.train_on_batch(pixels, np.eye(2, dtype=np.float32)[labels]))
        for _ in range(10)
    ]
    assert losses[-1] < 0.2 * losses[0]
