"""What rendering picture by picture gives, against arithmetic and SciPy; see also `tests/ops`.

Affine ops are alone and in pairs here, at one size; `tests/ops/test_fused_neighbours.py` has more.
"""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from scipy import ndimage

import augment
from augment.engine import plain
from augment.engine.colour import Image
from augment.engine.geometry import Border, Matrix, compose
from tests import contract
from tests.given import happening
from tests.ops.reference import transformed

pytestmark = pytest.mark.usefixtures("plainly")

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


@pytest.mark.parametrize("mode", ["reflect", "edge", "constant"])
def test_a_warp_is_that_of_opencv_to_the_byte(mode: str) -> None:
    """Also where the border is made beforehand, which most of these cases do, and at any size."""
    rng, border = np.random.default_rng(5), Border(mode, 90 if mode == "constant" else 0)
    padded = 0
    for _ in range(400):
        height, width = (int(side) for side in rng.integers(1, 50, 2))
        picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        turned = rng.normal(size=(2, 3)) * ((0.3, 0.3, 8.0),) * rng.integers(0, 2, (2, 3))
        matrix = (np.eye(2, 3) + turned) * rng.choice([-1.0, 1.0], (2, 1))
        if (np.abs(matrix[:, :2]) == np.eye(2)).all():
            continue  # a move, or a mirroring
        out = np.empty_like(picture)
        plain.warp(picture, out, matrix, border)
        np.testing.assert_array_equal(out, of_opencv(picture, matrix, border))
        padded += plain._padded(picture, matrix, border)[0] is not picture
    assert padded > 100


def test_a_border_made_beforehand_never_changes_a_raster_place() -> None:
    """With it, the sum that OpenCV rounds lies on a half: it was just below."""
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    below_half = 15.5 / 1024 * (1 - 2.0**-50)
    for matrix in (
        np.array(((1.0, below_half, 0.0), (0.01, 1.0, 0.0))),
        np.array(((1.0, 0.01, 0.0), (below_half, 1.0, 0.0))),
        np.array(((1.0, -0.3, below_half), (0.01, 1.0, 0.0))),
    ):
        out = np.empty_like(picture)
        plain.warp(picture, out, matrix, Border("reflect"))
        np.testing.assert_array_equal(out, of_opencv(picture, matrix, Border("reflect")))


@pytest.mark.parametrize("border", [Border("reflect"), Border("edge"), Border("constant", 9)])
@pytest.mark.parametrize("across", [-1.0, 1.0])
@pytest.mark.parametrize("down", [-1.0, 1.0])
def test_mirrored_and_moved_by_whole_pixels(across: float, down: float, border: Border) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    for x0, y0 in itertools.product(
        (-30.0, -5.0, 0.0, 8.0, 13.0, 40.0), (-19.0, 0.0, 3.0, 8.0, 20.0)
    ):
        matrix, out = np.array(((across, 0.0, x0), (0.0, down, y0))), np.empty_like(picture)
        plain.warp(picture, out, matrix, border)
        np.testing.assert_array_equal(out, of_opencv(picture, matrix, border), f"{x0}, {y0}")


def of_opencv(picture: Image, matrix: Matrix, border: Border) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = picture.shape[1::-1]
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=flags, **border.keywords))


def test_a_blend_that_changes_no_level_is_a_copy_of_the_same_bytes() -> None:
    """All pairs of levels, around the share from which on it is one, and on both sides."""
    one, other = np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 2)
    pictures = [np.repeat(levels[..., None], 3, axis=2) for levels in (one, other)]
    out = np.empty_like(pictures[0])
    for part in (1e-9, 0.49 / 255, 0.4989 / 255, 0.5001 / 255, 0.51 / 255):
        for share in (part, 1.0 - part):
            plain._blend(*pictures, share, out)
            expected = cv2.addWeighted(pictures[0], share, pictures[1], 1.0 - share, 0.0)
            np.testing.assert_array_equal(out, expected)


def test_a_move_is_rounded_as_whole_numbers_are() -> None:
    """For all pairs of levels: a half goes up."""
    picture = np.zeros((256, 512, 3), np.uint8)
    picture[:, ::2] = np.arange(256)[:, None, None]
    picture[:, 1::2] = np.arange(256)[None, :, None]
    near = picture.astype(int)
    far = np.concatenate((near[:, 1:], near[:, -1:]), axis=1)
    for part in (1, 2, 64, 127, 128, 130, 255):
        out = np.empty_like(picture)
        matrix = np.array(((1.0, 0.0, part / 256), (0.0, 1.0, 0.0)))
        plain.warp(picture, out, matrix, Border("reflect"))
        np.testing.assert_array_equal(out, (near * (256 - part) + far * part + 128) >> 8)


def test_nothing_to_do_leaves_the_picture_alone() -> None:
    picture = contract.pictures()[0]
    np.testing.assert_array_equal(transformed(picture, []), picture)


@pytest.mark.parametrize("size", [(8, 8), (31, 9), (1, 5), (1, 1), (301, 299)], ids=str)
def test_statistics_are_exact(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    for picture in (random, np.full((*size, 3), (0, 200, 255), np.uint8)):
        levels = picture.reshape(-1, 3)
        extent, means, counts = (
            getattr(plain, name)(picture) for name in ("extent", "means", "histogram")
        )
        assert (extent.dtype, means.dtype, counts.dtype) == (np.uint8, np.float64, np.int64)
        np.testing.assert_array_equal(extent, [levels.min(axis=0), levels.max(axis=0)])
        np.testing.assert_array_equal(means, levels.sum(axis=0, dtype=np.int64) / len(levels))
        for channel in range(3):
            expected = np.bincount(levels[:, channel], minlength=256)
            np.testing.assert_array_equal(counts[:, channel], expected)


@pytest.mark.parametrize("size", [(8, 8), (31, 9), (1, 5), (1, 1)], ids=str)
def test_look_up(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    grey, each = (rng.integers(0, 256, shape, dtype=np.uint8) for shape in (256, (256, 3)))
    picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    given, out = picture.copy(), np.empty_like(picture)
    plain.look_up(picture, out, grey)
    np.testing.assert_array_equal(out, grey[given])
    plain.look_up(picture, out, each)
    for channel in range(3):
        np.testing.assert_array_equal(out[..., channel], each[given[..., channel], channel])
    np.testing.assert_array_equal(picture, given)


def test_the_statistic_is_that_of_the_picture_before_the_op() -> None:
    """Not of the one before all tone ops: the contrast is about the mean of what was brightened."""
    picture = contract.pictures()[0]
    brighter = transformed(picture, [happening("brightness", shift=0.2)])
    contrast = happening("contrast", multiplier=0.0)
    got = transformed(picture, [happening("brightness", shift=0.2), {**contrast, "stage": 1}])
    assert np.abs(got - brighter.mean(axis=(0, 1))).max() <= 0.5
