"""Affine ops alone and in pairs, at one size; see also `tests/ops/test_fused_neighbours.py`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import augment
from augment.engine.geometry import compose
from tests import contract
from tests.given import happening
from tests.ops.reference import transformed

DRAWN: dict[str, dict[str, Any]] = {
    "shear_x": {"shear": 0.2},
    "shear_y": {"shear": -0.15},
    "translate_x": {"shift": 0.13},
    "translate_y": {"shift": -0.31},
    "flip": {"mode": "horizontal_and_vertical", "horizontal": True, "vertical": False},
}


def applied(name: str, **values: Any) -> dict[str, Any]:
    return happening(name, **{**DRAWN[name], **values})


@pytest.mark.parametrize(
    "names",
    [(name,) for name in DRAWN] + list(itertools.permutations(DRAWN, 2)),
    ids="-".join,
)
def test_affine_ops_in_one_go_are_one_float_warp(names: tuple[str, ...]) -> None:
    """SciPy warps by the composed matrix in floats; OpenCV places samples on a 1/32 px raster."""
    picture = contract.pictures()[0]
    height, width = picture.shape[:2]
    matrix = np.eye(2, 3)
    for name in names:
        op = augment.registry()[name]
        matrix = compose(matrix, op.function(height, width, **applied(name)["values"]))
    y, x = np.mgrid[:height, :width]
    at_x, at_y = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)]))
    expected = np.stack(
        [
            ndimage.map_coordinates(channel, [at_y, at_x], order=1, mode="reflect")
            for channel in picture.transpose(2, 0, 1).astype(float)
        ],
        axis=-1,
    )
    got = transformed(picture, [applied(name) for name in names])
    assert (np.abs(got - expected) <= 2.0).mean() > 0.99


@pytest.mark.parametrize("name", ["translate_x", "translate_y"])
@pytest.mark.parametrize("shift", [0.0, 0.5, -0.5, 1.0, -1.0, 0.013, -0.987, 0.9999])
def test_moves_of_every_size(name: str, shift: float) -> None:
    """The quick way along one axis agrees with SciPy, whole pixels and fractions, either way."""
    picture = contract.pictures()[1]
    got = transformed(picture, [applied(name, shift=shift)])
    height, width = picture.shape[:2]
    move = (0, shift * width, 0) if name == "translate_x" else (shift * height, 0, 0)
    expected = ndimage.shift(picture.astype(float), move, order=1, mode="reflect")
    # Half a level of rounding, and what 1/512 pixel of the raster is worth on these pictures.
    assert np.abs(got - expected).max() <= 0.75


def test_nothing_to_do_leaves_the_picture_alone() -> None:
    picture = contract.pictures()[0]
    np.testing.assert_array_equal(transformed(picture, []), picture)
