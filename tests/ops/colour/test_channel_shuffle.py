from __future__ import annotations

import itertools
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import augment
from tests.ops.reference import Picture, apply_op, assert_equally_often, drawn

ORDERS = list(itertools.permutations("RGB"))


@pytest.mark.parametrize("number", range(6))
def test_equals_pillow_with_permuted_bands(picture: Picture, number: int) -> None:
    """To the byte, and in the order of the caption."""
    which = (number + 0.5) / 6
    words = augment.registry()["channel_shuffle"].caption({"which": which})
    assert words == "channels " + "".join(ORDERS[number])
    bands = dict(zip("RGB", Image.fromarray(picture).split(), strict=True))
    pillows = Image.merge("RGB", [bands[name] for name in ORDERS[number]])
    ours = apply_op("channel_shuffle", picture, which=which)
    np.testing.assert_array_equal(ours, np.asarray(pillows))


def test_draws_the_six_orders_equally_often() -> None:
    caption = augment.registry()["channel_shuffle"].caption
    words = [caption({"which": which}) for which in drawn("channel_shuffle")["which"]]
    assert_equally_often(words, ["channels " + "".join(order) for order in ORDERS])


@pytest.mark.slow
def test_keras_cv_draws_the_six_orders_too(keras: ModuleType) -> None:
    twin = augment.registry()["channel_shuffle"].twin
    layer = getattr(keras.layers, twin.layer)(**twin.arguments({}))
    colour = np.broadcast_to(np.float32([10.0, 20.0, 30.0]), (400, 2, 2, 3))
    shuffled = layer(colour).numpy()[:, 0, 0]
    assert {tuple(pixel) for pixel in shuffled} == set(itertools.permutations((10, 20, 30)))
