from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from augment.ops._saliency import SIDE, spectral_residual, thumbnail
from tests.ops.reference import Picture


def bars(row: int, column: int, seed: int) -> tuple[Picture, tuple[slice, slice]]:
    """Return upright bars, each somewhat off its place, and where the one is that lies down."""
    levels = np.full((SIDE, SIDE), 60, np.uint8)
    places = 2 + 10 * np.indices((6, 6)) + np.random.default_rng(seed).integers(0, 3, (2, 6, 6))
    for place in np.ndindex(6, 6):
        top, left = (int(number) for number in places[:, *place])
        if place == (row, column):
            levels[top + 3 : top + 5, left : left + 8] = 180
            odd = slice(top, top + 8), slice(left, left + 8)
        else:
            levels[top : top + 8, left + 3 : left + 5] = 180
    return np.repeat(levels[..., None], 3, axis=2), odd


def assert_stands_out(picture: Picture, odd: tuple[slice, slice], times: float) -> None:
    """Hold a part to stand out so many times as much as the rest, and to hold what does so most."""
    salient = spectral_residual(picture)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[odd] = True
    assert salient[inside].mean() > times * salient[~inside].mean()
    assert inside[np.unravel_index(salient.argmax(), salient.shape)]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("place", [(1, 1), (2, 3), (4, 1), (3, 4)])
def test_the_bar_that_lies_among_upright_ones(place: tuple[int, int], seed: int) -> None:
    """One of the paper's own patterns: not brighter than the rest, only different."""
    assert_stands_out(*bars(*place, seed), times=2.0)


@pytest.mark.parametrize(("top", "left"), [(8, 8), (27, 30), (50, 12), (3, 52)])
def test_a_thing_before_a_soft_background(top: int, left: int) -> None:
    coarse = np.random.default_rng(0).integers(90, 130, (8, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    thing = slice(top, top + 8), slice(left, left + 8)
    picture[thing] += 60
    assert_stands_out(picture, thing, times=8.0)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_in_a_flat_picture_nothing_stands_out(level: int) -> None:
    flat = np.full((SIDE, SIDE, 3), level, np.uint8)
    assert spectral_residual(flat).max() < 1e-20


def test_is_the_papers_formula_on_the_picture_and_its_mirror_images(picture: Picture) -> None:
    """Phase and logarithm, written out over the Fourier transform with SciPy's filters.

    Beyond the highest frequency of the cosine transform the mirrored picture has nothing; there we take
    the one before.
    """
    small = thumbnail(picture)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    spectrum = np.fft.fft2(np.pad(grey, ((0, SIDE), (0, SIDE)), mode="symmetric"))
    logarithm = np.log(np.abs(spectrum) + 0.25 * 2 * SIDE)
    logarithm[SIDE], logarithm[:, SIDE] = logarithm[SIDE - 2], logarithm[:, SIDE - 2]
    residual = np.log(np.abs(spectrum) + 1e-9) - ndimage.uniform_filter(logarithm, 3, mode="wrap")
    residual[0, 0] = -np.inf
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    expected = ndimage.gaussian_filter(np.abs(back) ** 2, 2.5, mode="wrap")[:SIDE, :SIDE]
    ours = spectral_residual(small)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3 * expected.max())


def test_brighter_is_not_more_salient(picture: Picture) -> None:
    darker = picture // 2
    np.testing.assert_allclose(
        spectral_residual(thumbnail(darker)),
        spectral_residual(thumbnail(darker + 60)),
        rtol=0,
        atol=0.02 * spectral_residual(thumbnail(darker)).max(),
    )
