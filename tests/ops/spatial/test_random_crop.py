from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_equally_often, drawn
from tests.ops.spatial_reference import FILL_MODES

NUMPYS = {
    "reflect": {"mode": "symmetric"},
    "constant": {"mode": "constant", "constant_values": 90},
    "edge": {"mode": "edge"},
}


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("padding_factor", [0.0, 0.02, 0.125, 0.5])
def test_equals_padding_and_slicing_by_numpy(
    picture: Picture, padding_factor: float, fill_mode: str
) -> None:
    """At the first position, the last, and some between; half a pixel of padding is rounded up."""
    height, width = picture.shape[:2]
    pad_y, pad_x = (math.floor(padding_factor * side + 0.5) for side in (height, width))
    padded = np.pad(picture, ((pad_y, pad_y), (pad_x, pad_x), (0, 0)), **NUMPYS[fill_mode])
    for across, down in ((1e-16, 1 - 1e-16), (0.999999, 0.000001), (0.5, 0.5), (0.31, 0.77)):
        left, top = int(across * (2 * pad_x + 1)), int(down * (2 * pad_y + 1))
        ours = apply_op(
            "random_crop",
            picture,
            padding_factor=padding_factor,
            fill_mode=fill_mode,
            fill_value=90,
            across=across,
            down=down,
        )
        np.testing.assert_array_equal(ours, padded[top : top + height, left : left + width])


def test_all_positions_are_equally_likely() -> None:
    """A quarter of 8 px is padded, so there are 5 positions along each axis; a pixel tells which."""
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8, 1).repeat(3, axis=2)
    recipe = augment.Recipe.from_dict(
        {"version": 1, "steps": [{"op": "random_crop", "padding_factor": 0.25}]}
    )
    pictures = np.broadcast_to(picture, (4000, 8, 8, 3))
    seen = augment.apply(recipe, pictures, ids=np.arange(4000), seed=7).images[:, 4, 4, 0]
    positions = list(product(range(2, 7), range(2, 7)))
    assert_equally_often([divmod(int(level), 8) for level in seen], positions)


def test_draws_directions_independently() -> None:
    values = drawn("random_crop")
    for name in ("across", "down"):
        assert_distributed(values[name], stats.uniform())
    assert stats.pearsonr(values["across"], values["down"]).pvalue > 1e-3
