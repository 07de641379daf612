"""The border that all spatial ops share: `fill_mode` and `fill_value` have their effect in each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import augment
from augment.engine.geometry import BORDERS, Matrix, compose
from augment.engine.plan import Applied
from tests import contract
from tests.given import happening, plan_of
from tests.ops.reference import Picture, assert_near, photograph, transformed
from tests.ops.spatial_reference import FILL_MODES, pixels, sampled

OPS = augment.registry()
HAVE_BORDERS = [name for name, op in OPS.items() if "fill_mode" in op.params]
SPATIAL = [name for name in HAVE_BORDERS if OPS[name].kind != "policy"]
AFFINE = [name for name in SPATIAL if OPS[name].kind == "affine"]
POLICIES = [name for name in HAVE_BORDERS if OPS[name].kind == "policy"]

CASES = 12
FILL = 7
FLAT = 100


def strongly(name: str) -> dict[str, Any]:
    """Return the op's parameters at their strongest, so that much of the border is visible."""
    params = OPS[name].params.values()
    return {
        param.name: param.bounds[1] if param.extreme is None else param.extreme
        for param in params
        if param.identity is not None
    }


def cases(name: str, fill_mode: str, fill_value: int = FILL) -> list[Applied]:
    """Return the ops drawn for some pictures, the same for every border."""
    border = {"fill_mode": fill_mode, "fill_value": fill_value}
    recipe = contract.recipe_of(name, **strongly(name), **border)
    rows = augment.draw(recipe, np.arange(CASES), seed=7).rows
    return [applied for row in rows for applied in row.ops]


def depths(height: int, width: int) -> Picture:
    """Return a picture whose levels are the distances of the pixels from its border."""
    y, x = np.mgrid[:height, :width]
    depth = np.minimum.reduce([x, y, width - 1 - x, height - 1 - y])
    return (40 + 10 * np.minimum(depth, 15)).astype(np.uint8)[..., None].repeat(3, axis=2)


def outside(one: Applied, flat: Picture) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which pixels come only from beyond the border, and which only from the picture."""
    rendered = transformed(flat, [one])[..., 0]
    return rendered == FILL, rendered == FLAT


def test_the_spatial_ops_have_a_border() -> None:
    assert set(AFFINE) >= {
        *("rotate", "zoom", "random_crop"),
        *("shear_x", "shear_y", "translate_x", "translate_y"),
    }
    assert set(SPATIAL) >= {*AFFINE, "perspective", "elastic"}
    assert tuple(BORDERS) == FILL_MODES
    for name in SPATIAL:
        assert OPS[name].group == "spatial"
        assert OPS[name].defaults["fill_mode"] == "reflect"


@pytest.mark.parametrize("name", SPATIAL)
def test_the_border_is_filled_as_chosen(name: str) -> None:
    flat, deep = np.full((40, 56, 3), FLAT, np.uint8), depths(40, 56)
    seen = 0
    for constant, edge, reflect in zip(
        *(cases(name, mode) for mode in ("constant", "edge", "reflect")), strict=True
    ):
        beyond, within = outside(constant, flat)
        seen += int(beyond.sum())
        by_mode = {
            mode: transformed(deep, [one])
            for mode, one in (("constant", constant), ("edge", edge), ("reflect", reflect))
        }
        assert np.all(by_mode["constant"][beyond] == FILL)
        assert np.all(by_mode["edge"][beyond] == 40), "the outermost pixels are repeated"
        assert np.all(by_mode["reflect"][beyond] >= 40)
        if beyond.sum() > 200:
            assert by_mode["reflect"][beyond].max() > 60, "what comes in goes inwards again"
        for mode in ("edge", "reflect"):
            np.testing.assert_array_equal(by_mode[mode][within], by_mode["constant"][within])
    assert seen > 500, "the cases show the border"


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("name", AFFINE)
def test_affine_ops_equal_scipy_with_every_border(name: str, fill_mode: str) -> None:
    """By their matrices; OpenCV samples on a grid of 1/32 pixel."""
    picture = photograph("tall")
    for one in cases(name, fill_mode)[:4]:
        scipys = by_scipy(picture, matrix_of([one], picture), fill_mode)
        assert_near(transformed(picture, [one]), scipys, share=0.99)


def matrix_of(ops: Iterable[Applied], picture: Picture) -> Matrix:
    """Return the matrix of affine ops, one after the other."""
    matrix = np.eye(2, 3)
    for one in ops:
        matrix = compose(matrix, OPS[one.op].function(*picture.shape[:2], **one.values))
    return matrix


def by_scipy(picture: Picture, matrix: Matrix, fill_mode: str, fill_value: int = FILL) -> Picture:
    x, y = pixels(picture)
    at_x, at_y = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)]))
    return sampled(picture, at_x, at_y, fill_mode, fill_value)


# The borders of two neighbours, and whether they are the same one.
NEIGHBOURS = [
    (("reflect", 0), ("reflect", 0), True),
    (("reflect", 0), ("reflect", 99), True),
    (("edge", 5), ("edge", 5), True),
    (("constant", 5), ("constant", 5), True),
    (("constant", 5), ("constant", 6), False),
    (("constant", 0), ("reflect", 0), False),
    (("reflect", 0), ("constant", 0), False),
    (("reflect", 0), ("edge", 0), False),
    (("edge", 0), ("constant", 0), False),
]


@pytest.mark.parametrize(("first", "then", "same"), NEIGHBOURS)
@pytest.mark.parametrize("names", list(zip(AFFINE, AFFINE[1:] + AFFINE[:1], strict=True)))
def test_only_neighbours_with_the_same_border_are_fused(
    names: tuple[str, str], first: tuple[str, int], then: tuple[str, int], same: bool
) -> None:
    picture = contract.pictures()[0]
    ops = [cases(name, *border)[3] for name, border in zip(names, (first, then), strict=True)]
    together = transformed(picture, ops)
    if same:
        scipys = by_scipy(picture, matrix_of(ops, picture), *first)
        assert_near(together, scipys, share=0.98)
    else:
        one_by_one = transformed(transformed(picture, ops[:1]), ops[1:])
        np.testing.assert_array_equal(together, one_by_one)


@pytest.mark.parametrize("border", [("reflect", 0), ("constant", 250), ("edge", 0)])
def test_an_op_without_a_border_is_fused_with_its_neighbours(border: tuple[str, int]) -> None:
    """A flip uncovers nothing, so two warps with a flip in between are one warp with their border."""
    picture = contract.pictures()[1]
    flip = plan_of([happening("flip", horizontal=True, vertical=False)]).rows[0].ops[0]
    turn, slant = cases("rotate", *border)[1], cases("shear_x", *border)[2]
    for ops in ([flip, turn], [turn, flip], [turn, flip, slant]):
        scipys = by_scipy(picture, matrix_of(ops, picture), *border)
        assert_near(transformed(picture, ops), scipys, share=0.99)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_passes_its_border_to_its_ops(name: str, fill_mode: str) -> None:
    recipe = contract.recipe_of(name, fill_mode=fill_mode, fill_value=33)
    rows = augment.draw(recipe, np.arange(200), seed=7).rows
    handed = [
        one
        for row in rows
        for applied in row.ops
        for one in (applied, *(inner for branch in applied.branches for inner in branch.ops))
        if one.op in SPATIAL
    ]
    assert len({one.op for one in handed}) > 1
    for one in handed:
        assert (one.values["fill_mode"], one.values["fill_value"]) == (fill_mode, 33)
